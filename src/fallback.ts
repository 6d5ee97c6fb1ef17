/**
 * The kernels in plain TypeScript: rows composed of passes. Rows go through the passes in batches, which halves the
 * cost of short ones; long rows, and rows in parts, are summed block by block. Every sum is made by the same pass
 * in the same order, so whole rows and rows in parts come out with the same bits.
 */
import { BLOCK_COLS, type RawKernels } from './abi.ts';
import { exp, log, log1p } from './math.ts';
import { addSumsOfExp, divide, findIndices, findMaxima, finiteBeta, hasNaN, shift } from './passes.ts';

/** Not an index: nothing to skip, nowhere to write. */
const NONE = -1;

/** The most rows in a batch; and elements, unless it is one row: so a batch stays in the first-level cache. */
const BATCH_ROWS = 512;
const BATCH_ELEMENTS = 4096;

// Scratch, one entry for each row of a batch. Nothing in it outlives a call.
/** The largest element, or NaN where softmax is undefined. */
const maxima: Float64Array = new Float64Array(BATCH_ROWS);
/** The index of an element left out of the sum, or NONE. */
const skips: Int32Array = new Int32Array(BATCH_ROWS);
/** Σ exp(beta·(x − max)), then what is made of it. */
const sums: Float64Array = new Float64Array(BATCH_ROWS);
/** The label's logit, then its gradient; or whatever needs one more column. */
const targets: Float64Array = new Float64Array(BATCH_ROWS);

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
 * Whether softmax is undefined whatever the other elements are: the row is empty, −Infinity throughout (or but
 * for NaN), or has +Infinity at T > 0. NaN elsewhere needs no test, it spreads through the sum.
 */
function isUndefined(max: number, beta: number): boolean {
  return max === -Infinity || (max === Infinity && beta !== Infinity);
}

/** Calls `process` with the first row and the number of rows of one batch after the other. */
function inBatches(rows: number, cols: number, process: (row: number, count: number) => void): void {
  const most = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_ELEMENTS / cols)));
  for (let row = 0; row < rows; row += most) process(row, Math.min(most, rows - row));
}

/** Sets `maxima`, `skips` to none and `sums` to 0. */
function prepareRows(f: Float32Array, x: number, rows: number, cols: number, beta: number): void {
  findMaxima(f, x, rows, cols, maxima);
  const m = maxima;
  const k = skips;
  const s = sums;
  for (let row = 0; row < rows; row++) {
    if (isUndefined(m[row], beta)) m[row] = NaN;
    k[row] = NONE;
    s[row] = 0;
  }
}

/** `values = log(values)`. */
function logEach(values: Float64Array, count: number): void {
  for (let i = 0; i < count; i++) values[i] = log(values[i]);
}

/** `values = log(1 + values)`. */
function log1pEach(values: Float64Array, count: number): void {
  for (let i = 0; i < count; i++) values[i] = log1p(values[i]);
}

