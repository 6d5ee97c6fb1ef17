/** sample: draws from the filtered distribution of each row, by the quantile of a random number. */

import { type AdjustmentOptions, LLAMA_ORDER, type Sample } from '../../src/index.ts';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import type { KindValues } from '../calls/kinds.ts';
import {
  type Adjustments,
  adjusted,
  alternatives as alternativesOf,
  type ChainFilters,
  kept,
  rawAlternatives,
} from '../oracle/chain.ts';
import { mapRows, type Numbers } from '../oracle/rows.ts';
import { inSteps } from '../support/compare.ts';
import { exclusion, uniform } from '../support/internals.ts';
import { operation, ROWS, specialValues } from './operation.ts';
import { order } from './select.ts';
import { logSoftmax } from './softmax.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

/** Far more than float64 sums of a few thousand numbers lose. */
export const ROUNDING = 1e-9;
/** Of log-probabilities as float32 that are not promised to be as exact as the raw ones. */
const NEAR = 2 ** -22;

/** Options that adjust the logits. */
export const ADJUSTMENTS = { bias: 'bias', penalties: 'penalties', allowed: 'allowed' } as const;

/** Those that filter. */
export const FILTERS = {
  topNSigma: 'sigmas',
  topK: 'some',
  topP: 'share',
  minP: 'share',
  typicalP: 'share',
  xtc: 'xtc',
  order: 'order',
} as const;

/** For `refuses`: special values, rows of which nothing is left, and logits that an adjustment takes above float32's. */
export const refuses = (message: string, hasSpecial: boolean): boolean =>
  specialValues(message, hasSpecial) ||
  /must leave a token|adjusted logits must be below Infinity/.test(message);

export const family = {
  adjustLogits: operation({
    args: { logits: 'logits' },
    options: { cols: 'cols', ...ADJUSTMENTS, out: 'out' },
    refuses,
    right: ({ logits }, { cols = logits.length, ...options }) => ({
      same: mapRows(logits, { cols }, (row, _, r) =>
        Array.from(adjusted(row, ofRow(options, r, logits, cols))),
      ).flat(),
    }),
    forms: {
      adjustLogits: (k, { p, cols }) => k.adjustLogits(p, { cols, ...adjustmentsOf(cols) }),
      'adjustLogits, in place': (k, { p, cols, out }) => {
        out.set(p);
        return k.adjustLogits(out, { cols, ...adjustmentsOf(cols), allowed: undefined, out });
      },
    },
    special: [
      {
        args: [[1, -2, NAN, -INF, 5]],
        options: {
          ...{ bias: { ids: [0, 0], values: [1, 1] }, allowed: Uint32Array.of(0b1011) },
          penalties: { history: [1, 0, 1, -1], repetition: 2, frequency: 0.5, presence: 0.25 },
        },
        gives: [0.75, -5.25, -INF, -INF, -INF],
      },
    ],
  }),

  sample: operation({
    args: { logits: 'logits' },
    options: {
      ...ROWS,
      ...ADJUSTMENTS,
      ...FILTERS,
      logProbs: 'logProbsOf',
      alternatives: 'few',
      seed: 'count',
      firstRow: 'firstRow',
    },
    refuses,
    fault: (found: Sample, { logits }, options) => faultOfSample(found, logits, options as SampleCall),
    // It refuses rows without an answer: p has none.
    forms: {
      sample: (k, { p, cols }) =>
        Object.values(k.sample(p, { cols, seed: 1, beta: 9, topP: 0.9, minP: 0.01 })),
      'sample, top-k': (k, { p, cols }) =>
        Object.values(k.sample(p, { cols, seed: 1, topK: Math.min(5, cols), firstRow: 3 })),
      'sample, unfiltered': (k, { p, cols }) =>
        Object.values(k.sample(p, { cols, seed: 4, temperature: 0.25 })),
      'sample, adjusted': (k, { p, cols }) => {
        const filters = { topK: 9, typicalP: 0.95, topNSigma: 3, order: LLAMA_ORDER, temperature: 0.1 };
        const { ids, alternatives } = k.sample(p, {
          ...{ cols, seed: 2, logProbs: 'processed', alternatives: 3 },
          ...filters,
          ...adjustmentsOf(cols),
        });
        return [ids, alternatives!.ids];
      },
      'sample, processed': (k, { p, cols }) => {
        const filters = { typicalP: 0.9, topP: 0.95, xtc: { probability: 0.5, threshold: 0.01 } };
        const { ids, logProbs } = k.sample(p, { cols, seed: 3, beta: 5, logProbs: 'processed', ...filters });
        return [ids, logProbs];
      },
    },
    special: [
      { args: [[4.5]], gives: { ids: [0], logProbs: [0] } },
      {
        args: [[0, 400]],
        options: { temperature: 0.5, logProbs: 'processed', alternatives: 2 },
        gives: { ids: [1], logProbs: [0], alternatives: { ids: [1, 0], logProbs: [0, -800] } },
      },
      {
        args: [[0, 1600]],
        options: { temperature: 2, logProbs: 'processed', alternatives: 2 },
        gives: { ids: [1], logProbs: [0], alternatives: { ids: [1, 0], logProbs: [0, -800] } },
      },
      {
        args: [[1, 3, 3, 2]],
        options: { temperature: 0, logProbs: 'processed', alternatives: 2 },
        gives: { ids: [1], logProbs: [0], alternatives: { ids: [1, -1], logProbs: [0, -INF] } },
      },
    ],
  }),
};

