/** Choices among the elements of a row: argmax, hardmax, topK; what is right by sorting the row whole. */

import { mapRows, type Numbers } from '../oracle/rows.ts';
import { operation, specialValues } from './operation.ts';

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
    options: { cols: 'cols' },
    refuses: specialValues,
    right: ({ x, k }, options) => topK(x, k, options),
    forms: { topK: (k, { p, cols }) => Object.values(k.topK(p, Math.min(3, cols), { cols })) },
    special: [{ args: [[-INF, INF, 3, INF], 3], gives: { values: [INF, INF, 3], indices: [1, 3, 2] } }],
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
  options: { cols?: number } = {},
): { values: number[]; indices: number[] } {
  const lists = mapRows(x, options, (row) =>
    order(row)
      .slice(0, k)
      .map((i) => [row[i], i]),
  ).flat();
  return { values: lists.map(([value]) => value), indices: lists.map(([, i]) => i) };
}
