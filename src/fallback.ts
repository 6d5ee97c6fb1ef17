/**
 * The kernels in plain TypeScript: rows composed of passes. A row is summed block by block, by the same passes
 * that serve a part of it, so whole rows and rows in parts come out with the same bits.
 */
import { BLOCK_COLS, type RawKernels } from './abi.ts';
import {
  binaryRow,
  dot,
  logSigmoids,
  maskRow,
  productGradient,
  sigmoidGradients,
  sigmoids,
  targetGradient,
  targetSums,
} from './fallback-losses.ts';
import { exp, log, log1p, sigmoid, softplus } from './math.ts';
import { hasNaN, indexOf, maxOf, multiply, shift, sumOfExpBut } from './passes.ts';
import { type LossScalars, type SpreadRow, spreadLoss } from './spread-loss.ts';

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

/** `Σ a·b` over a row, its blocks added in order; `Σ a` without b. */
function dotOfRow(f: Float32Array, a: number, b: number, cols: number): number {
  let sum = 0;
  for (let start = 0; start < cols; start += BLOCK_COLS) {
    sum += dot(f, a + start, b < 0 ? b : b + start, Math.min(BLOCK_COLS, cols - start));
  }
  return sum;
}

/** The sums of a block of a spread target. */
const blockSums: Float64Array = new Float64Array(3);

/** A row in one piece, for `spreadLoss`. */
function spreadRow(
  f: Float32Array,
  x: number,
  target: number,
  weight: number,
  gradient: number,
  cols: number,
): SpreadRow {
  return {
    cols,
    max: () => maxOf(f, x, cols),
    indexOf: (value) => indexOf(f, x, cols, value),
    logit: (at) => f[x + at],
    target: (at) => (target < 0 ? 0 : f[target + at]),
    weight: (at) => (weight < 0 ? 1 : f[weight + at]),
    sums(skip, max, beta, share, spread) {
      const totals = [0, 0, 0];
      for (let start = 0; start < cols; start += BLOCK_COLS) {
        const n = Math.min(BLOCK_COLS, cols - start);
        const t = target < 0 ? NONE : target + start;
        const w = weight < 0 ? NONE : weight + start;
        targetSums(f, x + start, t, w, n, skip - start, max, beta, share, spread, blockSums, 0);
        for (let i = 0; i < 3; i++) totals[i] += blockSums[i];
      }
      return totals;
    },
    gradient:
      gradient < 0
        ? undefined
        : {
            write: (max, beta, factor, slope, share, spread) =>
              targetGradient(f, x, target, weight, gradient, cols, max, beta, factor, slope, share, spread),
            set: (at, value) => {
              f[gradient + at] = value;
            },
            fill: (value) => {
              f.fill(value, gradient, gradient + cols);
            },
          },
    exp,
    log1p,
  };
}

