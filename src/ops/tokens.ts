/** Of language models: the log-probabilities of tokens, and perplexity. */

import { type Floats, type FloatsOut, toFloats, toOut } from '../arguments/arrays.ts';
import { checkBeta, checkOptions } from '../arguments/check.ts';
import { givenLabels, type Labels, toIgnoreIndex, toLabels, weighLabels } from '../arguments/labels.ts';
import { toLayout } from '../arguments/layout.ts';
import { type Names, ROW_NAMES, type RowOptions } from '../arguments/options.ts';
import { setElement } from '../memory/elements.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { exp } from '../raw/js/math.ts';
import { forLosses, type Losses, sumLosses } from './shared/row-losses.ts';

export interface PerplexityOptions extends RowOptions {
  /** Rows with this label are left out. Default −100. */
  ignoreIndex?: number;
}

const PERPLEXITY_NAMES: Names<PerplexityOptions> = ['ignoreIndex'];

export interface TokenLogProbsOptions extends PerplexityOptions {
  /** Where the result goes, `[rows]`, float32 or half precision. A new Float32Array by default. */
  out?: FloatsOut;
}

const TOKEN_NAMES: Names<TokenLogProbsOptions> = ['ignoreIndex', 'out'];

/**
 * The log-probability that the softmax of each row gives to its label, in nats: `β·x[label] − log Σⱼ exp(β·x[j])`,
 * in one pass over the logits.
 *
 * @param logits float32 row-major `[tokens, vocabulary]`, or `options.shape`
 * @param labels integers `[tokens]`: the token that came
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
  host: Host,
  logits: Floats,
  labels: Labels,
  options: TokenLogProbsOptions = {},
): FloatsOut {
  const op = 'tokenLogProbs';
  checkOptions(op, options, ROW_NAMES, TOKEN_NAMES);
  const { losses } = checkTokens(op, logits, labels, options);
  const { rows } = losses.layout;
  const { out: given, dtype } = options;
  const out = given === undefined ? new Float32Array(rows) : toOut(op, 'out', given, rows, dtype);
  if (given !== undefined) {
    checkOverlap(host, op, 'out', out, 'logits', losses.x, false);
    checkOverlap(host, op, 'out', out, 'labels', givenLabels(labels, losses.labels as Int32Array), false);
  }
  forLosses(host, losses, (values, from, n, first) => {
    for (let i = 0; i < n; i++) setElement(out, first + i, 0 - values[from + i]);
  });
  return (given ?? out) as FloatsOut;
}

/**
 * `exp(mean cross-entropy)`: how many equally likely tokens would be as hard to guess. One pass over the logits;
 * beside them no memory that grows with their number.
 *
 * @param logits float32 row-major `[tokens, vocabulary]`, or `options.shape`
 * @param labels integers `[tokens]`: the token that came
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
  host: Host,
  logits: Floats,
  labels: Labels,
  options: PerplexityOptions = {},
): number {
  const op = 'perplexity';
  checkOptions(op, options, ROW_NAMES, PERPLEXITY_NAMES);
  const { losses, counted } = checkTokens(op, logits, labels, options);
  return exp(sumLosses(host, losses) / counted);
}

function checkTokens(
  op: string,
  logits: Floats,
  target: Labels,
  options: PerplexityOptions,
): { losses: Losses; counted: number } {
  const x = toFloats(op, 'logits', logits, options.dtype);
  const layout = toLayout(op, 'logits', x.length, options, 0);
  const { cols } = layout;
  const labels = toLabels(op, 'labels', target, layout);
  const beta = checkBeta(op, options.temperature, options.beta);
  const ignoreIndex = toIgnoreIndex(op, options.ignoreIndex);
  const counted = weighLabels(op, 'labels', labels, cols, ignoreIndex, undefined);
  const scalars = { beta, ignoreIndex, scale: 1, smoothing: 0, zLoss: 0 };
  return { losses: { x, layout, labels, scalars }, counted };
}
