/** Choices among the elements of a row: argmax, hardmax, topK; what is right by sorting the row whole. */

import type { OracleOptions } from '../oracle/float64.ts';
import { mapRows, type Numbers } from '../oracle/rows.ts';
import { operation, type Right, ROWS, specialValues } from './operation.ts';
import { logSoftmax, softmax } from './softmax.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

// These refuse rows without an answer: p has none.
export const family = {
  argmax: operation({
    args: { x: 'logits' },
    options: { cols: 'cols' },
    refuses: specialValues,
    right: ({ x }, options) => ({ same: argmax(x, options) }),
    forms: { argmax: (k, { p, cols }) => k.argmax(p, { cols }) },
    special: [{ args: [[-INF, INF, 3, INF]], gives: [1] }],
  }),

  hardmax: operation({
    args: { x: 'logits' },
    options: { cols: 'cols', out: 'out' },
    right: ({ x }, options) => ({ same: hardmax(x, options) }),
    forms: { hardmax: (k, { p, cols, out }) => k.hardmax(p, { cols, out }) },
    special: [
      {
        args: [[1, NAN, 2, -INF, -INF, -INF, 0, 4, INF]],
        options: { cols: 3 },
        gives: [NAN, NAN, NAN, NAN, NAN, NAN, 0, 0, 1],
      },
    ],
  }),

  topK: operation({
    args: { x: 'logits', k: 'k' },
    options: { values: 'topValues', ...ROWS },
    fits: (option, { values = 'logits' }) => values !== 'logits' || !/temperature|beta/.test(option),
    refuses: specialValues,
    right: ({ x, k }, options) => topK(x, k, options),
    forms: {
      topK: (k, { p, cols }) => Object.values(k.topK(p, Math.min(3, cols), { cols })),
      'topK, probabilities': (k, { p, cols }) =>
        Object.values(k.topK(p, Math.min(3, cols), { cols, values: 'probabilities', beta: 9 })),
      'topK, logProbs': (k, { p, cols }) =>
        Object.values(k.topK(p, Math.min(3, cols), { cols, values: 'logProbs', temperature: 0.3 })),
    },
    special: [
      { args: [[-INF, INF, 3, INF], 3], gives: { values: [INF, INF, 3], indices: [1, 3, 2] } },
      ...(['probabilities', 'logProbs'] as const).map((values) => ({
        args: [[1, INF, -INF], 2],
        options: { values },
        gives: { values: [NAN, NAN], indices: [1, 0] },
      })),
      {
        args: [[3, -INF, 3, 1], 4],
        options: { values: 'probabilities', temperature: 0 },
        gives: { values: [0.5, 0.5, 0, 0], indices: [0, 2, 3, 1] },
      },
      { args: [[4], 1], options: { values: 'logProbs' }, gives: { values: [0], indices: [0] } },
    ],
  }),
};

/** Indices by value, descending, lower index first among equals. */
export function order(row: Numbers): number[] {
  return Array.from({ length: row.length }, (_, i) => i).sort((a, b) => row[b] - row[a] || a - b);
}

export function argmax(x: Numbers, options: { cols?: number } = {}): number[] {
  return mapRows(x, options, (row) => row.indexOf(Math.max(...row)));
}

/** One-hot of argmax; NaN where there is none. */
export function hardmax(x: Numbers, options: { cols?: number } = {}): number[] {
  return mapRows(x, options, (row) => {
    const max = Math.max(...row);
    const first = row.indexOf(max);
    const hasNone = Number.isNaN(max) || max === -Infinity;
    return row.map((_, i) => (hasNone ? Number.NaN : Number(i === first)));
  }).flat();
}

export function topK(
  x: Numbers,
  k: number,
  options: OracleOptions & { values?: 'logits' | 'probabilities' | 'logProbs' } = {},
): Right {
  const lists = mapRows(x, options, (row, from) =>
    order(row)
      .slice(0, k)
      .map((i) => [from + i, i]),
  ).flat();
  const { values = 'logits' } = options;
  const all = {
    logits: () => x,
    probabilities: () => softmax(x, options),
    logProbs: () => logSoftmax(x, options),
  };
  const of = all[values]();
  return { [values]: lists.map(([at]) => of[at]), indices: lists.map(([, i]) => i) };
}