/** Adjustments that leave something of every row. */
export function adjustmentsOf(cols: number): AdjustmentOptions {
  const allowed = new Uint32Array(Math.ceil(cols / 32)).fill(0xdfff7fff);
  const ids = [0, cols >> 1, cols - 1];
  return {
    allowed,
    bias: { ids, values: [0.25, -0.5, 0.125] },
    penalties: {
      history: [0, cols >> 1, 0, -1],
      repetition: 1.25,
      frequency: 0.1,
      presence: 0.2,
    },
  };
}

export type Adjusting = Partial<KindValues>;

/** The adjustments of one row. */
export function ofRow(
  { bias, penalties, allowed }: Adjusting,
  row: number,
  logits: Numbers,
  cols: number,
): Adjustments {
  const words = Math.ceil(cols / 32);
  const isWhole = allowed !== undefined && allowed.length !== words && logits.length > cols;
  const bits = isWhole ? Array.from(allowed).slice(row * words, (row + 1) * words) : allowed;
  const history = penalties?.history;
  const own = history && typeof history[0] === 'object' ? (history as Numbers[])[row] : (history as Numbers);
  return { bias, penalties: penalties && { ...penalties, history: own }, allowed: bits };
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

type SampleCall = Adjusting &
  ChainFilters & {
    cols?: number;
    seed?: number;
    firstRow?: number;
    logProbs?: 'raw' | 'processed' | 'none';
    alternatives?: number;
  };

/** Each draw has the quantile that its random number says; log-probabilities and alternatives are those asked for. */
function faultOfSample(found: Sample, x: Numbers, options: SampleCall): string {
  const { cols = x.length, seed = 0, firstRow = 0, logProbs: mode = 'raw', alternatives: n = 0 } = options;
  const wanted = logSoftmax(x, { cols });
  const faults = mapRows(x, { cols }, (row, from, r) => {
    const { ids, logProbs, alternatives } = found;
    const doesXtc = exclusion(seed, firstRow + r) <= (options.xtc?.probability ?? 0);
    const left = kept(adjusted(row, ofRow(options, r, x, cols)), options, doesXtc);
    // By a hair: another order of adding up decides.
    if (left.margin < ROUNDING) return '';
    const place = left.ids.indexOf(ids[r]);
    if (place < 0) return `row ${r} drew ${ids[r]}, which the filters leave out`;
    const before = left.p.slice(0, place).reduce((sum, each) => sum + each, 0);
    const share = uniform(seed, firstRow + r);
    if (before > share + ROUNDING || before + left.p[place] < share - ROUNDING)
      return `row ${r} drew ${ids[r]}, from ${before} to ${before + left.p[place]}, by ${share}`;
    if ((logProbs === undefined) !== (mode === 'none')) return `logProbs are ${logProbs}`;
    if (mode === 'raw' && inSteps(logProbs[r], wanted[from + ids[r]]) > ACCURACY.steps.simd)
      return `logProbs[${r}] is ${logProbs[r]}, not ${wanted[from + ids[r]]}`;
    // Beyond float32's range a result is infinite.
    const isNear = (a: number, b: number): boolean =>
      a === Math.fround(b) || Math.abs(a - b) <= NEAR * Math.max(1, Math.abs(b));
    if (mode === 'processed' && !isNear(logProbs[r], left.logP[place]))
      return `logProbs[${r}] is ${logProbs[r]}, not ${left.logP[place]}`;
    if (n === 0) return '';
    const best = mode === 'processed' ? alternativesOf(left, n) : rawAlternatives(row, n);
    for (let i = 0; i < n; i++) {
      const id = alternatives?.ids[r * n + i];
      const logProb = alternatives?.logProbs[r * n + i] ?? Number.NaN;
      if (id !== best.ids[i] || !isNear(logProb, best.logProbs[i]))
        return `alternative ${i} of row ${r} is ${id}, ${logProb}, not ${best.ids[i]}, ${best.logProbs[i]}`;
    }
    return '';
  });
  return faults.find((text) => text !== '') ?? '';
}
