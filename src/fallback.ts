/**
 * The kernels in plain TypeScript: rows composed of passes. A row is summed block by block, by the same passes
 * that serve a part of it, so whole rows and rows in parts come out with the same bits.
 */
import { BLOCK_COLS, type RawKernels } from './abi.ts';
import { createSelectFallback } from './fallback-select.ts';
import { log, sigmoid, softplus } from './math.ts';
import { hasNaN, indexOf, maxOf, multiply, shift, sumOfExpBut } from './passes.ts';

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
  else multiply(f, out, out, cols, 1 / sumOfRow(f, x, out, cols, NONE, max, beta));
}

/** The largest element but for index `skip`. */
function maxBut(f: Float32Array, x: number, cols: number, skip: number): number {
  return Math.max(maxOf(f, x, skip), maxOf(f, x + skip + 1, cols - skip - 1));
}

/** `Σ exp(beta·(x − max))` over all but one element, where `logOdds` left it. */
let othersTotal = 0;

/**
 * `log Σ_{j≠k} exp(beta·x[j]) − beta·x[k]`: the odds against k, exact however small. NaN where softmax is
 * undefined. The summands go to `out` unless that is negative.
 */
function logOdds(f: Float32Array, x: number, out: number, cols: number, k: number, beta: number): number {
  const own = f[x + k];
  const others = maxBut(f, x, cols, k);
  if (isUndefined(Math.max(others, own), beta)) return NaN;
  if (others === -Infinity) return hasNaN(f, x, cols) ? NaN : -Infinity;
  othersTotal = sumOfRow(f, x, out, cols, k, others, beta);
  const distance = others === own ? 0 : Math.max(beta, Number.MIN_VALUE) * (others - own);
  return log(othersTotal) + distance;
}

function logSoftmaxRow(f: Float32Array, x: number, out: number, cols: number, beta: number): void {
  const max = maxOf(f, x, cols);
  if (isUndefined(max, beta)) f.fill(NaN, out, out + cols);
  else {
    const odds = logOdds(f, x, NONE, cols, indexOf(f, x, cols, max), beta);
    shift(f, x, out, cols, max, beta, softplus(odds));
  }
}

/** `beta·max + log Σ exp(beta·(x − max))`, where Infinity · 0 counts as 0: at T = 0 and max 0, log(count). */
function logSumExpOfRow(f: Float32Array, x: number, cols: number, beta: number): number {
  const max = maxOf(f, x, cols);
  if (isUndefined(max, beta)) return hasNaN(f, x, cols) ? NaN : max;
  return (max === 0 ? 0 : beta * max) + log(sumOfRow(f, x, NONE, cols, NONE, max, beta));
}

/** `−log softmax(beta·x)[label] = log(1 + odds)`; the gradient is `slope·(p − onehot)`. */
function crossEntropyRow(
  f: Float32Array,
  x: number,
  label: number,
  gradient: number,
  cols: number,
  beta: number,
  slope: number,
): number {
  const odds = logOdds(f, x, gradient, cols, label, beta);
  if (gradient >= 0) {
    // 1 − p[label], without cancellation.
    const share = sigmoid(odds);
    const factor = share === 0 ? 0 : slope * share;
    if (Number.isNaN(odds)) f.fill(NaN, gradient, gradient + cols);
    else if (odds > -Infinity) multiply(f, gradient, gradient, cols, factor / othersTotal);
    else f.fill(0, gradient, gradient + cols);
    f[gradient + label] = Number.isNaN(odds) ? NaN : 0 - factor;
  }
  return softplus(odds);
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
        if (label !== ignoreIndex)
          loss = crossEntropyRow(f32, (x >>> 2) + at, label, to, cols, beta, scale * beta);
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
    logTotalF32: (total) => log(total),
    scaleF32(x, out, n, factor) {
      refresh();
      multiply(f32, x >>> 2, out >>> 2, n, factor);
    },
    logScaleF32(x, out, n, max, beta, logTotal) {
      refresh();
      shift(f32, x >>> 2, out >>> 2, n, max, beta, logTotal);
    },
    softplus,
    sigmoid,
    ...createSelectFallback(memory),
  };
}
