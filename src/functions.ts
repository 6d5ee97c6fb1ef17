/** The operations as plain functions, over kernels that the first call makes. */

import type {
  BinaryCrossEntropyOptions,
  Calibration,
  CalibrationOptions,
  ColsOptions,
  CrossEntropyOptions,
  ElementOptions,
  FitTemperatureOptions,
  FittedTemperature,
  HardmaxOptions,
  LabelledBatch,
  MaskedRowsOptions,
  NllOptions,
  PerplexityOptions,
  RowStatsOptions,
  RowsOptions,
  Sample,
  SampleOptions,
  TokenLogProbsOptions,
  TopK,
} from './arguments/options.ts';
import type { Kernels } from './kernels.ts';
import { loadSync } from './load.ts';
import { mergeStats as merge, type RowStats } from './ops/shared/stats.ts';

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
 * 0; T = 0 splits the mass equally over the maxima. With a `mask`, what it leaves out is not read and gives exactly 0, and
 * a row of which it keeps nothing is all 0. Views of the kernels' memory are used in place; any other
 * array is copied through a bounded scratch.
 *
 * Accuracy: within 2 steps of the correctly rounded float32 at any row length, 1 on 'js'; probabilities below 2^-126
 * may be flushed to 0. The shifted, unrounded exponent is that of Dukhan & Ablavatski 2020, 'The two-pass softmax
 * algorithm'.
 * @example
 * ```ts
 * import { softmax } from 'softmax-simd';
 *
 * softmax([2.0, 1.0, 0.1]); // Float32Array [0.659, 0.242, 0.099]
 * ```
 */
export function softmax(x: Float32Array | readonly number[], options?: MaskedRowsOptions): Float32Array {
  return shared().softmax(x, options);
}

/**
 * Log-probabilities in nats: `β·x[i] − log Σⱼ exp(β·x[j])` for each row of `x`, exact also near 0. What a `mask`
 * leaves out is not read and gives −Infinity.
 *
 * @param x logits, float32 row-major `[rows, cols]`
 * @returns float32 `[rows, cols]`: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: within 2 steps at any row length, 1 on 'js': near 0 the largest element's own term is left out of the sum,
 * and log1p takes its place. Special values: rows that are NaN for `softmax` are NaN; −Infinity gives −Infinity; one
 * column gives exactly 0; T = 0 gives −log(count) at the maxima. Views of the kernels' memory are used in place, other
 * arrays are copied through a bounded scratch. Semantics: PyTorch's `log_softmax`.
 * @example
 * ```ts
 * import { logSoftmax } from 'softmax-simd';
 *
 * logSoftmax([2.0, 1.0, 0.1]); // Float32Array [-0.417, -1.417, -2.317]
 * ```
 */
export function logSoftmax(x: Float32Array | readonly number[], options?: MaskedRowsOptions): Float32Array {
  return shared().logSoftmax(x, options);
}

/**
 * `log Σⱼ exp(β·x[j])` of each row of `x`, in nats.
 *
 * @param x logits, float32 row-major `[rows, cols]`
 * @returns float32 `[rows]`: `options.out`, or a new array; −Infinity for a row without anything above it
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: within 2 steps, 1 on 'js', in steps of max(1, |value|), as the result may cancel to 0. Special values:
 * +Infinity gives Infinity, NaN NaN; a row that is masked out −Infinity. Views of the kernels' memory are used in place,
 * other arrays are copied through a bounded scratch. Semantics: PyTorch's `logsumexp`.
 * @example
 * ```ts
 * import { logSumExp } from 'softmax-simd';
 *
 * logSumExp([1000, 1000]); // Float32Array [1000.693]
 * ```
 */
export function logSumExp(x: Float32Array | readonly number[], options?: MaskedRowsOptions): Float32Array {
  return shared().logSumExp(x, options);
}

