/**
 * The kernels in plain TypeScript: rows composed of passes. Rows go through the passes in batches, which
 * halves the cost of short ones; long rows, and rows in parts, are summed block by block. Every sum is made
 * by the same pass in the same order, so whole rows and rows in parts come out with the same bits.
 */
import { BLOCK_COLS, type RawKernels } from './abi.ts';
import { logEach, softplusEach } from './math.ts';
import {
  addSumsOfExp,
  findMaxima,
  findTwoLargest,
  indexOf,
  multiply,
  SUMMAND_SCALE,
  shift,
} from './passes.ts';

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
}

function viewsOf(buffer: ArrayBufferLike): Views {
  return {
    buffer,
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i32: new Int32Array(buffer),
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

/** `−log softmax(beta·x)[label] = log(1 + odds)`; the gradient is `slope·(p − onehot)`. */
function crossEntropyRows(
  { f32, f64, i32 }: Views,
  x: number,
  labels: number,
  losses: number,
  gradient: number,
  rows: number,
  cols: number,
  beta: number,
  slope: number,
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
  for (let row = 0; row < rows; row++) f64[losses + row] = logs[row];
  if (gradient < 0) return;
  for (let row = 0; row < rows; row++) {
    const share = shares[row];
    const factor = share === 0 ? 0 : slope * share;
    owns[row] = 0 - factor;
    factors[row] = factor === 0 ? 0 : factor / sums[row];
  }
  multiply(f32, gradient, gradient, rows, cols, factors);
  for (let row = 0; row < rows; row++) f32[gradient + row * cols + skips[row]] = owns[row];
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
    crossEntropyF32(x, labels, losses, gradient, rows, cols, beta, ignoreIndex, scale) {
      const all = views();
      const { f32, f64, i32 } = all;
      const labelAt = labels >>> 2;
      const lossAt = losses >>> 3;
      const gradientAt = gradient === 0 ? NONE : gradient >>> 2;
      const isIgnored = (row: number) => i32[labelAt + row] === ignoreIndex;
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
          crossEntropyRows(all, at, labelAt + r, lossAt + r, gradientTo, count, cols, beta, scale * beta);
        });
      }
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
  };
}
