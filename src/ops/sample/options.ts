/** What `sample` takes and gives. */
import type { NewFloat32Array, NewInt32Array } from '../../arguments/new-arrays.ts';
import type { Names, RowOptions } from '../../arguments/options.ts';
import type { AdjustmentOptions } from '../shared/adjustments.ts';

/** The name of a filter, or of the temperature, in `order`. */
export type SampleStep = 'temperature' | 'topNSigma' | 'topK' | 'topP' | 'minP' | 'typicalP' | 'xtc';

/** Hugging Face's order, the default. */
export const DEFAULT_ORDER: readonly SampleStep[] = [
  'temperature',
  'topNSigma',
  'topK',
  'topP',
  'minP',
  'typicalP',
  'xtc',
];

/** The order of llama.cpp's default chain, for `order`: the temperature comes last. */
export const LLAMA_ORDER: readonly SampleStep[] = [
  'topNSigma',
  'topK',
  'typicalP',
  'topP',
  'minP',
  'xtc',
  'temperature',
];

/** Exclude top choices: now and then, what is most probable of what is probable enough goes. */
export interface XtcOptions {
  /** With which probability a row loses its top choices, from 0 to 1; one draw a row decides, of the row's own stream. */
  probability: number;
  /** Of at least two that are so probable, all but the least probable are removed. From 0 to 1. */
  threshold: number;
}

/** How to draw: the filters apply in `order`, each to what those before it have left. */
export interface DrawOptions extends RowOptions, AdjustmentOptions {
  /** Keeps what is within so many standard deviations of the largest logit, those of the logits left. At least 0. */
  topNSigma?: number;
  /** Keeps the `topK` largest logits, lower index first among equals; all if there are no more. At least 1. */
  topK?: number;
  /** Keeps the most probable until their cumulative probability reaches `topP`, at least one. From 0 to 1, the default. */
  topP?: number;
  /** Keeps what is at least `minP` times as probable as the most probable. From 0, the default, to 1. */
  minP?: number;
  /**
   * Keeps those whose −log p is nearest to the entropy until their cumulative probability reaches `typicalP`, at least
   * one; lower index first among equals. From 0 to 1, the default.
   */
  typicalP?: number;
  /** Removes the most probable now and then. */
  xtc?: XtcOptions;
  /**
   * In which order the filters and the temperature apply; what is not named does not. By default
   * `['temperature', 'topNSigma', 'topK', 'topP', 'minP', 'typicalP', 'xtc']`; see {@link LLAMA_ORDER}.
   */
  order?: readonly SampleStep[];
  /** An integer from 0 to 2^53 − 1: the same seed gives the same ids. An unforeseeable one by default. */
  seed?: number;
  /** Row r draws number `firstRow + r` of the seed's stream, so that a batch may be split. Default 0. */
  firstRow?: number;
}

export const DRAW_NAMES: Names<DrawOptions> = [
  'cols',
  'temperature',
  'beta',
  'shape',
  'axis',
  'dtype',
  'bias',
  'penalties',
  'allowed',
  'topNSigma',
  'topK',
  'topP',
  'minP',
  'typicalP',
  'xtc',
  'order',
  'seed',
  'firstRow',
];

/** How to draw, and what to tell of it. */
export interface SampleOptions extends DrawOptions {
  /**
   * `'raw'` (the default): log-probabilities of the unadjusted, unfiltered distribution at T = 1. `'processed'`: of
   * the distribution that was drawn from. `'none'`: none, which saves a sweep.
   */
  logProbs?: 'raw' | 'processed' | 'none';
  /** Adds the so many most probable of each row, by the distribution of `logProbs`; of `'raw'` for `'none'`. */
  alternatives?: number;
}

export const SAMPLE_NAMES: Names<SampleOptions> = ['logProbs', 'alternatives'];

/** The most probable of each row, descending, lower index first among equals. */
export interface Alternatives {
  /** `[rows, n]`; −1 where fewer are left. */
  ids: NewInt32Array;
  /** `[rows, n]`, natural logarithms of their probabilities; −Infinity where fewer are left. */
  logProbs: NewFloat32Array;
}

/** What was drawn from each row. */
export interface Sample {
  /** `[rows]` */
  ids: NewInt32Array;
  /** Natural logarithms of the probabilities of `ids`, `[rows]`. */
  logProbs: NewFloat32Array;
  /** If they were asked for. */
  alternatives?: Alternatives;
}

/** What was drawn from each row, for `logProbs: 'none'`. */
export interface SampleIds {
  /** `[rows]` */
  ids: NewInt32Array;
  /** If they were asked for. */
  alternatives?: Alternatives;
}
