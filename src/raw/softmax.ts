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
import { softplusEach } from './js/math.ts';
import { findMaxima, findTwoLargest, indexOf, multiply, shift } from './js/passes.ts';
import { NONE, type Views } from './js/views.ts';
import { hasSoftmax } from './limits.ts';
import { MATRIX, type Splits, WORDS } from './split.ts';

/** See `RawKernels`. */
export interface SoftmaxKernels {
  /** `out = exp(beta·x − logSumExp(beta·x))`, row by row. */
  softmaxF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /** `out = beta·x − logSumExp(beta·x)`, row by row. */
  logSoftmaxF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /** `out[row] = log Σ exp(beta·x)`, float32 `[rows]`. */
  logSumExpF32(x: number, out: number, rows: number, cols: number, beta: number): void;
}

export const softmaxSplits: Splits<SoftmaxKernels> = {
  softmaxF32: { rows: { x: MATRIX, out: MATRIX }, numbers: ['beta'] },
  logSoftmaxF32: { rows: { x: MATRIX, out: MATRIX }, numbers: ['beta'] },
  logSumExpF32: { rows: { x: MATRIX, out: WORDS }, numbers: ['beta'] },
};

export function createSoftmax(views: () => Views): SoftmaxKernels {
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