/**
 * Cross-entropy between the softmax of each row and its target, in nats, and its gradient in the same call:
 * `Σⱼ q[j]·(log Σᵢ exp(β·x[i]) − β·x[j])`, where `q[j] = weight[j]·((1 − ε)·target[j] + ε/cols)`, ε being
 * `labelSmoothing` and the target of a label 1 at its class; `zLoss` adds `zLoss·(log Σᵢ exp(β·x[i]))²`.
 * The gradient of a row without zLoss is `β·(p·Σq − q)`. No probabilities are stored anywhere.
 *
 * @param logits float32 row-major `[rows, cols]`
 * @param target class labels, int32 `[rows]`; or probabilities, a `Float32Array` `[rows, cols]`, taken as they are
 * @returns a number for the reductions 'mean' and 'sum', a float32 `[rows]` for 'none', 0 in ignored rows. The
 * mean is divided by the number of rows that are not ignored, with `weight` by the sum of their labels' weights;
 * for probabilities by the number of rows. With all rows ignored the mean is NaN, the sum 0
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value or length, naming the row of a
 * label that is out of range, and for a gradient that overlaps an input without being the logits; nothing is
 * written then
 *
 * Accuracy: a row's loss is within 2 steps ('js': 1), also near 0; a reduced loss within 4; the gradient within
 * 4·2^-23 of the largest entry in its row, also where p and the target almost cancel (down to float64's own
 * rounding). Special values: a row with NaN or +Infinity is NaN, in its gradient too; a target of 0 contributes 0
 * even at a logit of −Infinity; an ignored row is not read, and its gradient is exactly 0. Views of the kernels'
 * memory are used in place, other arrays are copied through a bounded scratch. Semantics: PyTorch's
 * `cross_entropy`; the z-loss is that of PaLM (Chowdhery et al., 2022).
 * @example
 * ```ts
 * import { crossEntropy } from 'softmax-simd';
 *
 * const logits = new Float32Array([2.0, 1.0, 0.1, 0.5, 2.5, 0.3]);
 * const gradient = new Float32Array(6);
 * crossEntropy(logits, [0, 1], { cols: 3, gradient }); // 0.319
 * crossEntropy(logits, [0, 1], { cols: 3, labelSmoothing: 0.1, reduction: 'none' }); // Float32Array [0.514, 0.36]
 * ```
 */
export function crossEntropy(
  logits: Float32Array | readonly number[],
  target: Int32Array | Float32Array | readonly number[],
  options: CrossEntropyOptions & { reduction: 'none' },
): Float32Array;
export function crossEntropy(
  logits: Float32Array | readonly number[],
  target: Int32Array | Float32Array | readonly number[],
  options?: CrossEntropyOptions & { reduction?: 'mean' | 'sum' },
): number;
export function crossEntropy(
  logits: Float32Array | readonly number[],
  target: Int32Array | Float32Array | readonly number[],
  options?: CrossEntropyOptions,
): number | Float32Array {
  return shared().crossEntropy(logits, target, options as CrossEntropyOptions & { reduction: 'none' });
}

/**
 * The loss of log-probabilities: `−weight[label]·logProbs[label]` for each row, in nats; its gradient is
 * `−weight[label]` at the label and 0 elsewhere.
 *
 * @param logProbs float32 row-major `[rows, cols]`, as `logSoftmax` gives them
 * @param labels class labels, int32 `[rows]`
 * @returns a number for the reductions 'mean' and 'sum', a float32 `[rows]` for 'none', 0 in ignored rows; the
 * mean is divided by the number of rows that are not ignored, or by the sum of their labels' weights
 * @throws TypeError for an argument of the wrong type, or an option that only logits have (temperature, beta,
 * labelSmoothing, zLoss); RangeError for a wrong value or length, naming the row of a label that is out of range,
 * and for a gradient that overlaps an input without being the log-probabilities; nothing is written then
 *
 * Accuracy: within 1 step, reduced in float64. Only the label's element of a row is read; NaN there gives NaN.
 * Nothing is copied. Semantics: PyTorch's `nll_loss`.
 * @example
 * ```ts
 * import { logSoftmax, nllLoss } from 'softmax-simd';
 *
 * const logits = [2.0, 1.0, 0.1, 0.5, 2.5, 0.3];
 * nllLoss(logSoftmax(logits, { cols: 3 }), [0, 1], { cols: 3 }); // 0.319
 * ```
 */
export function nllLoss(
  logProbs: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options: NllOptions & { reduction: 'none' },
): Float32Array;
export function nllLoss(
  logProbs: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options?: NllOptions & { reduction?: 'mean' | 'sum' },
): number;
export function nllLoss(
  logProbs: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options?: NllOptions,
): number | Float32Array {
  return shared().nllLoss(logProbs, labels, options as NllOptions & { reduction: 'none' });
}

