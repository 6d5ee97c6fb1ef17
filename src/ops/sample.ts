/** One class drawn from each row. */
import type { Floats } from '../arguments/arrays.ts';
import { checkInteger, checkOptions } from '../arguments/check.ts';
import type { Host } from '../memory/host.ts';
import { OP, sampleBy } from './sample/draw.ts';
import type { Sample, SampleIds, SampleOptions } from './sample/options.ts';
import { exclusion, randomSeed, uniform } from './sample/philox.ts';

export type {
  Alternatives,
  Sample,
  SampleIds,
  SampleOptions,
  SampleStep,
  XtcOptions,
} from './sample/options.ts';

/**
 * Draws one class from each row's distribution, `p[i] = exp(β·x[i]) / Σⱼ exp(β·x[j])`, filtered.
 *
 * The filters apply in this order: the temperature; `topK` keeps the k most probable; `topP` keeps, of the distribution
 * over those, the most probable until their cumulative probability reaches it, at least one; `minP` keeps what is at
 * least that many times as probable as the most probable. Of equally probable classes the one of lower index counts as
 * the more probable. T = 0 takes the most probable.
 *
 * @param logits float32 row-major `[rows, cols]`, or `options.shape`; −Infinity is never drawn
 * @returns `ids`, int32 `[rows]`, and `logProbs`, float32 `[rows]`: the natural logarithms of their probabilities in the
 * unfiltered distribution at T = 1, as exact as `crossEntropy`; new arrays
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, naming the option, for rows without
 * columns, and, naming the row, for one that holds NaN or +Infinity or is −Infinity throughout
 *
 * With a `seed` the ids are the same on every backend, engine and machine, in place or copied, and however rows are
 * split into calls, if `firstRow` says where a call's rows begin: each row's random number is computed from the seed and
 * its number alone (Philox4x32-10, 53 bits), the masses in float64. No row is sorted, no probabilities are stored: the
 * largest logits go through a heap where `topK` is given, else through a histogram of masses, of which only the bins at
 * the limit and at the draw are looked into. Views of the kernels' memory are read in place; any other array is copied
 * through a bounded scratch.
 *
 * Source: top-p from Holtzman et al. 2020, 'The curious case of neural text degeneration'; min-p from Nguyen et al.
 * 2024, 'Turning up the heat'; the order of Hugging Face's transformers.
 * @example
 * ```ts
 * import { sample } from 'softmax-simd';
 *
 * const logits = new Float32Array([2, 1, 0, -Infinity]);
 * sample(logits, { temperature: 0 }).ids; // Int32Array [0]
 * const { ids, logProbs } = sample(logits, { temperature: 0.8, topK: 3, topP: 0.9, seed: 7 });
 * ids; // Int32Array [1]
 * logProbs; // Float32Array [-1.408]
 * ```
 */
export function sample(host: Host, logits: Floats, options: SampleOptions & { logProbs: 'none' }): SampleIds;
export function sample(host: Host, logits: Floats, options?: SampleOptions): Sample;
export function sample(host: Host, logits: Floats, options: SampleOptions = {}): Sample | SampleIds {
  checkOptions(OP, options);
  const { seed, firstRow = 0 } = options;
  const key = seed === undefined ? randomSeed() : checkInteger(OP, 'seed', seed, 0, Number.MAX_SAFE_INTEGER);
  const random = {
    draw: (row: number) => uniform(key, row),
    exclude: (row: number) => exclusion(key, row),
  };
  return sampleBy(host, logits, options, random, firstRow);
}
