/** Products of gradients with the Jacobians of softmax and logSoftmax. */

import { betaOf, type OracleOptions } from '../oracle/float64.ts';
import { mapRows, type Numbers } from '../oracle/rows.ts';
import { inPlace, operation, ROWS, slopes } from './operation.ts';

const { NaN: NAN } = Number;

export const family = {
  softmaxGradient: operation({
    args: { p: 'shares', dp: 'logits' },
    options: { ...ROWS, out: 'out' },
    right: ({ p, dp }, options) => slopes(softmaxGradient(p, dp, options), options),
    forms: {
      softmaxGradient: (k, { x, p, cols, out }) => k.softmaxGradient(p, x, { cols, out }),
      'softmaxGradient, in place': inPlace((k, { x, p, cols }) =>
        k.softmaxGradient(p, x, { cols, beta: 0.7, out: x }),
      ),
    },
    special: [
      { args: [[], []], gives: [] },
      {
        args: [
          [0.5, 0.5, 1, 0],
          [1, NAN, 2, 3],
        ],
        options: { cols: 2 },
        gives: [NAN, NAN, 0, 0],
      },
      {
        args: [
          [0.5, 0.5, NAN, 0],
          [1, 1, 2, 3],
        ],
        options: { cols: 2 },
        gives: [0, 0, NAN, NAN],
      },
    ],
  }),

  logSoftmaxGradient: operation({
    args: { logP: 'logProbs', dLogP: 'logits' },
    options: { ...ROWS, out: 'out' },
    right: ({ logP, dLogP }, options) => slopes(logSoftmaxGradient(logP, dLogP, options), options),
    forms: {
      logSoftmaxGradient: (k, { x, p, cols, out }) => k.logSoftmaxGradient(x, p, { cols, out }),
      'logSoftmaxGradient, in place': inPlace((k, { x, p, cols }) =>
        k.logSoftmaxGradient(x, p, { cols, beta: 0.7, out: x }),
      ),
    },
    special: [
      {
        args: [
          [0, -Infinity],
          [1, 2],
        ],
        gives: [-2, 2],
      },
    ],
  }),
};

/** `β·p·(dp − Σ p·dp)`, row by row. */
export function softmaxGradient(p: Numbers, dp: Numbers, options: OracleOptions = {}): number[] {
  const beta = betaOf(options);
  return mapRows(p, options, (row, from) => {
    const dot = row.reduce((sum, value, j) => sum + value * dp[from + j], 0);
    return row.map((value, j) => beta * value * (dp[from + j] - dot));
  }).flat();
}

/** `β·(dLogP − exp(logP)·Σ dLogP)`, row by row. */
export function logSoftmaxGradient(logP: Numbers, dLogP: Numbers, options: OracleOptions = {}): number[] {
  const beta = betaOf(options);
  return mapRows(logP, options, (row, from) => {
    const total = row.reduce((sum, _, j) => sum + dLogP[from + j], 0);
    return row.map((value, j) => beta * (dLogP[from + j] - Math.exp(value) * total));
  }).flat();
}
