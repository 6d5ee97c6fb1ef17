/** The operations as plain functions, over kernels that the first call makes. */
import type { Kernels } from './kernels.ts';
import { loadSync } from './load.ts';
import type { CrossEntropyOptions, RowStatsOptions, RowsOptions } from './options.ts';
import { mergeStats as merge, type RowStats } from './stats.ts';

let kernels: Kernels | undefined;

function shared(): Kernels {
  kernels ??= loadSync();
  return kernels;
}

/**
 * Probabilities: `p[i] = exp(β·x[i]) / Σⱼ exp(β·x[j])` for each row of `x`.
 *
 * @param x logits, float32 row-major `[rows, cols]`; any sign, any size
 * @returns float32 `[rows, cols]`: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Special values: a row with NaN or +Infinity, or with nothing above −Infinity, is NaN; −Infinity gives exactly
 * 0; T = 0 splits the mass equally over the maxima. Views of the kernels' memory are used in place; any other
 * array is copied through a bounded scratch.
 * @example
 * ```ts
 * import { softmax } from 'softmax-simd';
 *
 * softmax([2.0, 1.0, 0.1]); // Float32Array [0.659, 0.242, 0.099]
 * ```
 */
export function softmax(x: Float32Array | readonly number[], options?: RowsOptions): Float32Array {
  return shared().softmax(x, options);
}

/**
 * Log-probabilities in nats: `β·x[i] − log Σⱼ exp(β·x[j])` for each row of `x`, exact also near 0.
 *
 * @param x logits, float32 row-major `[rows, cols]`
 * @returns float32 `[rows, cols]`: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 * @example
 * ```ts
 * import { logSoftmax } from 'softmax-simd';
 *
 * logSoftmax([2.0, 1.0, 0.1]); // Float32Array [-0.417, -1.417, -2.317]
 * ```
 */
export function logSoftmax(x: Float32Array | readonly number[], options?: RowsOptions): Float32Array {
  return shared().logSoftmax(x, options);
}

/**
 * `log Σⱼ exp(β·x[j])` of each row of `x`, in nats.
 *
 * @param x logits, float32 row-major `[rows, cols]`
 * @returns float32 `[rows]`: `options.out`, or a new array; −Infinity for a row without anything above it
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 * @example
 * ```ts
 * import { logSumExp } from 'softmax-simd';
 *
 * logSumExp([1000, 1000]); // Float32Array [1000.693]
 * ```
 */
export function logSumExp(x: Float32Array | readonly number[], options?: RowsOptions): Float32Array {
  return shared().logSumExp(x, options);
}

/**
 * The negative log-probability that the softmax of each row gives to its label, in nats:
 * `log Σⱼ exp(β·x[j]) − β·x[label]`, and its gradient `β·(p − onehot(label))` in the same sweep.
 *
 * @param logits float32 row-major `[rows, cols]`
 * @param target class labels, `[rows]`
 * @returns a number for the reductions 'mean' (over the rows that are not ignored) and 'sum', a float32 `[rows]`
 * for 'none'
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value, naming the row of a label
 * that is out of range; nothing is written then
 * @example
 * ```ts
 * import { crossEntropy } from 'softmax-simd';
 *
 * const logits = new Float32Array([2.0, 1.0, 0.1, 0.5, 2.5, 0.3]);
 * crossEntropy(logits, [0, 1], { cols: 3 }); // 0.319
 * ```
 */
export function crossEntropy(
  logits: Float32Array | readonly number[],
  target: Int32Array | readonly number[],
  options: CrossEntropyOptions & { reduction: 'none' },
): Float32Array;
export function crossEntropy(
  logits: Float32Array | readonly number[],
  target: Int32Array | readonly number[],
  options?: CrossEntropyOptions & { reduction?: 'mean' | 'sum' },
): number;
export function crossEntropy(
  logits: Float32Array | readonly number[],
  target: Int32Array | readonly number[],
  options?: CrossEntropyOptions,
): number | Float32Array {
  return shared().crossEntropy(logits, target, options as CrossEntropyOptions & { reduction: 'none' });
}

