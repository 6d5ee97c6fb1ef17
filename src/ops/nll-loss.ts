import {
  checkChoice,
  checkCols,
  checkFloats,
  checkIgnoreIndex,
  checkOptions,
  toColumns,
  toFloats,
  toLabels,
  weighLabels,
} from '../arguments/check.ts';
import type { NllOptions } from '../arguments/options.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { REDUCTIONS } from './cross-entropy.ts';

/** Options of `crossEntropy` that have no meaning here; taken for granted they would give wrong numbers. */
const REFUSED = ['temperature', 'beta', 'labelSmoothing', 'zLoss'] as const;

/** It reads one element a row, so there is nothing in it for a kernel. */
export function nllLoss(
  host: Host,
  logProbs: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options: NllOptions = {},
): number | Float32Array {
  const op = 'nllLoss';
  checkOptions(op, options);
  const x = toFloats(op, 'logProbs', logProbs);
  const cols = checkCols(op, 'logProbs', x.length, options.cols);
  const rows = cols === 0 ? 0 : x.length / cols;
  const classes = toLabels(op, 'labels', labels, rows);
  for (const name of REFUSED) {
    if ((options as Record<string, unknown>)[name] === undefined) continue;
    throw new TypeError(
      `${op}: ${name} is no option of log-probabilities, crossEntropy takes it with logits`,
    );
  }
  const { reduction = 'mean', ignoreIndex = -100, gradient } = options;
  checkChoice(op, 'reduction', REDUCTIONS, reduction);
  checkIgnoreIndex(op, ignoreIndex);
  const weight = options.weight === undefined ? undefined : toColumns(op, 'weight', options.weight, cols);
  if (gradient !== undefined) {
    checkFloats(op, 'gradient', gradient, x.length);
    checkOverlap(host, op, 'gradient', gradient, 'logProbs', x, true);
    checkOverlap(host, op, 'gradient', gradient, 'labels', classes, false);
    if (weight) checkOverlap(host, op, 'gradient', gradient, 'weight', weight, false);
  }
  const counted = weighLabels(op, 'labels', classes, cols, ignoreIndex, weight);

  const scale = reduction === 'mean' ? 1 / counted : 1;
  const losses = reduction === 'none' ? new Float32Array(rows) : undefined;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const label = classes[row];
    const ignored = label === ignoreIndex;
    const w = ignored ? 0 : weight === undefined ? 1 : weight[label];
    const logProb = ignored ? 0 : x[row * cols + label];
    // A weight of 0 leaves nothing, even of an infinite loss.
    const loss = w === 0 && logProb === -Infinity ? 0 : 0 - w * logProb;
    if (gradient) {
      gradient.fill(0, row * cols, (row + 1) * cols);
      if (!ignored) gradient[row * cols + label] = 0 - scale * w;
    }
    if (losses) losses[row] = loss;
    else sum += loss;
  }
  return losses ?? (reduction === 'mean' ? sum / counted : sum);
}