/**
 * Cross-entropy of independent yes-or-no labels, from logits, in nats: for each element
 * `posWeight·t·log(1 + exp(−β·x)) + (1 − t)·log(1 + exp(β·x))`, with the gradient
 * `β·((1 − t)·σ(β·x) − posWeight·t·σ(−β·x))` in the same pass.
 *
 * @param logits float32 `[rows, cols]`
 * @param target the probability of 'yes', of the logits' length: 0, 1 or anything between
 * @returns a number for the reductions 'mean' (over all elements) and 'sum', a float32 of the logits' length for
 * 'none'
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value or length, and for a gradient
 * that overlaps an input without being the logits; nothing is written then
 *
 * Accuracy: each element is within 2 steps, a reduced loss within 4, the gradient within 4·2^-23 of the largest
 * entry in its row. Special values: NaN gives NaN; at infinite logits a share (t or 1 − t) of 0 contributes 0.
 * Views of the kernels' memory are used in place, other arrays are copied through a bounded scratch. Semantics:
 * PyTorch's `binary_cross_entropy_with_logits`.
 * @example
 * ```ts
 * import { binaryCrossEntropy } from 'softmax-simd';
 *
 * binaryCrossEntropy([2, -1, 0.5], [1, 0, 0]); // 0.471
 * binaryCrossEntropy([2, -1], [1, 0], { posWeight: [3, 1], reduction: 'none' }); // Float32Array [0.381, 0.313]
 * ```
 */
export function binaryCrossEntropy(
  logits: Float32Array | readonly number[],
  target: Float32Array | readonly number[],
  options: BinaryCrossEntropyOptions & { reduction: 'none' },
): Float32Array;
export function binaryCrossEntropy(
  logits: Float32Array | readonly number[],
  target: Float32Array | readonly number[],
  options?: BinaryCrossEntropyOptions & { reduction?: 'mean' | 'sum' },
): number;
export function binaryCrossEntropy(
  logits: Float32Array | readonly number[],
  target: Float32Array | readonly number[],
  options?: BinaryCrossEntropyOptions,
): number | Float32Array {
  return shared().binaryCrossEntropy(
    logits,
    target,
    options as BinaryCrossEntropyOptions & { reduction: 'none' },
  );
}

/**
 * The logistic function `1/(1 + exp(−β·x))` of each element.
 *
 * @param x float32, any shape
 * @returns float32 of the same length: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: within 2 steps for every float32 and every β, subnormal results included; −Infinity gives 0, Infinity
 * 1, NaN NaN. Views of the kernels' memory are used in place, other arrays are copied through a bounded scratch.
 * @example
 * ```ts
 * import { sigmoid } from 'softmax-simd';
 *
 * sigmoid([0, 2, -100]); // Float32Array [0.5, 0.881, 3.78e-44]
 * ```
 */
export function sigmoid(x: Float32Array | readonly number[], options?: ElementOptions): Float32Array {
  return shared().sigmoid(x, options);
}

/**
 * The logarithm of the logistic function, `−log(1 + exp(−β·x))`, of each element, without overflow and without
 * loss near 0.
 *
 * @param x float32, any shape
 * @returns float32 of the same length, in nats: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: within 2 steps for every float32 and every β, subnormal results included; −Infinity gives −Infinity,
 * Infinity 0, NaN NaN. Views of the kernels' memory are used in place, other arrays are copied through a bounded
 * scratch.
 * @example
 * ```ts
 * import { logSigmoid } from 'softmax-simd';
 *
 * logSigmoid([0, 20, -1000]); // Float32Array [-0.693, -2.06e-9, -1000]
 * ```
 */
export function logSigmoid(x: Float32Array | readonly number[], options?: ElementOptions): Float32Array {
  return shared().logSigmoid(x, options);
}

/**
 * From the gradient by `p = softmax(β·x)` to the gradient by the logits x: `β·p·(dp − Σⱼ p[j]·dp[j])`, row by row.
 *
 * @param p probabilities, float32 row-major `[rows, cols]`
 * @param dp the derivative of a loss by each of them, of the same shape
 * @returns float32 `[rows, cols]`: `options.out`, which may be `p` or `dp`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: computed in float64 and rounded once; NaN in a row spreads over it. Views of the kernels' memory are
 * used in place, other arrays are copied through a bounded scratch. As in PyTorch's `_softmax_backward_data`.
 * @example
 * ```ts
 * import { softmax, softmaxGradient } from 'softmax-simd';
 *
 * const p = softmax([2.0, 1.0, 0.1]);
 * softmaxGradient(p, [1, 0, 0]); // Float32Array [0.225, -0.16, -0.065]
 * ```
 */
