/**
 * The kernels in plain TypeScript: rows composed of passes. Rows go through the passes in batches, which
 * halves the cost of short ones; long rows, and rows in parts, are summed block by block. Every sum is made
 * by the same pass in the same order, so whole rows and rows in parts come out with the same bits.
 */
import { BLOCK_COLS, type RawKernels } from '../abi.ts';
import { type LossScalars, type SpreadRow, spreadLoss } from '../spread-loss.ts';
import {
  binaryRow,
  dot,
  finiteSlope,
  logSigmoids,
  maskRow,
  productGradient,
  sigmoidGradients,
  sigmoids,
  targetGradient,
  targetSums,
} from './losses.ts';
import { exp, log1p, logEach, softplusEach } from './math.ts';
import {
  addSumsOfExp,
  findMaxima,
  findTwoLargest,
  indexOf,
  multiply,
  SUMMAND_SCALE,
  shift,
} from './passes.ts';
import { createSelectFallback } from './select.ts';

/** Not an index: nothing to skip, nowhere to write. */
const NONE = -1;

/**
 * The most rows in a batch; and elements, unless it is one row: so a batch stays in the first-level cache.
 */
const BATCH_ROWS = 512;
const BATCH_ELEMENTS = 4096;

/** Nothing to skip in any row of a batch. */
const NO_SKIPS: Int32Array = new Int32Array(BATCH_ROWS).fill(NONE);

// Scratch, one entry for each row of a batch. Nothing in it outlives a call.
/** The element left out of the sum: its index and its value. */
const skips: Int32Array = new Int32Array(BATCH_ROWS);
const owns: Float64Array = new Float64Array(BATCH_ROWS);
/** The logarithm of `sums`, then the log-odds against that element, then its loss. */
const logs: Float64Array = new Float64Array(BATCH_ROWS);
/** 1 − p of that element. */
const shares: Float64Array = new Float64Array(BATCH_ROWS);
/** The largest of the elements in the sum, or NaN where softmax is undefined. */
const maxima: Float64Array = new Float64Array(BATCH_ROWS);
/** Σ exp(beta·(x − max)), times `SUMMAND_SCALE`. */
const sums: Float64Array = new Float64Array(BATCH_ROWS);
/** What the summands are multiplied by. */
const factors: Float64Array = new Float64Array(BATCH_ROWS);

/** Views of one memory. */
interface Views {
  readonly buffer: ArrayBufferLike;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
}

function viewsOf(buffer: ArrayBufferLike): Views {
  return {
    buffer,
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i32: new Int32Array(buffer),
    u8: new Uint8Array(buffer),
  };
}

/**
 * Whether softmax is undefined whatever the other elements are: the row is empty, −Infinity throughout (or
 * but for NaN), or has +Infinity at T > 0. NaN elsewhere needs no test, it spreads through the sum.
 */
function isUndefined(max: number, beta: number): boolean {
  return max === -Infinity || (max === Infinity && beta !== Infinity);
}

/** Calls `process` with the first row and the number of rows of one batch after the other. */
function inBatches(rows: number, cols: number, process: (row: number, count: number) => void): void {
  const most = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_ELEMENTS / cols)));
  for (let row = 0; row < rows; row += most) process(row, Math.min(most, rows - row));
}

/** Sets `sums`, adding the blocks of a row in order. The summands go to `out` unless that is negative. */
function sumRows(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  cols: number,
  without: Int32Array,
  beta: number,
): void {
  for (let row = 0, s = sums; row < rows; row++) s[row] = 0;
  for (let start = 0; start < cols; start += BLOCK_COLS) {
    const n = Math.min(BLOCK_COLS, cols - start);
    addSumsOfExp(f, x, out, rows, cols, start, n, maxima, without, beta, sums);
  }
}

/** Sets `logs` to `log Σ`. */
function logSums(rows: number): void {
  for (let row = 0; row < rows; row++) logs[row] = sums[row] / SUMMAND_SCALE;
  logEach(logs, rows);
}

