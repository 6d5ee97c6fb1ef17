/** Rows into probabilities, their logarithms, or the logarithm of their sum. */

import {
  factors,
  fillDefined,
  findOdds,
  inBatches,
  logSums,
  logs,
  maxima,
  NO_SKIPS,
  owns,
  shares,
  skips,
  sumRows,
  sums,
} from './js/batch.ts';
import { gather, inTiles, scatter } from './js/lanes.ts';
import { softplusEach } from './js/math.ts';
import { findMaxima, findTwoLargest, indexOf, multiply, shift } from './js/passes.ts';
import { NONE, type Views } from './js/views.ts';
import { hasSoftmax } from './limits.ts';
import { LANES, type Splits, WORDS } from './split.ts';

/** Rows in lanes: see lanes.ts. */
export interface SoftmaxKernels {
  /** `out = exp(beta·x − logSumExp(beta·x))`, row by row. */
  softmaxF32(
    x: number,
    out: number,
    rows: number,
    cols: number,
    inner: number,
    from: number,
    beta: number,
  ): void;
  /** `out = beta·x − logSumExp(beta·x)`, row by row. */
  logSoftmaxF32(
    x: number,
    out: number,
    rows: number,
    cols: number,
    inner: number,
    from: number,
    beta: number,
  ): void;
  /** `out[row] = log Σ exp(beta·x)`, float32 `[rows]`. */
  logSumExpF32(
    x: number,
    out: number,
    rows: number,
    cols: number,
    inner: number,
    from: number,
    beta: number,
  ): void;
}

export const softmaxSplits: Splits<SoftmaxKernels> = {
  softmaxF32: { rows: { x: LANES, out: LANES }, lanes: true, numbers: ['beta'] },
  logSoftmaxF32: { rows: { x: LANES, out: LANES }, lanes: true, numbers: ['beta'] },
  logSumExpF32: { rows: { x: LANES, out: WORDS }, lanes: true, numbers: ['beta'] },
};

export function createSoftmax(views: () => Views, scratch: number): SoftmaxKernels {
  /** One of the functions below over all rows, by batches; `perRow` is how many results it gives for a row. */
  function overRows(
    run: typeof softmaxRows,
    x: number,
    out: number,
    rows: number,
    cols: number,
    inner: number,
    from: number,
    beta: number,
    reduces: boolean,
  ): void {
    const { f32 } = views();
    const at = x >>> 2;
    const to = out >>> 2;
    if (inner === 1) {
      inBatches(rows, cols, (row, count) => {
        const first = (from + row) * cols;
        run(f32, at + first, reduces ? to + row : to + first, count, cols, beta);
      });
      return;
    }
    const tile = scratch >>> 2;
    inTiles(rows, cols, inner, from, (row, place, n) => {
      gather(f32, at + place, f32, tile, n, cols, inner);
      run(f32, tile, reduces ? to + row : tile, n, cols, beta);
      if (!reduces) scatter(f32, tile, f32, to + place, n, cols, inner);
    });
  }

  return {
    softmaxF32(x, out, rows, cols, inner, from, beta) {
      overRows(softmaxRows, x, out, rows, cols, inner, from, beta, false);
    },
    logSoftmaxF32(x, out, rows, cols, inner, from, beta) {
      overRows(logSoftmaxRows, x, out, rows, cols, inner, from, beta, false);
    },
    logSumExpF32(x, out, rows, cols, inner, from, beta) {
      overRows(logSumExpRows, x, out, rows, cols, inner, from, beta, true);
    },
  };
}

export function softmaxRows(
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
  for (let row = 0, m = maxima; row < rows; row++) if (!hasSoftmax(m[row], beta)) m[row] = NaN;
  sumRows(f, x, out, rows, cols, NO_SKIPS, beta);
  for (let row = 0; row < rows; row++) factors[row] = 1 / sums[row];
  multiply(f, out, out, rows, cols, factors);
}

/** `beta·(x − max) − log(1 + odds)`, for the odds against a largest element. */
export function logSoftmaxRows(
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
    if (hasSoftmax(max, beta)) f[out + row] = (max === 0 ? 0 : beta * max) + logs[row];
    else f[out + row] = indexOf(f, x + row * cols, cols, NaN) < 0 ? max : NaN;
  }
}
