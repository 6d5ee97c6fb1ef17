/** Kinds of arguments: how a right one is made, what is wrong for one, and what of it belongs to some of the rows. */

import type { OracleStats } from '../operations/stats.ts';
import type { Numbers } from '../oracle/rows.ts';
import type { Draw } from './draw.ts';
import {
  floats,
  isCount,
  isWithin,
  NOTHING,
  WRONG_STATS,
  type Wrong,
  wrongBatches,
  wrongBias,
  wrongBits,
  wrongColumns,
  wrongFloats,
  wrongLabels,
  wrongMask,
  wrongNumbers,
  wrongOut,
  wrongPenalties,
  wrongXtc,
} from './wrong.ts';

/** What an argument of each kind is. */
export interface KindValues {
  logits: Numbers;
  /** At most 0: of others a sum may cancel, of which nothing is promised. */
  logProbs: Numbers;
  /** From 0 to 1. */
  shares: Numbers;
  labels: Numbers;
  /** Labels, or probabilities. */
  target: Numbers;
  /** One a column. */
  weight: Numbers;
  posWeight: number | Numbers;
  mask: Numbers;
  /** Written: as many elements as the first array. */
  out: Float32Array;
  /** Written: one a row. */
  outRows: Float32Array;
  /** Of the logits: a temperature, or one by it. */
  scale: number;
  share: number;
  /** At least 0 and finite. */
  weighing: number;
  reduction: 'none' | 'mean' | 'sum';
  topValues: 'logits' | 'probabilities' | 'logProbs';
  /** The label of rows to leave out. */
  index: number;
  /** From 1 to the columns. */
  k: number;
  /** From 1 to the elements. */
  beams: number;
  /** One a row: below Infinity. */
  scores: Numbers;
  /** Tokens, one less than there are rows. */
  draft: Numbers;
  /** Of those: from 0 to 1, above 0. */
  draftProbs: Numbers;
  count: number;
  /** At least 1. */
  some: number;
  /** At least 1, and not very many. */
  few: number;
  /** At least 0, Infinity too. */
  sigmas: number;
  bias: { ids: Numbers; values: Numbers };
  /** `history`: of all rows, or one for each. */
  penalties: { history: Numbers | Numbers[]; repetition?: number; frequency?: number; presence?: number };
  /** Words of bits, of each row or of all. */
  allowed: Numbers;
  xtc: { probability: number; threshold: number };
  order: string[];
  logProbsOf: 'raw' | 'processed' | 'none';
  /** The number of the first row. */
  firstRow: number;
  bins: number;
  stats: OracleStats;
  batches: Batches;
  cols: number;
}

export type Kind = keyof KindValues;
export type Batches = (() => { logits: Numbers; labels: Numbers }[]) & {
  readonly list: { logits: Numbers; labels: Numbers }[];
};

interface Rows {
  readonly rows: number;
  readonly cols: number;
}

interface KindOf<V> {
  make(draw: Draw): V;
  wrong(of: Rows): Wrong;
  /** What it is for the rows from `from` to `to`; the same if left out. */
  part?(value: V | undefined, from: number, to: number, of: Rows): V | undefined;
}

const IGNORED = -100;

type Part = (value: Numbers | undefined, from: number, to: number, of: Rows) => Numbers | undefined;
const slice = (value: Numbers | undefined, from: number, to: number): Numbers | undefined =>
  value && (value as Float32Array).slice(from, to);
const byElement: Part = (value, from, to, { cols }) => slice(value, from * cols, to * cols);
const byRow: Part = (value, from, to) => slice(value, from, to);
const byOut = (part: Part) => part as KindOf<Float32Array>['part'];

const isInt32 = (n: number): boolean => (n | 0) === n;
const ofElements = ({ rows, cols }: Rows): number => rows * cols;

