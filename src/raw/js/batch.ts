/**
 * Rows composed of passes, in batches, which halves the cost of short ones; long rows are summed block by block. Every
 * sum is made by the same pass in the same order, so whole rows and rows in parts come out with the same bits.
 */
import { hasSoftmax } from '../limits.ts';
import { BLOCK_COLS } from '../sizes.ts';
import { logEach } from './math.ts';
import { addSumsOfExp, indexOf, SUMMAND_SCALE } from './passes.ts';
import { NONE } from './views.ts';

/**
 * The most rows in a batch; and elements, unless it is one row: so a batch stays in the first-level cache.
 */
const BATCH_ROWS = 512;
const BATCH_ELEMENTS = 4096;

/** Nothing to skip in any row of a batch. */
export const NO_SKIPS: Int32Array = new Int32Array(BATCH_ROWS).fill(NONE);

// Scratch, one entry for each row of a batch. Nothing in it outlives a call.
/** The element left out of the sum: its index and its value. */
export const skips: Int32Array = new Int32Array(BATCH_ROWS);
export const owns: Float64Array = new Float64Array(BATCH_ROWS);
/** The logarithm of `sums`, then the log-odds against that element, then its loss. */
export const logs: Float64Array = new Float64Array(BATCH_ROWS);
/** 1 − p of that element. */
export const shares: Float64Array = new Float64Array(BATCH_ROWS);
/** The largest of the elements in the sum, or NaN where softmax is undefined. */
export const maxima: Float64Array = new Float64Array(BATCH_ROWS);
/** Σ exp(beta·(x − max)), times `SUMMAND_SCALE`. */
export const sums: Float64Array = new Float64Array(BATCH_ROWS);
/** What the summands are multiplied by. */
export const factors: Float64Array = new Float64Array(BATCH_ROWS);

/** Calls `process` with the first row and the number of rows of one batch after the other. */
export function inBatches(rows: number, cols: number, process: (row: number, count: number) => void): void {
  const most = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_ELEMENTS / cols)));
  for (let row = 0; row < rows; row += most) process(row, Math.min(most, rows - row));
}

/** Sets `sums`, adding the blocks of a row in order. The summands go to `out` unless that is negative. */
export function sumRows(
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
export function logSums(rows: number): void {
  for (let row = 0; row < rows; row++) logs[row] = sums[row] / SUMMAND_SCALE;
  logEach(logs, rows);
}

/** For rows of one column: `to = value` where softmax is defined. */
export function fillDefined(
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
    to[out + row] = hasSoftmax(own, beta) ? value : NaN;
  }
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
export function findOdds(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  cols: number,
  beta: number,
): void {
  for (let row = 0, m = maxima; row < rows; row++) {
    const own = owns[row];
    if (!hasSoftmax(Math.max(own, m[row]), beta)) m[row] = NaN;
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
