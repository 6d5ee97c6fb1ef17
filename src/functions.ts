/** The operations as plain functions, over kernels that the first call makes. */
import type { Kernels } from './kernels.ts';
import { loadSync } from './load.ts';
import type { CrossEntropyOptions, RowsOptions } from './options.ts';

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