export const kinds: { readonly [kind in Kind]: KindOf<KindValues[kind]> } = {
  logits: { make: (d) => d.floats(), wrong: (of) => wrongFloats(ofElements(of)), part: byElement },
  logProbs: {
    make: (d) => d.numbersOr(d.lay(d.n, Float32Array, () => -Math.abs(d.logit()))),
    wrong: (of) => wrongFloats(ofElements(of)),
    part: byElement,
  },
  shares: {
    make: (d) => d.numbersOr(d.lay(d.n, Float32Array, d.random)),
    wrong: (of) => wrongFloats(ofElements(of)),
    part: byElement,
  },
  labels: { make: (d) => d.labels(), wrong: ({ rows, cols }) => wrongLabels(rows, cols), part: byRow },
  target: {
    make: (d) => (d.random() < 0.6 ? d.labels() : d.lay(d.n, Float32Array, () => d.random() / d.cols)),
    wrong: ({ rows, cols }) => ({
      ...wrongLabels(rows, cols),
      Float64Array: cols > 1 ? () => new Float64Array(rows) : undefined,
    }),
    part: (value, ...rows) => (value instanceof Float32Array ? byElement : byRow)(value, ...rows),
  },
  weight: {
    make: (d) => d.numbersOr(d.lay(d.cols, Float32Array, () => (d.random() < 0.1 ? 0 : 2 * d.random()))),
    wrong: ({ cols }) => wrongColumns(cols),
  },
  posWeight: {
    make: (d) =>
      d.random() < 0.5 ? 3 * d.random() : d.numbersOr(d.lay(d.cols, Float32Array, () => 3 * d.random())),
    wrong: () => ({ ...NOTHING, 'an array of text': () => ['1'] }),
  },
  mask: {
    make: (d) =>
      d.lay(d.random() < 0.5 ? d.n : d.cols, Uint8Array, () => (d.random() < 0.7 ? 1 + d.below(255) : 0)),
    wrong: (of) => wrongMask(ofElements(of)),
    part: (value, from, to, of) => (value?.length === of.cols ? value : byElement(value, from, to, of)),
  },
  out: {
    make: (d) =>
      d.first instanceof Float32Array && d.random() < 0.4 ? d.first : d.lay(d.n, Float32Array, () => 7),
    wrong: (of) => wrongOut(ofElements(of)),
    part: byOut(byElement),
  },
  outRows: {
    make: (d) => d.lay(d.rows, Float32Array, () => 7),
    wrong: ({ rows }) => wrongOut(rows),
    part: byOut(byRow),
  },
  scale: {
    make: (d) => d.oneOf([0, Infinity, 1, 1e-30, 1e30, 0.7, 4 * d.random()]),
    wrong: () => wrongNumbers(isWithin(0, Infinity)),
  },
  share: { make: (d) => d.oneOf([0, 1, d.random()]), wrong: () => wrongNumbers(isWithin(0, 1)) },
  weighing: { make: (d) => d.oneOf([0, d.random()]), wrong: () => wrongNumbers(isWithin(0, 1.7e308)) },
  reduction: {
    make: (d) => d.oneOf(['none', 'mean', 'sum'] as const),
    wrong: () => ({ ...NOTHING, number: () => 3, Mean: () => 'Mean' }),
    part: () => 'none',
  },
  topValues: {
    make: (d) => d.oneOf(['logits', 'probabilities', 'logProbs'] as const),
    wrong: () => ({ ...NOTHING, number: () => 3, logits: () => 'Logits' }),
  },
  index: { make: () => IGNORED, wrong: () => wrongNumbers(isInt32) },
  k: {
    make: (d) => 1 + d.below(d.cols),
    wrong: ({ cols }) => ({
      ...wrongNumbers(isCount(1, cols)),
      none: () => 0,
      'one too many': () => cols + 1,
    }),
  },
  beams: {
    make: (d) => 1 + (d.below(Math.max(1, d.random() < 0.5 ? d.n : 2 * d.rows)) % Math.max(1, d.n)),
    wrong: (of) => ({
      ...wrongNumbers(isCount(1, ofElements(of))),
      none: () => 0,
      'one too many': () => ofElements(of) + 1,
    }),
  },
  scores: {
    make: (d) =>
      d.numbersOr(d.lay(d.rows, Float32Array, () => (d.random() < 0.1 ? -Infinity : -9 * d.random()))),
    wrong: ({ rows }) => ({
      ...wrongFloats(rows),
      ...(rows > 0 && {
        'NaN throughout': () => new Float32Array(rows).fill(Number.NaN),
        'Infinity throughout': () => new Float32Array(rows).fill(Infinity),
      }),
    }),
  },
  draft: {
    make: (d) => d.numbersOr(d.lay(Math.max(0, d.rows - 1), Int32Array, () => d.below(d.cols))),
    wrong: ({ rows, cols }) => wrongLabels(Math.max(0, rows - 1), cols),
  },
  draftProbs: {
    make: (d) =>
      d.numbersOr(
        d.lay(Math.max(0, d.n - d.cols), Float32Array, () => Math.min(1, (0.001 + 2 * d.random()) / d.cols)),
      ),
    wrong: ({ rows, cols }) => {
      const n = Math.max(0, rows - 1) * cols;
      const none = { 0: () => floats(n, 0), NaN: () => floats(n, Number.NaN), 2: () => floats(n, 2) };
      return { ...wrongFloats(n), undefined: undefined, ...(n > 0 && none) };
    },
  },
  count: { make: (d) => d.below(2 ** 31), wrong: () => wrongNumbers(isCount(0, Number.MAX_SAFE_INTEGER)) },
  some: {
    make: (d) => 1 + d.below(2 * d.cols),
    wrong: () => ({ ...wrongNumbers(isCount(1, Number.MAX_SAFE_INTEGER)), none: () => 0 }),
  },
  few: {
    make: (d) => 1 + d.below(2 * d.cols),
    wrong: () => ({ ...wrongNumbers(isCount(1, 2 ** 20)), none: () => 0 }),
  },
  sigmas: {
    make: (d) => d.oneOf([0, 1, 3 * d.random(), Infinity]),
    wrong: () => wrongNumbers(isWithin(0, Infinity)),
  },
  bias: {
    make: (d) => {
      const n = d.below(8);
      return {
        ids: d.numbersOr(d.lay(n, Int32Array, () => d.below(d.cols))),
        values: d.numbersOr(
          d.lay(n, Float32Array, () => (d.random() < 0.1 ? -Infinity : 4 * d.random() - 2)),
        ),
      };
    },
    wrong: ({ cols }) => wrongBias(cols),
  },
  penalties: {
    make: (d) => {
      const history = () => d.numbersOr(d.lay(d.below(30), Int32Array, () => d.below(d.cols + 1) - 1));
      return {
        history: d.random() < 0.5 && d.rows > 0 ? Array.from({ length: d.rows }, history) : history(),
        ...(d.random() < 0.7 && { repetition: 0.5 + d.random() }),
        ...(d.random() < 0.7 && { frequency: d.random() - 0.2 }),
        ...(d.random() < 0.7 && { presence: d.random() - 0.2 }),
      };
    },
    wrong: ({ rows, cols }) => wrongPenalties(rows, cols),
    part: (value, from, to) =>
      value && typeof value.history[0] === 'object'
        ? { ...value, history: (value.history as Numbers[]).slice(from, to) }
        : value,
  },
  allowed: {
    make: (d) => {
      const words = Math.ceil(d.cols / 32);
      const many = d.random() < 0.9;
      return d.lay(d.random() < 0.5 ? d.rows * words : words, Int32Array, () =>
        many ? ~(1 << d.below(32)) : 1 << d.below(32),
      );
    },
    wrong: ({ rows, cols }) => wrongBits(rows, cols),
    part: (value, from, to, { rows, cols }) => {
      const words = Math.ceil(cols / 32);
      return value?.length === words && rows !== 1 ? value : slice(value, from * words, to * words);
    },
  },
  xtc: {
    make: (d) => ({ probability: d.oneOf([0, 1, d.random()]), threshold: d.oneOf([0, d.random() / 2]) }),
    wrong: () => wrongXtc,
  },
  order: {
    make: (d) => {
      const names = ['temperature', 'topNSigma', 'topK', 'topP', 'minP', 'typicalP', 'xtc'];
      for (let i = names.length - 1; i > 0; i--) {
        const j = d.below(i + 1);
        [names[i], names[j]] = [names[j], names[i]];
      }
      return names.slice(0, 1 + d.below(names.length));
    },
    wrong: () => ({
      ...NOTHING,
      number: () => 3,
      'an unknown name': () => ['topK', 'topQ'],
      'a repeated name': () => ['topK', 'topP', 'topK'],
      'an array of numbers': () => [1],
    }),
  },
  logProbsOf: {
    make: (d) => d.oneOf(['raw', 'processed', 'none'] as const),
    wrong: () => ({ ...NOTHING, number: () => 3, Raw: () => 'Raw' }),
  },
  firstRow: {
    make: (d) => d.below(2 ** 31),
    wrong: () => wrongNumbers(isCount(0, Number.MAX_SAFE_INTEGER)),
    part: (value = 0, from) => value + from,
  },
  bins: { make: (d) => 1 + d.below(30), wrong: () => ({ ...wrongNumbers(isCount(1, 1e6)), none: () => 0 }) },
  stats: {
    make: (d) => d.stats(),
    wrong: () => WRONG_STATS,
    part: (value, from, to, of) =>
      value && { max: byRow(value.max, from, to, of)!, sum: byRow(value.sum, from, to, of)! },
  },
  batches: { make: (d) => d.batches(), wrong: ({ cols }) => wrongBatches(cols) },
  cols: {
    make: (d) => d.cols,
    wrong: (of) => {
      const n = ofElements(of);
      return {
        ...wrongNumbers((value) => value > 0 && n % value === 0),
        'no divisor': n > 0 ? () => n + 1 : undefined,
      };
    },
  },
};