export function softmaxGradient(
  p: Float32Array | readonly number[],
  dp: Float32Array | readonly number[],
  options?: RowsOptions,
): Float32Array {
  return shared().softmaxGradient(p, dp, options);
}

/**
 * From the gradient by `log p = logSoftmax(β·x)` to the gradient by the logits x: `β·(dLogP − p·Σⱼ dLogP[j])`, row
 * by row.
 *
 * @param logP log-probabilities, float32 row-major `[rows, cols]`
 * @param dLogP the derivative of a loss by each of them, of the same shape
 * @returns float32 `[rows, cols]`: `options.out`, which may be `logP` or `dLogP`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: computed in float64 and rounded once; a NaN among the derivatives spreads over its row. Views of the
 * kernels' memory are used in place, other arrays are copied through a bounded scratch. As in PyTorch's
 * `_log_softmax_backward_data`.
 * @example
 * ```ts
 * import { logSoftmax, logSoftmaxGradient } from 'softmax-simd';
 *
 * const logP = logSoftmax([2.0, 1.0, 0.1]);
 * logSoftmaxGradient(logP, [-1, 0, 0]); // Float32Array [-0.341, 0.242, 0.099]
 * ```
 */
export function logSoftmaxGradient(
  logP: Float32Array | readonly number[],
  dLogP: Float32Array | readonly number[],
  options?: RowsOptions,
): Float32Array {
  return shared().logSoftmaxGradient(logP, dLogP, options);
}

/**
 * From the gradient by `p = sigmoid(β·x)` to the gradient by x: `β·p·(1 − p)·dp` of each element.
 *
 * @param p results of `sigmoid`, float32, any shape
 * @param dp the derivative of a loss by each of them, of the same length
 * @returns float32 of the same length: `options.out`, which may be `p` or `dp`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: computed in float64 and rounded once. Views of the kernels' memory are used in place, other arrays are
 * copied through a bounded scratch.
 * @example
 * ```ts
 * import { sigmoid, sigmoidGradient } from 'softmax-simd';
 *
 * sigmoidGradient(sigmoid([0, 2]), [1, 1]); // Float32Array [0.25, 0.105]
 * ```
 */
export function sigmoidGradient(
  p: Float32Array | readonly number[],
  dp: Float32Array | readonly number[],
  options?: ElementOptions,
): Float32Array {
  return shared().sigmoidGradient(p, dp, options);
}

/**
 * The log-probability that the softmax of each row gives to its label, in nats: `β·x[label] − log Σⱼ exp(β·x[j])`,
 * in one pass over the logits.
 *
 * @param logits float32 row-major `[tokens, vocabulary]`
 * @param labels int32 `[tokens]`: the token that came
 * @returns float32 `[tokens]`: `options.out`, or a new array; 0 where the label is `ignoreIndex`
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value, naming the row of a label
 * that is out of range; nothing is written then
 *
 * Accuracy: within 2 steps ('js': 1), also near 0. Special values as for `logSoftmax`. Views of the kernels'
 * memory are used in place, other arrays are copied through a bounded scratch.
 * @example
 * ```ts
 * import { tokenLogProbs } from 'softmax-simd';
 *
 * tokenLogProbs([2.0, 1.0, 0.1, 0.5, 2.5, 0.3], [0, 1], { cols: 3 }); // Float32Array [-0.417, -0.22]
 * ```
 */
export function tokenLogProbs(
  logits: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options?: TokenLogProbsOptions,
): Float32Array {
  return shared().tokenLogProbs(logits, labels, options);
}

/**
 * `exp(mean cross-entropy)`: how many equally likely tokens would be as hard to guess. One pass over the logits;
 * beside them no memory that grows with their number.
 *
 * @param logits float32 row-major `[tokens, vocabulary]`
 * @param labels int32 `[tokens]`: the token that came
 * @returns a number of at least 1; NaN if there are no tokens that are not ignored, Infinity if one is impossible
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value, naming the row of a label
 * that is out of range
 *
 * Accuracy: the mean is as exact as that of `crossEntropy`. Views of the kernels' memory are used in place, other
 * arrays are copied through a bounded scratch.
 * @example
 * ```ts
 * import { perplexity } from 'softmax-simd';
 *
 * perplexity([2.0, 1.0, 0.1, 0.5, 2.5, 0.3], [0, 1], { cols: 3 }); // 1.375
 * ```
 */
