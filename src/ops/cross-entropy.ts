/** The loss of logits, against labels or probabilities, with its gradient in the same call. */

import {
  type Floats,
  type FloatsOut,
  isFloats,
  toColumns,
  toFloats,
  toFloatsOf,
  toOut,
} from '../arguments/arrays.ts';
import { checkBeta, checkNumber, checkOptions, checkReduction } from '../arguments/check.ts';
import {
  givenLabels,
  type Labels,
  notProbabilities,
  toIgnoreIndex,
  toLabels,
  weighLabels,
} from '../arguments/labels.ts';
import { toLayout } from '../arguments/layout.ts';
import { type Names, type Reduction, ROW_NAMES, type RowOptions } from '../arguments/options.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { addLosses, fewLosses, forLosses, isFew, sumLosses } from './shared/row-losses.ts';

export interface CrossEntropyOptions extends RowOptions {
  /**
   * `'mean'` (the default): the sum over the rows counted, divided by their number, by the sum of their labels'
   * weights if there are weights, or, where the target is probabilities, by the number of rows. `'sum'`, or
   * `'none'`: the loss of each row.
   */
  reduction?: Reduction;
  /** A factor for each class, `[cols]`. */
  weight?: Floats;
  /** Rows with this label are left out: not read, and with a gradient of 0. Default −100. */
  ignoreIndex?: number;
  /** This share of the target, from 0 to 1, is spread evenly over all classes. Default 0. */
  labelSmoothing?: number;
  /** Adds `zLoss · logSumExp²` to the loss of each row that is counted. Default 0. */
  zLoss?: number;
  /** Receives d(reduced loss)/d(logits), `[rows, cols]`; `logits` itself or an array that does not overlap it. */
  gradient?: FloatsOut;
}

const NAMES: Names<CrossEntropyOptions> = [
  'reduction',
  'weight',
  'ignoreIndex',
  'labelSmoothing',
  'zLoss',
  'gradient',
];

/**
 * Cross-entropy between the softmax of each row and its target, in nats, and its gradient in the same call:
 * `Σⱼ q[j]·(log Σᵢ exp(β·x[i]) − β·x[j])`, where `q[j] = weight[j]·((1 − ε)·target[j] + ε/cols)`, ε being
 * `labelSmoothing` and the target of a label 1 at its class; `zLoss` adds `zLoss·(log Σᵢ exp(β·x[i]))²`.
 * The gradient of a row without zLoss is `β·(p·Σq − q)`. No probabilities are stored anywhere.
 *
 * @param logits float32 row-major `[rows, cols]`, or `options.shape`; not probabilities: their softmax is taken here
 * @param target class labels, integers `[rows]`; or probabilities, a `Float32Array` `[rows, cols]`, taken as they are
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
  host: Host,
  logits: Floats,
  target: Labels | Floats,
  options: CrossEntropyOptions & { reduction: 'none' },
): Float32Array;
export function crossEntropy(
  host: Host,
  logits: Floats,
  target: Labels | Floats,
  options?: CrossEntropyOptions & { reduction?: 'mean' | 'sum' },
): number;
export function crossEntropy(
  host: Host,
  logits: Floats,
  target: Labels | Floats,
  options?: CrossEntropyOptions,
): number | Float32Array;
export function crossEntropy(
  host: Host,
  logits: Floats,
  target: Labels | Floats,
  options: CrossEntropyOptions = {},
): number | Float32Array {
  const op = 'crossEntropy';
  checkOptions(op, options, ROW_NAMES, NAMES);
  const { dtype } = options;
  const x = toFloats(op, 'logits', logits, dtype);
  const layout = toLayout(op, 'logits', x.length, options, 0);
  const { rows, cols } = layout;
  const areProbabilities = isFloats(target, dtype);
  if (areProbabilities && target.length === rows && rows !== x.length)
    throw notProbabilities(op, target, x.length);
  const probabilities = areProbabilities
    ? toFloatsOf(op, 'target (probabilities)', target as Floats, x.length, dtype)
    : undefined;
  const labels = probabilities ? undefined : toLabels(op, 'target', target as Labels, layout);
  const beta = checkBeta(op, options.temperature, options.beta);
  const { reduction = 'mean', labelSmoothing = 0, zLoss = 0, gradient: given } = options;
  checkReduction(op, reduction);
  const ignoreIndex = toIgnoreIndex(op, options.ignoreIndex);
  checkNumber(op, 'labelSmoothing', labelSmoothing, 0, 1);
  checkNumber(op, 'zLoss', zLoss, 0, Number.MAX_VALUE);
  const weight =
    options.weight === undefined ? undefined : toColumns(op, 'weight', options.weight, cols, dtype);
  const gradient = given === undefined ? undefined : toOut(op, 'gradient', given, x.length, dtype);
  if (gradient !== undefined) {
    checkOverlap(host, op, 'gradient', gradient, 'logits', x, true);
    const read = labels ? givenLabels(target as Labels, labels) : (probabilities as Float32Array);
    checkOverlap(host, op, 'gradient', gradient, 'target', read, false);
    if (weight) checkOverlap(host, op, 'gradient', gradient, 'weight', weight, false);
  }
  const counted = labels ? weighLabels(op, 'target', labels, cols, ignoreIndex, weight) : rows;

  const scale = reduction === 'mean' ? 1 / counted : 1;
  const scalars = { beta, ignoreIndex, scale, smoothing: labelSmoothing, zLoss };
  const isPlain = gradient === undefined || gradient instanceof Float32Array;
  if (labels !== undefined && weight === undefined && isPlain && isFew(x, layout)) {
    // Without the objects and closures of the general way, which take as long as a row of ten.
    const from = fewLosses(host, x, labels, gradient, layout, scalars);
    const { f64 } = host.arena;
    if (reduction === 'none') return Float32Array.from(f64.subarray(from, from + rows));
    const sum = addLosses(0, f64, from, rows);
    return reduction === 'mean' ? sum / counted : sum;
  }
  const losses = { x, layout, labels, probabilities, weight, gradient, scalars };
  if (reduction === 'none') {
    const out = new Float32Array(rows);
    forLosses(host, losses, (values, from, n, first) => {
      for (let i = 0; i < n; i++) out[first + i] = values[from + i];
    });
    return out;
  }
  const total = sumLosses(host, losses);
  return reduction === 'mean' ? total / counted : total;
}