/** The address of a float32 as an index, NONE for 0. */
function place(address: number): number {
  return address === 0 ? NONE : address >>> 2;
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
  let u8 = new Uint8Array(buffer);

  /** Renews the views if the buffer has been replaced. */
  function refresh(): void {
    if (memory.buffer === buffer) return;
    buffer = memory.buffer;
    f32 = new Float32Array(buffer);
    f64 = new Float64Array(buffer);
    i32 = new Int32Array(buffer);
    u8 = new Uint8Array(buffer);
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
    crossEntropyF32(
      x,
      labels,
      probabilities,
      weight,
      losses,
      gradient,
      rows,
      cols,
      beta,
      ignoreIndex,
      scale,
      smoothing,
      zLoss,
    ) {
      refresh();
      const scalars: LossScalars = { beta, scale, smoothing, zLoss };
      const onLabel = labels !== 0 && smoothing === 0 && zLoss === 0;
      for (let row = 0; row < rows; row++) {
        const label = labels === 0 ? NONE : i32[(labels >>> 2) + row];
        const at = row * cols;
        const from = (x >>> 2) + at;
        const to = gradient === 0 ? NONE : (gradient >>> 2) + at;
        let loss = 0;
        if (labels !== 0 && label === ignoreIndex) {
          if (to >= 0) f32.fill(0, to, to + cols);
        } else if (onLabel) {
          const w = weight === 0 ? 1 : f32[(weight >>> 2) + label];
          loss = crossEntropyRow(f32, from, label, to, cols, beta, scale * w * beta);
          // A target of 0 contributes 0, even of an infinite loss.
          loss = w === 0 && loss === Infinity ? 0 : w * loss;
        } else {
          const target = probabilities === 0 ? NONE : (probabilities >>> 2) + at;
          loss = spreadLoss(spreadRow(f32, from, target, place(weight), to, cols), label, scalars);
        }
        f64[(losses >>> 3) + row] = loss;
      }
    },

    sigmoidF32(x, out, rows, cols, beta) {
      refresh();
      sigmoids(f32, x >>> 2, out >>> 2, rows * cols, beta);
    },
    logSigmoidF32(x, out, rows, cols, beta) {
      refresh();
      logSigmoids(f32, x >>> 2, out >>> 2, rows * cols, beta);
    },
    binaryCrossEntropyF32(x, target, weights, losses, sums, gradient, rows, cols, beta, posWeight, scale) {
      refresh();
      for (let row = 0; row < rows; row++) {
        const at = row * cols;
        const out = losses === 0 ? NONE : (losses >>> 2) + at;
        const to = gradient === 0 ? NONE : (gradient >>> 2) + at;
        const w = place(weights);
        const t = (target >>> 2) + at;
        const slope = scale * beta;
        f64[(sums >>> 3) + row] = binaryRow(f32, (x >>> 2) + at, t, w, out, to, cols, beta, posWeight, slope);
      }
    },
    softmaxGradientF32(p, dp, out, rows, cols, beta) {
      refresh();
      for (let at = 0; at < rows * cols; at += cols) {
        const from = (p >>> 2) + at;
        const by = (dp >>> 2) + at;
        productGradient(f32, from, by, (out >>> 2) + at, cols, dotOfRow(f32, by, from, cols), beta);
      }
    },
    logSoftmaxGradientF32(logP, dLogP, out, rows, cols, beta) {
      refresh();
      for (let at = 0; at < rows * cols; at += cols) {
        const from = (logP >>> 2) + at;
        const by = (dLogP >>> 2) + at;
        const sum = dotOfRow(f32, by, NONE, cols);
        targetGradient(f32, from, by, NONE, (out >>> 2) + at, cols, 0, 1, sum, -beta, 1, 0);
      }
    },
    sigmoidGradientF32(p, dp, out, rows, cols, beta) {
      refresh();
      sigmoidGradients(f32, p >>> 2, dp >>> 2, out >>> 2, rows * cols, beta);
    },

    maskedSoftmaxF32(x, mask, out, rows, cols, maskBytes, beta) {
      refresh();
      for (let row = 0; row < rows; row++) {
        const to = (out >>> 2) + row * cols;
        if (maskRow(f32, (x >>> 2) + row * cols, u8, mask + row * maskBytes, to, cols))
          softmaxRow(f32, to, to, cols, beta);
        else f32.fill(0, to, to + cols);
      }
    },
    maskedLogSoftmaxF32(x, mask, out, rows, cols, maskBytes, beta) {
      refresh();
      for (let row = 0; row < rows; row++) {
        const to = (out >>> 2) + row * cols;
        if (maskRow(f32, (x >>> 2) + row * cols, u8, mask + row * maskBytes, to, cols))
          logSoftmaxRow(f32, to, to, cols, beta);
        else f32.fill(-Infinity, to, to + cols);
      }
    },
    maskF32(x, mask, out, rows, cols, maskBytes) {
      refresh();
      for (let row = 0; row < rows; row++) {
        const at = row * cols;
        maskRow(f32, (x >>> 2) + at, u8, mask + row * maskBytes, (out >>> 2) + at, cols);
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
    targetSumsF32(x, target, weight, sums, n, skip, max, beta, share, spread) {
      refresh();
      for (let start = 0, block = 0; start < n; start += BLOCK_COLS, block++) {
        const count = Math.min(BLOCK_COLS, n - start);
        const t = target === 0 ? NONE : (target >>> 2) + start;
        const w = weight === 0 ? NONE : (weight >>> 2) + start;
        const to = (sums >>> 3) + 3 * block;
        const at = skip - start;
        targetSums(f32, (x >>> 2) + start, t, w, count, at, max, beta, share, spread, f64, to);
      }
    },
    targetGradientF32(x, target, weight, out, n, max, beta, factor, slope, share, spread) {
      refresh();
      const from = x >>> 2;
      const to = out >>> 2;
      targetGradient(f32, from, place(target), place(weight), to, n, max, beta, factor, slope, share, spread);
    },
    dotSumsF32(a, b, sums, n) {
      refresh();
      for (let start = 0, block = sums >>> 3; start < n; start += BLOCK_COLS, block++) {
        const count = Math.min(BLOCK_COLS, n - start);
        f64[block] = dot(f32, (a >>> 2) + start, b === 0 ? NONE : (b >>> 2) + start, count);
      }
    },
    productGradientF32(p, dp, out, n, by, slope) {
      refresh();
      productGradient(f32, p >>> 2, dp >>> 2, out >>> 2, n, by, slope);
    },
    exp,
    log1p,
    softplus,
    sigmoid,
  };
}