export function perplexity(
  logits: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options?: PerplexityOptions,
): number {
  return shared().perplexity(logits, labels, options);
}

/**
 * The index of the largest element of each row of `x`, the first of equals.
 *
 * @param x float32 row-major `[rows, cols]`; −Infinity and +Infinity may be among them
 * @returns int32 `[rows]`, a new array; exact, the same on every backend
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, for rows without columns, and,
 * naming the row, for one that holds NaN or is −Infinity throughout: there is no answer then
 *
 * Views of the kernels' memory are read in place; any other array is copied through a bounded scratch.
 * @example
 * ```ts
 * import { argmax } from 'softmax-simd';
 *
 * argmax([0.1, 0.7, 0.2, 5, 3, 5], { cols: 3 }); // Int32Array [1, 0]
 * ```
 */
export function argmax(x: Float32Array | readonly number[], options?: ColsOptions): Int32Array {
  return shared().argmax(x, options);
}

/**
 * One-hot of the largest element: 1 at `argmax(x)` in each row, 0 elsewhere. (`softmax` at T = 0 splits the 1 among
 * equals.)
 *
 * @param x float32 row-major `[rows, cols]`
 * @returns float32 `[rows, cols]`: `options.out`, which may be `x` itself, or a new array
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value and for rows without columns;
 * nothing is written then
 *
 * Special values: a row that holds NaN, or is −Infinity throughout, is NaN. Copies as `argmax` does.
 * Source: Hardmax of the ONNX operators.
 * @example
 * ```ts
 * import { hardmax } from 'softmax-simd';
 *
 * hardmax([1, 3, 3]); // Float32Array [0, 1, 0]
 * ```
 */
export function hardmax(x: Float32Array | readonly number[], options?: HardmaxOptions): Float32Array {
  return shared().hardmax(x, options);
}

/**
 * The `k` largest elements of each row of `x`, descending; of equal ones the one of lower index comes first.
 *
 * Elements that are not above the smallest of the k found so far are passed over by SIMD comparisons, the others go
 * through a heap: no row is sorted.
 *
 * @param x float32 row-major `[rows, cols]`; −Infinity and +Infinity may be among them
 * @param k from 1 to `cols`
 * @returns `values`, float32, and `indices`, int32, each `[rows, k]`, new arrays; exact, the same on every backend
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, for rows without columns, and,
 * naming the row, for one that holds NaN or is −Infinity throughout
 *
 * Views of the kernels' memory are read in place; any other array is copied through a bounded scratch.
 * @example
 * ```ts
 * import { topK } from 'softmax-simd';
 *
 * const { values, indices } = topK([0.5, 2, -1, 2], 3);
 * values; // Float32Array [2, 2, 0.5]
 * indices; // Int32Array [1, 3, 0]
 * ```
 */
export function topK(x: Float32Array | readonly number[], k: number, options?: ColsOptions): TopK {
  return shared().topK(x, k, options);
}

