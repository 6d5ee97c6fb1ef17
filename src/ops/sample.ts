/** One class drawn from each row. */
import type { Floats } from '../arguments/arrays.ts';
import { checkOptions } from '../arguments/check.ts';
import type { Host } from '../memory/host.ts';
import { sampleBy } from './sample/draw.ts';
import {
  DRAW_NAMES,
  SAMPLE_NAMES,
  type Sample,
  type SampleIds,
  type SampleOptions,
} from './sample/options.ts';

export type {
  Alternatives,
  DrawOptions,
  Sample,
  SampleIds,
  SampleOptions,
  SampleStep,
  XtcOptions,
} from './sample/options.ts';

/**
 * Draws one class from each row's distribution, `p[i] = exp(β·x[i]) / Σⱼ exp(β·x[j])`, filtered.
 *
 * First the logits are adjusted, as `adjustLogits` has it, by `bias`, `penalties` and `allowed`. Then the temperature and
 * the filters apply, each to what those before it have left, in the order `temperature`, `topNSigma`, `topK`, `topP`,
 * `minP`, `typicalP`, `xtc`, or that of `order`, such as `LLAMA_ORDER`. Probabilities inside a filter are those of what is
 * left, at the temperature applied so far; of equal ones the one of lower index comes first. T = 0 takes the first of the
 * largest that are left.
 *
 * @param logits float32 row-major `[rows, cols]`, or `options.shape`; −Infinity is never drawn
 * @returns `ids`, int32 `[rows]`; unless `options.logProbs` is `'none'`, `logProbs`, float32 `[rows]`: the natural
 * logarithms of their probabilities, `'raw'` in the unadjusted, unfiltered distribution at T = 1, as exact as
 * `crossEntropy`, `'processed'` in the one that is drawn from; and, if `options.alternatives` asks for n, `alternatives`:
 * the n most probable of the same distribution, `[rows, n]`; new arrays
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, naming the option, for rows without
 * columns, and, naming the row, for one that holds NaN or +Infinity, or of which nothing is left above −Infinity
 *
 * With a `seed` the ids are the same on every backend, engine and machine, in place or copied, and however rows are
 * split into calls, if `firstRow` says where a call's rows begin: each row's random numbers are computed from the seed and
 * its number alone (Philox4x32-10, 53 bits), the masses in float64. No row is sorted, no probabilities are stored, and
 * the logits are not written to: where they are adjusted, some rows at a time are copied into a bounded scratch. The
 * largest logits go through a heap where `topK` is given ('js' sorts for more than 512), else through a histogram of
 * masses, of which only the bins at the limit and at the draw are looked into. Views of the kernels' memory are read in
 * place; any other array is copied through a bounded scratch.
 *
 * Source: top-p from Holtzman et al. 2020, 'The curious case of neural text degeneration'; min-p from Nguyen et al.
 * 2024, 'Turning up the heat'; locally typical from Meister et al. 2022; top-nσ from Tang et al. 2024; xtc as llama.cpp
 * has it; the order of Hugging Face's transformers.
 * @example
 * ```ts
 * import { sample } from 'softmax-simd';
 *
 * const logits = new Float32Array([2, 1, 0, -Infinity]);
 * sample(logits, { temperature: 0 }).ids; // Int32Array [0]
 * const { ids, logProbs } = sample(logits, { temperature: 0.8, topK: 3, topP: 0.9, seed: 7 });
 * ids; // Int32Array [1]
 * logProbs; // Float32Array [-1.408]
 *
 * // A grammar's mask, what was said before, and the most probable of what was drawn from.
 * const processed = sample(logits, {
 *   allowed: new Uint32Array([0b0110]),
 *   penalties: { history: [1, 1], frequency: 0.25 },
 *   logProbs: 'processed',
 *   alternatives: 3,
 *   seed: 7,
 * });
 * processed.alternatives?.ids; // Int32Array [1, 2, -1]
 * processed.alternatives?.logProbs; // Float32Array [-0.474, -0.974, -Infinity]
 * ```
 */
export function sample(host: Host, logits: Floats, options: SampleOptions & { logProbs: 'none' }): SampleIds;
export function sample(host: Host, logits: Floats, options?: SampleOptions): Sample;
export function sample(host: Host, logits: Floats, options: SampleOptions = {}): Sample | SampleIds {
  checkOptions('sample', options, DRAW_NAMES, SAMPLE_NAMES);
  return sampleBy(host, logits, options);
}
