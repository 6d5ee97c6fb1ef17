/** softmax, logSoftmax and logSumExp, with masks. */

import { betaOf, forRows, type OracleOptions, rowCount, rowLogSumExp } from '../oracle/float64.ts';
import type { Numbers } from '../oracle/rows.ts';
import { inPlace, operation, ROWS } from './operation.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

export const family = {
  softmax: operation({
    args: { x: 'logits' },
    options: { ...ROWS, out: 'out', mask: 'mask' },
    right: ({ x }, options) => ({ flushed: softmax(x, options) }),
    forms: {
      softmax: (k, { x, cols, out }) => k.softmax(x, { cols, out }),
      'softmax, one mask': (k, { x, cols, mask, out }) =>
        k.softmax(x, { cols, mask: mask.subarray(0, cols), beta: 0.7, out }),
      'softmax, masked in place': inPlace((k, { x, cols, mask }) => k.softmax(x, { cols, mask, out: x })),
    },
    rowForms: {
      softmax: {
        shape: 'elements',
        right: ({ softmax }) => ({ flushed: softmax }),
        run: (k, x, _, call, out) => k.softmax(x, { ...call, out }),
      },
    },
    special: [
      { args: [[]], gives: [] },
      { args: [[-INF, 0, 0, -INF]], gives: [0, 0.5, 0.5, 0] },
      { args: [[1, NAN]], gives: [NAN, NAN] },
      { args: [[1, INF, -INF]], gives: [NAN, NAN, NAN] },
      { args: [[-INF, -INF]], gives: [NAN, NAN] },
      { args: [[1, 3, 2, 3]], options: { temperature: 0 }, gives: [0, 0.5, 0, 0.5] },
      { args: [[1, -INF, 3e38]], options: { beta: 0 }, gives: [0.5, 0, 0.5] },
      { args: [[NAN, 3]], options: { mask: Uint8Array.of(0, 1) }, gives: [0, 1] },
      { args: [[NAN, 3]], options: { mask: Uint8Array.of(0, 0) }, gives: [0, 0] },
    ],
  }),

  logSoftmax: operation({
    args: { x: 'logits' },
    options: { ...ROWS, out: 'out', mask: 'mask' },
    right: ({ x }, options) => ({ steps: logSoftmax(x, options) }),
    forms: {
      logSoftmax: (k, { x, cols, out }) => k.logSoftmax(x, { cols, beta: 0.7, out }),
      'logSoftmax, masked': (k, { x, cols, mask, out }) => k.logSoftmax(x, { cols, mask, out }),
    },
    rowForms: {
      logSoftmax: {
        shape: 'elements',
        right: ({ logSoftmax }) => ({ steps: logSoftmax }),
        run: (k, x, _, call, out) => k.logSoftmax(x, { ...call, out }),
      },
    },
    special: [
      { args: [[]], gives: [] },
      { args: [[3e38]], gives: [0] },
      { args: [[1, NAN]], gives: [NAN, NAN] },
      { args: [[-INF, -INF]], gives: [NAN, NAN] },
      { args: [[1, 3, 2]], options: { temperature: 0 }, gives: [-INF, 0, -INF] },
      { args: [[1, 3]], options: { mask: Uint8Array.of(1, 0) }, gives: [0, -INF] },
      { args: [[1, 3]], options: { mask: Uint8Array.of(0, 0) }, gives: [-INF, -INF] },
    ],
  }),

  logSumExp: operation({
    args: { x: 'logits' },
    options: { ...ROWS, out: 'outRows', mask: 'mask' },
    right: ({ x }, options) => ({ units: logSumExp(x, options) }),
    forms: {
      logSumExp: (k, { x, cols }) => k.logSumExp(x, { cols }),
      'logSumExp, masked': (k, { x, cols, mask }) => k.logSumExp(x, { cols, mask }),
    },
    rowForms: {
      logSumExp: {
        shape: 'rows',
        right: ({ logSumExp }) => ({ units: logSumExp }),
        run: (k, x, _, call, out) => k.logSumExp(x, { ...call, out }),
      },
    },
    special: [
      { args: [[]], gives: [-INF] },
      { args: [[-INF, 0, -INF]], gives: [0] },
      { args: [[-INF, -INF]], gives: [-INF] },
      { args: [[1, INF, -INF]], gives: [INF] },
      { args: [[1, NAN]], gives: [NAN] },
      { args: [[1, 3]], options: { temperature: 0 }, gives: [INF] },
      { args: [[-1, -3]], options: { temperature: 0 }, gives: [-INF] },
      { args: [[NAN, 3]], options: { mask: Uint8Array.of(0, 0) }, gives: [-INF] },
    ],
  }),
};

export interface SoftmaxFamily {
  softmax: Float64Array;
  logSoftmax: Float64Array;
  logSumExp: Float64Array;
}

/** softmax, logSoftmax and logSumExp from one reading of the rows. */
export function softmaxFamily(x: Numbers, options: OracleOptions = {}): SoftmaxFamily {
  const softmax = new Float64Array(x.length);
  const logSoftmax = new Float64Array(x.length);
  const logSumExp = new Float64Array(rowCount(x, options));
  const beta = betaOf(options);
  forRows(x, options, (row, r, start, cols) => {
    const end = start + cols;
    logSumExp[r] = rowLogSumExp(row, beta);
    if (row.kind === 'empty') {
      logSoftmax.fill(Number.NEGATIVE_INFINITY, start, end);
    } else if (row.kind === 'nan') {
      softmax.fill(Number.NaN, start, end);
      logSoftmax.fill(Number.NaN, start, end);
    } else {
      const total = 1 + row.rest;
      const logTotal = Math.log1p(row.rest);
      for (let j = 0; j < cols; j++) {
        softmax[start + j] = row.e[j] / total;
        // Both summands are negative: nothing cancels. + 0 for a plain zero.
        logSoftmax[start + j] = row.z[j] - (logTotal - row.zLow[j]) + 0;
      }
    }
  });
  return { softmax, logSoftmax, logSumExp };
}

/** Probabilities. */
export function softmax(x: Numbers, options: OracleOptions = {}): Float64Array {
  return softmaxFamily(x, options).softmax;
}

/** Log-probabilities. */
export function logSoftmax(x: Numbers, options: OracleOptions = {}): Float64Array {
  return softmaxFamily(x, options).logSoftmax;
}

/** log Σ exp(beta·x) per row. */
export function logSumExp(x: Numbers, options: OracleOptions = {}): Float64Array {
  return softmaxFamily(x, options).logSumExp;
}