/**
 * Draws one class from each row's distribution, `p[i] = exp(β·x[i]) / Σⱼ exp(β·x[j])`, filtered.
 *
 * The filters apply in this order: the temperature; `topK` keeps the k most probable; `topP` keeps, of the distribution
 * over those, the most probable until their cumulative probability reaches it, at least one; `minP` keeps what is at
 * least that many times as probable as the most probable. Of equally probable classes the one of lower index counts as
 * the more probable. T = 0 takes the most probable.
 *
 * @param logits float32 row-major `[rows, cols]`; −Infinity is never drawn
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
export function sample(logits: Float32Array | readonly number[], options?: SampleOptions): Sample {
  return shared().sample(logits, options);
}

/**
 * The temperature at which logits predict labels best: the T that minimises the mean of
 * `log Σⱼ exp(x[j]/T) − x[label]/T` over the rows.
 *
 * The minimum is found by Newton's method on 1/T, in which the loss is convex, safeguarded by bisection; each step is one
 * pass over the logits, in float64. T lies from e^-10 to e^10: at an end of that range if the loss falls all the way, as
 * it does where every row predicts its label, or none does.
 *
 * @param logits float32 row-major `[rows, cols]`, of data that the model was not trained on
 * @param labels classes, int32 `[rows]`; rows labelled `options.ignoreIndex` are left out
 * @returns `temperature` (divide logits by it), and the mean cross-entropy in nats `before`, at T = 1, and `after`;
 * deterministic, the same on every backend
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, for no row that counts, for
 * probabilities passed as logits where that is evident, and, naming the row, for a label out of range, a label with a
 * logit of −Infinity, and a row that holds NaN or +Infinity or is −Infinity throughout
 *
 * Views of the kernels' memory are read in place; any other array is copied through a bounded scratch.
 * Source: Guo et al. 2017, 'On calibration of modern neural networks'.
 * @example
 * ```ts
 * import { fitTemperature } from 'softmax-simd';
 *
 * const logits = new Float32Array([4, 0, 4, 0, 0, 4, 4, 0]);
 * const fitted = fitTemperature(logits, [0, 0, 1, 1], { cols: 2 }); // 4 nats apart, but right in 3 of 4
 * fitted.temperature; // 3.641
 * fitted.before; // 1.018
 * fitted.after; // 0.562
 * ```
 */
export function fitTemperature(
  logits: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options?: FitTemperatureOptions,
): FittedTemperature {
  return shared().fitTemperature(logits, labels, options);
}

/**
 * As {@link fitTemperature}, of data that comes in batches and need not be in memory as a whole: the same bits as for
 * the rows of all batches in one array.
 *
 * @param batches called for each pass, of which there are some ten: the batches from the first to the last, each
 * with its logits, float32 row-major `[rows, cols]`, and its labels, int32 `[rows]`. A batch is done with before the
 * next is asked for, so it may use the same memory
 * @throws TypeError and RangeError as {@link fitTemperature}, with rows counted within their batch; the promise is
 * rejected, also with whatever `batches` throws
 *
 * Copies and source: as {@link fitTemperature}.
 * @example
 * ```ts
 * import { fitTemperatureBatches } from 'softmax-simd';
 *
 * async function* read() {
 *   yield { logits: new Float32Array([4, 0, 4, 0]), labels: [0, 0] };
 *   yield { logits: new Float32Array([0, 4, 4, 0]), labels: [1, 1] };
 * }
 * const fitted = await fitTemperatureBatches(read, { cols: 2 });
 * fitted.temperature; // 3.641
 * ```
 */
export async function fitTemperatureBatches(
  batches: () => Iterable<LabelledBatch> | AsyncIterable<LabelledBatch>,
  options?: FitTemperatureOptions,
): Promise<FittedTemperature> {
  return shared().fitTemperatureBatches(batches, options);
}

/**
 * How far the probabilities `softmax(logits)` can be trusted: their confidence, the largest probability of a row, against
 * the share of rows that they predict correctly.
 *
 * `ece = Σ_bins count/rows · |accuracy − confidence|`, `mce` the largest |accuracy − confidence| of a bin,
 * `brier = mean_rows Σⱼ (p[j] − onehot(label)[j])²`.
 *
 * @param logits float32 row-major `[rows, cols]`
 * @param labels classes, int32 `[rows]`; rows labelled `options.ignoreIndex` are left out
 * @returns accuracy, ECE, MCE, Brier score, and the bins of a reliability diagram, of equal width over (0, 1], with the
 * upper end included; a prediction is right if the label is the first of the largest logits. Computed in float64, the
 * same on every backend. Without rows: NaN, and empty bins
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, and, naming the row, for a label out
 * of range and a row that holds NaN or +Infinity or is −Infinity throughout
 *
 * Views of the kernels' memory are read in place; any other array is copied through a bounded scratch.
 * Source: Guo et al. 2017, 'On calibration of modern neural networks'; Brier 1950.
 * @example
 * ```ts
 * import { calibration } from 'softmax-simd';
 *
 * const logits = new Float32Array([4, 0, 4, 0, 0, 4, 4, 0]);
 * const { accuracy, ece, mce, brier, bins } = calibration(logits, [0, 0, 1, 1], { cols: 2 });
 * accuracy; // 0.75
 * ece; // 0.232
 * brier; // 0.483
 * bins[14].count; // 4
 * ```
 */
export function calibration(
  logits: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options?: CalibrationOptions,
): Calibration {
  return shared().calibration(logits, labels, options);
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