/** For rows of one column: `to = value` where softmax is defined. */
function fillDefined(
  f: Float32Array,
  x: number,
  to: Float32Array | Float64Array,
  out: number,
  rows: number,
  beta: number,
  value: number,
): void {
  for (let row = 0; row < rows; row++) {
    const own = f[x + row];
    to[out + row] = Number.isNaN(own) || isUndefined(own, beta) ? NaN : value;
  }
}

function softmaxRows(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  cols: number,
  beta: number,
): void {
  if (cols === 1) {
    fillDefined(f, x, f, out, rows, beta, 1);
    return;
  }
  findMaxima(f, x, rows, cols, NO_SKIPS, maxima);
  for (let row = 0, m = maxima; row < rows; row++) if (isUndefined(m[row], beta)) m[row] = NaN;
  sumRows(f, x, out, rows, cols, NO_SKIPS, beta);
  for (let row = 0; row < rows; row++) factors[row] = 1 / sums[row];
  multiply(f, out, out, rows, cols, factors);
}

/** `sumRows` without `skips`, for rows of two columns: the only summand is that of the maximum. */
function sumPairs(f: Float32Array, x: number, out: number, rows: number): void {
  for (let row = 0; row < rows; row++) {
    const other = 2 * row + 1 - skips[row];
    let y = f[x + other] === -Infinity ? 0 : SUMMAND_SCALE;
    if (Number.isNaN(maxima[row])) y = NaN;
    if (out >= 0) f[out + other] = y;
    sums[row] = y;
  }
}

/**
 * Sets `logs` to the log-odds `log Σ_{j≠k} exp(beta·x[j]) − beta·x[k]` for k = `skips[row]`, exact however
 * small; NaN where softmax is undefined. `owns` is x[k], `maxima` the largest of the others, on which the
 * sums are based. The summands go to `out` unless that is negative.
 */
function findOdds(f: Float32Array, x: number, out: number, rows: number, cols: number, beta: number): void {
  for (let row = 0, m = maxima; row < rows; row++) {
    const own = owns[row];
    if (isUndefined(Math.max(own, m[row]), beta)) m[row] = NaN;
    // Relative to x[k], a sum over nothing but −Infinity is 0, and so are the odds.
    else if (m[row] === -Infinity) m[row] = indexOf(f, x + row * cols, cols, NaN) < 0 ? own : NaN;
  }
  if (cols === 2) sumPairs(f, x, out, rows);
  else sumRows(f, x, out, rows, cols, skips, beta);
  logSums(rows);
  // At least the smallest float64 for beta, so that the odds against −Infinity are Infinity.
  const slope = Math.max(beta, Number.MIN_VALUE);
  for (let row = 0; row < rows; row++) {
    const own = owns[row];
    const others = maxima[row];
    if (others !== own) logs[row] += slope * (others - own);
  }
}

/** `beta·(x − max) − log(1 + odds)`, for the odds against a largest element. */
function logSoftmaxRows(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  cols: number,
  beta: number,
): void {
  if (cols === 1) {
    fillDefined(f, x, f, out, rows, beta, 0);
    return;
  }
  findTwoLargest(f, x, rows, cols, owns, skips, maxima);
  findOdds(f, x, NONE, rows, cols, beta);
  softplusEach(logs, shares, rows);
  shift(f, x, out, rows, cols, owns, beta, logs);
}

/** `beta·max + log Σ exp(beta·(x − max))`, where Infinity · 0 counts as 0: at T = 0 and max 0, log(count). */
function logSumExpRows(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  cols: number,
  beta: number,
): void {
  findMaxima(f, x, rows, cols, NO_SKIPS, maxima);
  sumRows(f, x, NONE, rows, cols, NO_SKIPS, beta);
  logSums(rows);
  for (let row = 0; row < rows; row++) {
    const max = maxima[row];
    if (!isUndefined(max, beta)) f[out + row] = (max === 0 ? 0 : beta * max) + logs[row];
    else f[out + row] = indexOf(f, x + row * cols, cols, NaN) < 0 ? max : NaN;
  }
}