/**
 * What softmax has to know of the columns in `x`: the maximum of each row, `m = max x`, and `Σ exp(β(x − m))`. For
 * rows that arrive in chunks of columns, or live on several machines: statistics of the chunks merge, and with
 * those of the whole row every chunk is normalised by itself.
 *
 * @param x logits, float32 row-major `[rows, cols]`: some columns of each row
 * @returns `max`, float32 `[rows]`, and `sum`, float64 `[rows]`, with β and what makes results exact to the bit;
 * a row without anything above −Infinity has −Infinity and 0, one with NaN or (at T > 0) +Infinity the sum NaN
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value
 *
 * However the columns are divided, `softmaxFrom` gives probabilities within the bound of `softmax`. It gives the
 * very bits of `softmax` of the whole row if all chunks but the last have a multiple of 4096 columns, are merged
 * from left to right (in any grouping), and were described relative to the maxima of the whole rows, by
 * `options.max`: a second sweep, as below. A sum relative to another maximum is rounded in other places.
 *
 * The running maximum and rescaled sum: Milakov & Gimelshein 2018, arXiv:1805.02867.
 * @example
 * ```ts
 * import { mergeStats, rowStats, softmaxFrom } from 'softmax-simd';
 *
 * const chunks = [new Float32Array([1, 2]), new Float32Array([3])];
 * const whole = chunks.map((x) => rowStats(x)).reduce(mergeStats);
 * softmaxFrom(chunks[0], whole); // Float32Array [0.0900, 0.2447]
 * softmaxFrom(chunks[1], whole); // Float32Array [0.6652]
 *
 * // Once more, relative to the maximum of all: the bits of softmax([1, 2, 3]), if chunks begin at whole blocks.
 * const exact = chunks.map((x) => rowStats(x, { max: whole.max })).reduce(mergeStats);
 * ```
 */
export function rowStats(x: Float32Array | readonly number[], options?: RowStatsOptions): RowStats {
  return shared().rowStats(x, options);
}

/**
 * The statistics of rows of which `a` has the columns on the left and `b` those on the right:
 * `max = max(a.max, b.max)`, `sum = a.sum·exp(β(a.max − max)) + b.sum·exp(β(b.max − max))`. Neutral: −Infinity, 0.
 *
 * @param a statistics from {@link rowStats}, or of the same form; so is `b`, of the same rows and β
 * @returns new statistics, `[rows]`
 * @throws TypeError for an argument of the wrong type, RangeError for different rows or β
 * @example
 * ```ts
 * import { mergeStats, rowStats } from 'softmax-simd';
 *
 * const whole = mergeStats(rowStats([1, 2]), rowStats([3]));
 * whole.max; // Float32Array [3]
 * whole.sum; // Float64Array [1.503]
 * const logSumExp = whole.max[0] + Math.log(whole.sum[0]); // 3.408
 * ```
 */
export function mergeStats(a: RowStats, b: RowStats): RowStats {
  return merge(a, b);
}

/**
 * Probabilities of a chunk of columns: `p[i] = exp(β(x[i] − max)) / sum`, with the statistics of the whole rows.
 *
 * @param x logits, float32 row-major `[rows, cols]`: some columns of each row
 * @param stats of the whole rows, from {@link rowStats} and {@link mergeStats}; also says β
 * @returns float32 `[rows, cols]`: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value, such as statistics whose
 * maximum is exceeded; nothing is written then
 * @example
 * ```ts
 * import { rowStats, softmaxFrom } from 'softmax-simd';
 *
 * const stats = rowStats([1, 2, 3]);
 * softmaxFrom([1, 2], stats); // Float32Array [0.0900, 0.2447]
 * ```
 */
export function softmaxFrom(
  x: Float32Array | readonly number[],
  stats: RowStats,
  options?: RowsOptions,
): Float32Array {
  return shared().softmaxFrom(x, stats, options);
}
