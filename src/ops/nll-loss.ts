/** The loss of log-probabilities. */

import { type Floats, type FloatsOut, toColumns, toFloats, toOut } from '../arguments/arrays.ts';
import { checkOptions, checkReduction } from '../arguments/check.ts';
import { givenLabels, type Labels, toIgnoreIndex, toLabels, weighLabels } from '../arguments/labels.ts';
import { toLayout } from '../arguments/layout.ts';
import { LAYOUT_NAMES, type LayoutOptions, type Names, type Reduction } from '../arguments/options.ts';
import { elementAt, fill, setElement } from '../memory/elements.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { indexIn } from '../memory/lanes.ts';

/** What `nllLoss` takes. */
export interface NllOptions extends LayoutOptions {
  /** As for `crossEntropy`. */
  reduction?: Reduction;
  /** A factor for each class, `[cols]`. */
  weight?: Floats;
  /** Rows with this label are left out. Default −100. */
  ignoreIndex?: number;
  /** Receives d(reduced loss)/d(logProbs), `[rows, cols]`; `logProbs` itself or an array that does not overlap it. */
  gradient?: FloatsOut;
}

const NAMES: Names<NllOptions> = ['reduction', 'weight', 'ignoreIndex', 'gradient'];

/**
 * The loss of log-probabilities: `−weight[label]·logProbs[label]` for each row, in nats; its gradient is
 * `−weight[label]` at the label and 0 elsewhere.
 *
 * @param logProbs float32 row-major `[rows, cols]`, or `options.shape`, as `logSoftmax` gives them; not probabilities,
 * nor logits, which give wrong numbers here
 * @param labels class labels, integers `[rows]`
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
  host: Host,
  logProbs: Floats,
  labels: Labels,
  options: NllOptions & { reduction: 'none' },
): Float32Array;
export function nllLoss(
  host: Host,
  logProbs: Floats,
  labels: Labels,
  options?: NllOptions & { reduction?: 'mean' | 'sum' },
): number;
export function nllLoss(
  host: Host,
  logProbs: Floats,
  labels: Labels,
  options?: NllOptions,
): number | Float32Array;
export function nllLoss(
  host: Host,
  logProbs: Floats,
  labels: Labels,
  options: NllOptions = {},
): number | Float32Array {
  const op = 'nllLoss';
  checkOptions(op, options, LAYOUT_NAMES, NAMES);
  const { dtype } = options;
  const x = toFloats(op, 'logProbs', logProbs, dtype);
  const layout = toLayout(op, 'logProbs', x.length, options, 0);
  const { rows, cols } = layout;
  const classes = toLabels(op, 'labels', labels, layout);
  const { reduction = 'mean', gradient: given } = options;
  checkReduction(op, reduction);
  const ignoreIndex = toIgnoreIndex(op, options.ignoreIndex);
  const weight =
    options.weight === undefined ? undefined : toColumns(op, 'weight', options.weight, cols, dtype);
  const gradient = given === undefined ? undefined : toOut(op, 'gradient', given, x.length, dtype);
  if (gradient !== undefined) {
    checkOverlap(host, op, 'gradient', gradient, 'logProbs', x, true);
    checkOverlap(host, op, 'gradient', gradient, 'labels', givenLabels(labels, classes), false);
    if (weight) checkOverlap(host, op, 'gradient', gradient, 'weight', weight, false);
  }
  const counted = weighLabels(op, 'labels', classes, cols, ignoreIndex, weight);

  const scale = reduction === 'mean' ? 1 / counted : 1;
  const losses = reduction === 'none' ? new Float32Array(rows) : undefined;
  let sum = 0;
  const weightOf = (label: number): number => (weight === undefined ? 1 : weight[label]);
  for (let row = 0; row < rows; row++) {
    const label = classes[row];
    if (label === ignoreIndex) continue;
    const w = weightOf(label);
    const logProb = elementAt(x, indexIn(layout, row, label));
    // A weight of 0 leaves nothing, even of an infinite loss.
    const loss = w === 0 && logProb === -Infinity ? 0 : 0 - w * logProb;
    if (losses) losses[row] = loss;
    else sum += loss;
  }
  if (gradient) {
    // It may be the log-probabilities, of which none is read any more.
    fill(gradient, 0);
    for (let row = 0; row < rows; row++) {
      const label = classes[row];
      if (label === ignoreIndex) continue;
      setElement(gradient, indexIn(layout, row, label), 0 - scale * weightOf(label));
    }
  }
  return losses ?? (reduction === 'mean' ? sum / counted : sum);
}