/** `−log softmax(beta·x)[label] = log(1 + odds)`, times the label's weight; the gradient `scale·beta·(p − onehot)`. */
function crossEntropyRows(
  { f32, f64, i32 }: Views,
  x: number,
  labels: number,
  weight: number,
  losses: number,
  gradient: number,
  rows: number,
  cols: number,
  beta: number,
  scale: number,
): void {
  if (cols === 1) {
    fillDefined(f32, x, f64, losses, rows, beta, 0);
    if (gradient >= 0) fillDefined(f32, x, f32, gradient, rows, beta, 0);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const label = i32[labels + row];
    skips[row] = label;
    owns[row] = f32[x + row * cols + label];
  }
  findMaxima(f32, x, rows, cols, skips, maxima);
  findOdds(f32, x, gradient, rows, cols, beta);
  softplusEach(logs, shares, rows);
  const weightOf = (row: number) => (weight < 0 ? 1 : f32[weight + skips[row]]);
  for (let row = 0; row < rows; row++) {
    const w = weightOf(row);
    // A target of 0 contributes 0, even of an infinite loss.
    f64[losses + row] = w === 0 && logs[row] === Infinity ? 0 : w * logs[row];
  }
  if (gradient < 0) return;
  for (let row = 0; row < rows; row++) {
    const share = shares[row];
    const factor = share === 0 ? 0 : finiteSlope(scale * weightOf(row) * beta) * share;
    owns[row] = 0 - factor;
    factors[row] = factor === 0 ? 0 : factor / sums[row];
  }
  multiply(f32, gradient, gradient, rows, cols, factors);
  for (let row = 0; row < rows; row++) f32[gradient + row * cols + skips[row]] = owns[row];
}

