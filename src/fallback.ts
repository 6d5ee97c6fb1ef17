/**
 * The kernels in plain TypeScript: rows composed of passes. A row is summed block by block, by the same passes
 * that serve a part of it, so whole rows and rows in parts come out with the same bits.
 */
import { BLOCK_COLS, type RawKernels } from './abi.ts';
import { exp, log, log1p } from './math.ts';
import { divide, expOfLogit, finiteBeta, hasNaN, indexOf, maxOf, shift, sumOfExpBut } from './passes.ts';

/** Not an index: nothing to skip, nowhere to write. */
const NONE = -1;

/**
 * Whether softmax is undefined whatever the other elements are: the row is empty, −Infinity throughout (or but
 * for NaN), or has +Infinity at T > 0. NaN elsewhere needs no test, it spreads through the sum.
 */
function isUndefined(max: number, beta: number): boolean {
  return max === -Infinity || (max === Infinity && beta !== Infinity);
}

/** `Σ exp(beta·(x − max))` over a row but for index `skip`, its blocks added in order. */
function sumOfRow(
  f: Float32Array,
  x: number,
  out: number,
  cols: number,
  skip: number,
  max: number,
  beta: number,
): number {
  if (cols <= BLOCK_COLS) return sumOfExpBut(f, x, out, cols, skip, max, beta);
  let sum = 0;
  for (let start = 0; start < cols; start += BLOCK_COLS) {
    const n = Math.min(BLOCK_COLS, cols - start);
    sum += sumOfExpBut(f, x + start, out < 0 ? out : out + start, n, skip - start, max, beta);
  }
  return sum;
}

function softmaxRow(f: Float32Array, x: number, out: number, cols: number, beta: number): void {
  const max = maxOf(f, x, cols);
  if (isUndefined(max, beta)) f.fill(NaN, out, out + cols);
  else divide(f, out, out, cols, sumOfRow(f, x, out, cols, NONE, max, beta));
}

/** With a largest element left out of the sum, `log Σ = log1p(Σ others)` is exact also near 0. */
function logSoftmaxRow(f: Float32Array, x: number, out: number, cols: number, beta: number): void {
  const max = maxOf(f, x, cols);
  if (isUndefined(max, beta)) {
    f.fill(NaN, out, out + cols);
    return;
  }
  const others = sumOfRow(f, x, NONE, cols, indexOf(f, x, cols, max), max, beta);
  shift(f, x, out, cols, max, beta, log1p(others));
}

/** `beta·max + log Σ exp(beta·(x − max))`, where Infinity · 0 counts as 0: at T = 0 and max 0, log(count). */
function logSumExpOfRow(f: Float32Array, x: number, cols: number, beta: number): number {
  const max = maxOf(f, x, cols);
  if (isUndefined(max, beta)) return hasNaN(f, x, cols) ? NaN : max;
  return (max === 0 ? 0 : beta * max) + log(sumOfRow(f, x, NONE, cols, NONE, max, beta));
}

/**
 * `−log softmax(beta·x)[label]`. If the label's logit is the largest, its term 1 is left out of the sum and
 * `log1p` takes its place; otherwise the sum is above 1 by at least that term and `log` loses nothing.
 * The gradient `slope·(p − onehot)` is `slope·(−Σ others/Σ)` at the label, without cancellation.
 */
function crossEntropyRow(
  f: Float32Array,
  x: number,
  label: number,
  gradient: number,
  cols: number,
  beta: number,
  scale: number,
): number {
  const max = maxOf(f, x, cols);
  if (isUndefined(max, beta)) {
    if (gradient >= 0) f.fill(NaN, gradient, gradient + cols);
    return NaN;
  }
  const logit = f[x + label];
  const isMax = logit === max;
  const sum = sumOfRow(f, x, gradient, cols, isMax ? label : NONE, max, beta);
  if (gradient >= 0) {
    const total = isMax ? 1 + sum : sum;
    const others = isMax ? sum : sum - expOfLogit(logit, max, beta);
    const slope = finiteBeta(beta) * scale;
    divide(f, gradient, gradient, cols, total / slope);
    f[gradient + label] = 0 - (others / total) * slope;
  }
  return isMax ? log1p(sum) : Math.max(beta, Number.MIN_VALUE) * (max - logit) + log(sum);
}

/**
 * The kernels over `memory.buffer`, which may be replaced at any time (memory grows so). Offsets are in bytes, of
 * any size up to 2^32, multiples of their element's size. A `WebAssembly.Memory` will do for `memory`, but its
 * getter takes some 20 ns per call, a plain property 1 ns.
 */
export function createFallback(memory: { readonly buffer: ArrayBufferLike }): RawKernels {
  let buffer = memory.buffer;
  let f32 = new Float32Array(buffer);
  let f64 = new Float64Array(buffer);
  let i32 = new Int32Array(buffer);

  /** Renews the views if the buffer has been replaced. */
  function refresh(): void {
    if (memory.buffer === buffer) return;
    buffer = memory.buffer;
    f32 = new Float32Array(buffer);
    f64 = new Float64Array(buffer);
    i32 = new Int32Array(buffer);
  }

  return {
    softmaxF32(x, out, rows, cols, beta) {
      refresh();
      const from = x >>> 2;
      const to = out >>> 2;
      for (let at = 0; at < rows * cols; at += cols) softmaxRow(f32, from + at, to + at, cols, beta);
    },
    logSoftmaxF32(x, out, rows, cols, beta) {
      refresh();
      const from = x >>> 2;
      const to = out >>> 2;
      for (let at = 0; at < rows * cols; at += cols) logSoftmaxRow(f32, from + at, to + at, cols, beta);
    },
    logSumExpF32(x, out, rows, cols, beta) {
      refresh();
      const from = x >>> 2;
      const to = out >>> 2;
      for (let row = 0; row < rows; row++) f32[to + row] = logSumExpOfRow(f32, from + row * cols, cols, beta);
    },
    crossEntropyF32(x, labels, losses, gradient, rows, cols, beta, ignoreIndex, scale) {
      refresh();
      for (let row = 0; row < rows; row++) {
        const label = i32[(labels >>> 2) + row];
        const at = row * cols;
        const to = gradient === 0 ? NONE : (gradient >>> 2) + at;
        let loss = 0;
        if (label !== ignoreIndex) loss = crossEntropyRow(f32, (x >>> 2) + at, label, to, cols, beta, scale);
        else if (to >= 0) f32.fill(0, to, to + cols);
        f64[(losses >>> 3) + row] = loss;
      }
    },

    maxF32(x, n) {
      refresh();
      return maxOf(f32, x >>> 2, n);
    },
    indexOfF32(x, n, value) {
      refresh();
      return indexOf(f32, x >>> 2, n, value);
    },
    expSumF32(x, out, sums, n, skip, max, beta) {
      refresh();
      const from = x >>> 2;
      const to = out === 0 ? NONE : out >>> 2;
      for (let start = 0, block = sums >>> 3; start < n; start += BLOCK_COLS, block++) {
        const count = Math.min(BLOCK_COLS, n - start);
        const at = to < 0 ? to : to + start;
        f64[block] = sumOfExpBut(f32, from + start, at, count, skip - start, max, beta);
      }
    },
    totalF32: (sum) => sum,
    scaleF32(x, out, n, _max, _beta, total) {
      refresh();
      divide(f32, x >>> 2, out >>> 2, n, total);
    },
    logScaleF32(x, out, n, max, beta, logTotal) {
      refresh();
      shift(f32, x >>> 2, out >>> 2, n, max, beta, logTotal);
    },
    exp,
    log,
    log1p,
  };
}