/** Adds to `sums` the blocks of a row in order. The summands go to `out` unless that is negative. */
function sumRows(f: Float32Array, x: number, out: number, rows: number, cols: number, beta: number): void {
  for (let start = 0; start < cols; start += BLOCK_COLS) {
    const n = Math.min(BLOCK_COLS, cols - start);
    addSumsOfExp(f, x + start, out < 0 ? out : out + start, rows, cols, n, maxima, skips, beta, sums);
    // Only a row that is a batch of its own has a further block.
    skips[0] -= BLOCK_COLS;
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
  prepareRows(f, x, rows, cols, beta);
  sumRows(f, x, out, rows, cols, beta);
  divide(f, out, out, rows, cols, sums);
}

/** With a largest element left out of the sum, `log Σ = log1p(Σ others)` is exact also near 0. */
function logSoftmaxRows(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  cols: number,
  beta: number,
): void {
  prepareRows(f, x, rows, cols, beta);
  findIndices(f, x, rows, cols, maxima, skips);
  sumRows(f, x, NONE, rows, cols, beta);
  log1pEach(sums, rows);
  shift(f, x, out, rows, cols, maxima, beta, sums);
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
  prepareRows(f, x, rows, cols, beta);
  sumRows(f, x, NONE, rows, cols, beta);
  logEach(sums, rows);
  for (let row = 0; row < rows; row++) {
    const max = maxima[row];
    const at = x + row * cols;
    if (!Number.isNaN(max)) {
      f[out + row] = (max === 0 ? 0 : beta * max) + sums[row];
    } else {
      findMaxima(f, at, 1, cols, targets);
      f[out + row] = hasNaN(f, at, cols) ? NaN : targets[0];
    }
  }
}

/**
 * `−log softmax(beta·x)[label]`. If the label's logit is the largest, its term 1 is left out of the sum and
 * `log1p` takes its place; otherwise the sum is above 1 by at least that term and `log` loses nothing.
 * The gradient `slope·(p − onehot)` is `slope·(−Σ others/Σ)` at the label, without cancellation.
 */
function crossEntropyRows(
  views: Views,
  x: number,
  labels: number,
  losses: number,
  gradient: number,
  rows: number,
  cols: number,
  beta: number,
  scale: number,
): void {
  const { f32, f64, i32 } = views;
  prepareRows(f32, x, rows, cols, beta);
  for (let row = 0; row < rows; row++) {
    const label = i32[labels + row];
    targets[row] = f32[x + row * cols + label];
    if (targets[row] === maxima[row]) skips[row] = label;
  }
  sumRows(f32, x, gradient, rows, cols, beta);
  const slope = finiteBeta(beta) * scale;
  for (let row = 0; row < rows; row++) {
    const max = maxima[row];
    const logit = targets[row];
    const sum = sums[row];
    const isMax = logit === max;
    // At least the smallest float64 for beta, so that a logit of −Infinity costs Infinity.
    f64[losses + row] = isMax ? log1p(sum) : Math.max(beta, Number.MIN_VALUE) * (max - logit) + log(sum);
    if (gradient >= 0) {
      const total = isMax ? 1 + sum : sum;
      const others = isMax ? sum : sum - exp(finiteBeta(beta) * (logit - max));
      targets[row] = 0 - (others / total) * slope;
      sums[row] = total / slope;
    }
  }
  if (gradient >= 0) {
    divide(f32, gradient, gradient, rows, cols, sums);
    for (let row = 0; row < rows; row++) f32[gradient + row * cols + i32[labels + row]] = targets[row];
  }
}

/**
 * The kernels over `memory.buffer`, which may be replaced at any time: memory grows so. Offsets are in bytes, up to
 * 2^32, multiples of the size of an element. A `WebAssembly.Memory` will do for `memory`, but reading its getter
 * takes some 20 ns in each call, a plain property 1 ns.
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
          const at = (first + offset) * cols;
          const gradientTo = gradientAt < 0 ? NONE : gradientAt + at;
          const from = (x >>> 2) + at;
          const r = first + offset;
          crossEntropyRows(all, from, labelAt + r, lossAt + r, gradientTo, count, cols, beta, scale);
        });
      }
    },

    maxF32(x, n) {
      findMaxima(views().f32, x >>> 2, 1, n, maxima);
      return maxima[0];
    },
    indexOfF32(x, n, value) {
      maxima[0] = value;
      findIndices(views().f32, x >>> 2, 1, n, maxima, skips);
      return skips[0];
    },
    expSumF32(x, out, sumsAt, n, skip, max, beta) {
      const { f32, f64 } = views();
      maxima[0] = max;
      for (let start = 0, block = sumsAt >>> 3; start < n; start += BLOCK_COLS, block++) {
        const count = Math.min(BLOCK_COLS, n - start);
        const to = out === 0 ? NONE : (out >>> 2) + start;
        skips[0] = skip - start;
        sums[0] = 0;
        addSumsOfExp(f32, (x >>> 2) + start, to, 1, n, count, maxima, skips, beta, sums);
        f64[block] = sums[0];
      }
    },
    totalF32(sumsAt, blocks) {
      const { f64 } = views();
      let total = 0;
      for (let block = 0; block < blocks; block++) total += f64[(sumsAt >>> 3) + block];
      return total;
    },
    scaleF32(x, out, n, _max, _beta, total) {
      sums[0] = total;
      divide(views().f32, x >>> 2, out >>> 2, 1, n, sums);
    },
    logScaleF32(x, out, n, max, beta, logTotal) {
      maxima[0] = max;
      sums[0] = logTotal;
      shift(views().f32, x >>> 2, out >>> 2, 1, n, maxima, beta, sums);
    },
  };
}