/** The largest element. */
function maxOf(f: Float32Array, x: number, n: number): number {
  findMaxima(f, x, 1, n, NO_SKIPS, maxima);
  return maxima[0];
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

/** Copies the rows that a mask keeps something of, works on them, and sets the others to `empty`. */
function maskedRows(
  { f32, u8 }: Views,
  x: number,
  mask: number,
  to: number,
  first: number,
  rows: number,
  cols: number,
  maskBytes: number,
  empty: number,
  work: () => void,
): void {
  const emptied: number[] = [];
  for (let row = 0; row < rows; row++) {
    const from = (x >>> 2) + (first + row) * cols;
    const bytes = (mask >>> 0) + (first + row) * maskBytes;
    if (!maskRow(f32, from, u8, bytes, to + row * cols, cols)) emptied.push(to + row * cols);
  }
  work();
  for (const row of emptied) f32.fill(empty, row, row + cols);
}

/** The address of a float32 as an index, NONE for 0. */
function place(address: number): number {
  return address === 0 ? NONE : address >>> 2;
}

/**
 * The kernels over `memory.buffer`, which may be replaced at any time: memory grows so. Offsets are in bytes,
 * up to 2^32, multiples of the size of an element. A `WebAssembly.Memory` will do for `memory`, but reading
 * its getter takes some 20 ns in each call, a plain property 1 ns.
 */
export function createFallback(memory: { readonly buffer: ArrayBufferLike }): RawKernels {
  let current = viewsOf(memory.buffer);

  function views(): Views {
    if (memory.buffer !== current.buffer) current = viewsOf(memory.buffer);
    return current;
  }

  return {
    softmaxF32(x, out, rows, cols, beta) {
      const { f32 } = views();
      inBatches(rows, cols, (row, count) => {
        const at = row * cols;
        softmaxRows(f32, (x >>> 2) + at, (out >>> 2) + at, count, cols, beta);
      });
    },
    logSoftmaxF32(x, out, rows, cols, beta) {
      const { f32 } = views();
      inBatches(rows, cols, (row, count) => {
        const at = row * cols;
        logSoftmaxRows(f32, (x >>> 2) + at, (out >>> 2) + at, count, cols, beta);
      });
    },
    logSumExpF32(x, out, rows, cols, beta) {
      const { f32 } = views();
      inBatches(rows, cols, (row, count) => {
        logSumExpRows(f32, (x >>> 2) + row * cols, (out >>> 2) + row, count, cols, beta);
      });
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
      const all = views();
      const { f32, f64, i32 } = all;
      const labelAt = labels >>> 2;
      const lossAt = losses >>> 3;
      const gradientAt = place(gradient);
      const weightAt = place(weight);
      const targetAt = place(probabilities);
      const onLabel = labels !== 0 && smoothing === 0 && zLoss === 0;
      const scalars: LossScalars = { beta, scale, smoothing, zLoss };
      const isIgnored = (row: number) => labels !== 0 && i32[labelAt + row] === ignoreIndex;
      // Runs of rows that count, and runs of rows that do not.
      for (let row = 0, end = 0; row < rows; row = end) {
        const ignored = isIgnored(row);
        while (end < rows && isIgnored(end) === ignored) end++;
        const to = gradientAt < 0 ? NONE : gradientAt + row * cols;
        if (ignored) {
          f64.fill(0, lossAt + row, lossAt + end);
          if (to >= 0) f32.fill(0, to, to + (end - row) * cols);
          continue;
        }
        const first = row;
        inBatches(end - first, cols, (offset, count) => {
          const r = first + offset;
          const at = (x >>> 2) + r * cols;
          const gradientTo = gradientAt < 0 ? NONE : gradientAt + r * cols;
          if (onLabel) {
            const label = labelAt + r;
            crossEntropyRows(all, at, label, weightAt, lossAt + r, gradientTo, count, cols, beta, scale);
            return;
          }
          for (let i = 0; i < count; i++) {
            const target = targetAt < 0 ? NONE : targetAt + (r + i) * cols;
            const rowTo = gradientTo < 0 ? NONE : gradientTo + i * cols;
            const parts = spreadRow(f32, at + i * cols, target, weightAt, rowTo, cols);
            f64[lossAt + r + i] = spreadLoss(parts, labels === 0 ? NONE : i32[labelAt + r + i], scalars);
          }
        });
      }
    },

    sigmoidF32(x, out, rows, cols, beta) {
      sigmoids(views().f32, x >>> 2, out >>> 2, rows * cols, beta);
    },
    logSigmoidF32(x, out, rows, cols, beta) {
      logSigmoids(views().f32, x >>> 2, out >>> 2, rows * cols, beta);
    },
    binaryCrossEntropyF32(x, target, weights, losses, sumsAt, gradient, rows, cols, beta, posWeight, scale) {
      const { f32, f64 } = views();
      const w = place(weights);
      const slope = scale * beta;
      for (let row = 0; row < rows; row++) {
        const at = row * cols;
        const from = (x >>> 2) + at;
        const t = (target >>> 2) + at;
        const out = losses === 0 ? NONE : (losses >>> 2) + at;
        const to = gradient === 0 ? NONE : (gradient >>> 2) + at;
        f64[(sumsAt >>> 3) + row] = binaryRow(f32, from, t, w, out, to, cols, beta, posWeight, slope);
      }
    },
    softmaxGradientF32(p, dp, out, rows, cols, beta) {
      const { f32 } = views();
      for (let row = 0; row < rows; row++) {
        const from = (p >>> 2) + row * cols;
        const by = (dp >>> 2) + row * cols;
        const to = (out >>> 2) + row * cols;
        productGradient(f32, from, by, to, cols, dotOfRow(f32, by, from, cols), beta);
      }
    },
    logSoftmaxGradientF32(logP, dLogP, out, rows, cols, beta) {
      const { f32 } = views();
      for (let row = 0; row < rows; row++) {
        const from = (logP >>> 2) + row * cols;
        const by = (dLogP >>> 2) + row * cols;
        const to = (out >>> 2) + row * cols;
        const sum = dotOfRow(f32, by, NONE, cols);
        targetGradient(f32, from, by, NONE, to, cols, 0, 1, sum, -beta, 1, 0);
      }
    },
    sigmoidGradientF32(p, dp, out, rows, cols, beta) {
      sigmoidGradients(views().f32, p >>> 2, dp >>> 2, out >>> 2, rows * cols, beta);
    },

    maskedSoftmaxF32(x, mask, out, rows, cols, maskBytes, beta) {
      const all = views();
      inBatches(rows, cols, (row, count) => {
        const to = (out >>> 2) + row * cols;
        maskedRows(all, x, mask, to, row, count, cols, maskBytes, 0, () =>
          softmaxRows(all.f32, to, to, count, cols, beta),
        );
      });
    },
    maskedLogSoftmaxF32(x, mask, out, rows, cols, maskBytes, beta) {
      const all = views();
      inBatches(rows, cols, (row, count) => {
        const to = (out >>> 2) + row * cols;
        maskedRows(all, x, mask, to, row, count, cols, maskBytes, -Infinity, () =>
          logSoftmaxRows(all.f32, to, to, count, cols, beta),
        );
      });
    },
    maskF32(x, mask, out, rows, cols, maskBytes) {
      maskedRows(views(), x, mask, out >>> 2, 0, rows, cols, maskBytes, -Infinity, () => {});
    },

    maxF32(x, n) {
      findMaxima(views().f32, x >>> 2, 1, n, NO_SKIPS, maxima);
      return maxima[0];
    },
    indexOfF32(x, n, value) {
      return indexOf(views().f32, x >>> 2, n, value);
    },
    expSumF32(x, out, sumsAt, n, skip, max, beta) {
      const { f32, f64 } = views();
      const to = out === 0 ? NONE : out >>> 2;
      maxima[0] = max;
      skips[0] = skip;
      for (let start = 0, block = sumsAt >>> 3; start < n; start += BLOCK_COLS, block++) {
        const count = Math.min(BLOCK_COLS, n - start);
        sums[0] = 0;
        addSumsOfExp(f32, x >>> 2, to, 1, n, start, count, maxima, skips, beta, sums);
        f64[block] = sums[0];
      }
    },
    totalF32: (sum) => sum,
    logTotalF32(total) {
      sums[0] = total;
      logSums(1);
      return logs[0];
    },
    scaleF32(x, out, n, factor) {
      factors[0] = factor;
      multiply(views().f32, x >>> 2, out >>> 2, 1, n, factors);
    },
    logScaleF32(x, out, n, max, beta, logTotal) {
      maxima[0] = max;
      logs[0] = logTotal;
      shift(views().f32, x >>> 2, out >>> 2, 1, n, maxima, beta, logs);
    },
    targetSumsF32(x, target, weight, sumsAt, n, skip, max, beta, share, spread) {
      const { f32, f64 } = views();
      for (let start = 0, to = sumsAt >>> 3; start < n; start += BLOCK_COLS, to += 3) {
        const count = Math.min(BLOCK_COLS, n - start);
        const t = target === 0 ? NONE : (target >>> 2) + start;
        const w = weight === 0 ? NONE : (weight >>> 2) + start;
        targetSums(f32, (x >>> 2) + start, t, w, count, skip - start, max, beta, share, spread, f64, to);
      }
    },
    targetGradientF32(x, target, weight, out, n, max, beta, factor, slope, share, spread) {
      const { f32 } = views();
      const from = x >>> 2;
      const to = out >>> 2;
      targetGradient(f32, from, place(target), place(weight), to, n, max, beta, factor, slope, share, spread);
    },
    dotSumsF32(a, b, sumsAt, n) {
      const { f32, f64 } = views();
      for (let start = 0, block = sumsAt >>> 3; start < n; start += BLOCK_COLS, block++) {
        const count = Math.min(BLOCK_COLS, n - start);
        f64[block] = dot(f32, (a >>> 2) + start, b === 0 ? NONE : (b >>> 2) + start, count);
      }
    },
    productGradientF32(p, dp, out, n, by, slope) {
      productGradient(views().f32, p >>> 2, dp >>> 2, out >>> 2, n, by, slope);
    },
    exp,
    log1p,
    softplus(x) {
      logs[0] = x;
      softplusEach(logs, shares, 1);
      return logs[0];
    },
    sigmoid(x) {
      logs[0] = x;
      softplusEach(logs, shares, 1);
      return shares[0];
    },
    ...createSelectFallback(memory),
  };
}
