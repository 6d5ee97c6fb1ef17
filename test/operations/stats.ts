/** Statistics of rows in chunks of columns: rowStats, mergeStats, softmaxFrom. */

import { betaOf, type OracleOptions } from '../oracle/float64.ts';
import { mapRows, type Numbers } from '../oracle/rows.ts';
import { operation, ROWS, specialValues } from './operation.ts';
import { logSumExp } from './softmax.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

export const family = {
  rowStats: operation({
    args: { x: 'logits' },
    options: ROWS,
    right: ({ x }, options) => ({ stats: rowStats(x, options) }),
    forms: {
      rowStats: (k, { x, cols }) => {
        const { max, sum, blocks } = k.rowStats(x, { cols, beta: 0.7 });
        return [max, sum, ...(blocks ? [blocks] : [])];
      },
    },
  }),

  mergeStats: operation({
    args: { a: 'stats', b: 'stats' },
    right: ({ a, b }) => ({ stats: mergeStats(a, b) }),
    forms: {
      'rowStats, merged': (k, { x, cols }) => {
        const { max, sum } = k.mergeStats(k.rowStats(x, { cols }), k.rowStats(x, { cols }));
        return [max, sum];
      },
    },
  }),

  softmaxFrom: operation({
    args: { x: 'logits', stats: 'stats' },
    options: { cols: 'cols', out: 'out' },
    // The data of statistics may be NaN, and then their maximum is none.
    refuses: specialValues,
    right: ({ x, stats }, options) => ({ flushed: softmaxFrom(x, stats, options) }),
    forms: { softmaxFrom: (k, { x, cols, out }) => k.softmaxFrom(x, k.rowStats(x, { cols }), { cols, out }) },
    special: [
      {
        args: [[0, -INF], { max: Float32Array.of(0), sum: Float64Array.of(2) }],
        gives: [0.5, 0],
      },
      { args: [[0], { max: Float32Array.of(0), sum: Float64Array.of(NAN) }], gives: [NAN] },
    ],
  }),
};

export interface OracleStats {
  max: Numbers;
  sum: Numbers;
  beta?: number;
}

/** The maximum of each row and `Σ exp(β(x − max))`; NaN where a row has no distribution, but 0 where it has nothing. */
export function rowStats(x: Numbers, options: OracleOptions = {}): { max: number[]; sum: number[] } {
  const beta = betaOf(options);
  const max = mapRows(x, options, (row) => Math.max(...row));
  const sum = mapRows(x, options, (row, _, r) => {
    if (max[r] === -Infinity) return 0;
    if (Number.isNaN(max[r])) return Number.NaN;
    if (max[r] === Infinity && beta < Infinity) return Number.NaN;
    // Relative to the maximum nothing of the sum is lost in a logarithm.
    return Math.exp(
      logSumExp(
        row.map((value) => (value === max[r] ? 0 : value - max[r])),
        { beta },
      )[0],
    );
  });
  return { max, sum };
}

/** `max = max(a.max, b.max)`, `sum = a.sum·exp(β(a.max − max)) + b.sum·exp(β(b.max − max))`. */
export function mergeStats(a: OracleStats, b: OracleStats): { max: number[]; sum: number[] } {
  const { beta = 1 } = a;
  const max = Array.from(a.max, (value, row) => Math.max(value, b.max[row]));
  const sum = max.map((most, row) => {
    const weighed = (stats: OracleStats): number => {
      const own = stats.max[row];
      if (stats.sum[row] === 0 || own === most) return stats.sum[row];
      return stats.sum[row] * Math.exp(beta === 0 ? 0 : beta * (own - most));
    };
    return weighed(a) + weighed(b);
  });
  return { max, sum };
}

/** `exp(β(x − max)) / sum` */
export function softmaxFrom(x: Numbers, stats: OracleStats, options: OracleOptions = {}): number[] {
  const { beta = 1 } = stats;
  return mapRows(x, options, (row, _, r) => {
    const { [r]: max } = stats.max;
    const { [r]: sum } = stats.sum;
    if (Number.isNaN(max) || max === -Infinity || (max === Infinity && beta < Infinity))
      return row.map(() => Number.NaN);
    return row.map((value) => {
      if (value === max) return 1 / sum;
      if (value === -Infinity) return 0;
      return Math.exp(beta * (value - max)) / sum;
    });
  }).flat();
}
