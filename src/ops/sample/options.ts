/** What `sample` takes and gives. */
import type { NewFloat32Array, NewInt32Array } from '../../arguments/new-arrays.ts';
import type { Names, RowOptions } from '../../arguments/options.ts';

/** How to draw: the filters apply in the order temperature, `topK`, `topP`, `minP`. */
export interface SampleOptions extends RowOptions {
  /** Keeps the `topK` largest logits, lower index first among equals. All by default. */
  topK?: number;
  /**
   * Of what `topK` has kept, keeps the most probable until their cumulative probability reaches `topP`, at least
   * one. From 0 to 1, the default.
   */
  topP?: number;
  /** Keeps what is at least `minP` times as probable as the most probable. From 0, the default, to 1. */
  minP?: number;
  /** An integer from 0 to 2^53 − 1: the same seed gives the same ids. An unforeseeable one by default. */
  seed?: number;
  /** Row r draws number `firstRow + r` of the seed's stream, so that a batch may be split. Default 0. */
  firstRow?: number;
}

export const SAMPLE_NAMES: Names<SampleOptions> = ['topK', 'topP', 'minP', 'seed', 'firstRow'];

/** What was drawn from each row. */
export interface Sample {
  /** `[rows]` */
  ids: NewInt32Array;
  /** Natural logarithms of the probabilities of `ids` in the unfiltered distribution at T = 1, `[rows]`. */
  logProbs: NewFloat32Array;
}
