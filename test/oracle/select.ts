/** Choices among the elements of a row, by sorting it whole. */

import { mapRows, type Numbers } from './rows.ts';

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

/** The filters of `sample`. */
export interface OracleFilters {
  temperature?: number;
  beta?: number;
  topK?: number;
  topP?: number;
  minP?: number;
}

/** What is kept of a row: indices in order, and their probabilities. */
export function filtered(row: Numbers, options: OracleFilters): { ids: number[]; p: number[] } {
  const { topK = row.length, topP = 1, minP = 0 } = options;
  let ids = order(row);
  const max = row[ids[0]];
  const w = (i: number): number => (row[i] === max ? 1 : Math.exp(scaled(row[i] - max, options)));
  ids = ids.slice(0, topK).filter((i) => w(i) > 0);
  const total = ids.reduce((sum, i) => sum + w(i), 0);
  let mass = 0;
  const needed = ids.findIndex((i) => {
    mass += w(i);
    return mass >= topP * total;
  });
  if (needed >= 0 && topP < 1) ids = ids.slice(0, needed + 1);
  ids = ids.filter((i) => w(i) >= minP);
  const kept = ids.reduce((sum, i) => sum + w(i), 0);
  return { ids, p: ids.map((i) => w(i) / kept) };
}

/** A difference below 0 at a temperature, whose limits are -Infinity and, but for an infinite difference, 0. */
function scaled(difference: number, { temperature, beta }: OracleFilters): number {
  if (difference === -Infinity) return difference;
  if (beta === undefined) return difference / (temperature ?? 1);
  return difference * beta;
}
