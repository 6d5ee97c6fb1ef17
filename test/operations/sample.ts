/** sample: draws from the filtered distribution of each row, by the quantile of a random number. */

import type { Sample } from '../../src/index.ts';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import { mapRows, type Numbers } from '../oracle/rows.ts';
import { inSteps } from '../support/compare.ts';
import { uniform } from '../support/internals.ts';
import { operation, ROWS, specialValues } from './operation.ts';
import { order } from './select.ts';
import { logSoftmax } from './softmax.ts';

/** Far more than float64 sums of a few thousand numbers lose. */
const ROUNDING = 1e-9;

export const family = {
  sample: operation({
    args: { logits: 'logits' },
    options: {
      ...ROWS,
      topK: 'k',
      topP: 'share',
      minP: 'share',
      seed: 'count',
      firstRow: 'firstRow',
    },
    refuses: specialValues,
    fault: (found: Sample, { logits }, options) => faultOfSample(found, logits, options),
    // It refuses rows without an answer: p has none.
    forms: {
      sample: (k, { p, cols }) =>
        Object.values(k.sample(p, { cols, seed: 1, beta: 9, topP: 0.9, minP: 0.01 })),
      'sample, top-k': (k, { p, cols }) =>
        Object.values(k.sample(p, { cols, seed: 1, topK: Math.min(5, cols), firstRow: 3 })),
    },
    special: [{ args: [[4.5]], gives: { ids: [0], logProbs: [0] } }],
  }),
};

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

/** Each draw has the quantile that its random number says; its log-probability is the unfiltered one. */
function faultOfSample(
  { ids, logProbs }: Sample,
  x: Numbers,
  options: OracleFilters & { cols?: number; seed?: number; firstRow?: number },
): string {
  const { cols = x.length, seed = 0, firstRow = 0 } = options;
  const wanted = logSoftmax(x, { cols });
  const found = mapRows(x, { cols }, (row, from, r) => {
    const { ids: kept, p } = filtered(row, options);
    const place = kept.indexOf(ids[r]);
    if (place < 0) return `row ${r} drew ${ids[r]}, which the filters leave out`;
    const before = p.slice(0, place).reduce((sum, each) => sum + each, 0);
    const share = uniform(seed, firstRow + r);
    if (before > share + ROUNDING || before + p[place] < share - ROUNDING)
      return `row ${r} drew ${ids[r]}, from ${before} to ${before + p[place]}, by ${share}`;
    const exact = wanted[from + ids[r]];
    return inSteps(logProbs[r], exact) <= ACCURACY.steps.simd
      ? ''
      : `logProbs[${r}] is ${logProbs[r]}, not ${exact}`;
  });
  return found.find((text) => text !== '') ?? '';
}
