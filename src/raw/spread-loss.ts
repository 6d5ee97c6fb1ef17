/**
 * The cross-entropy of a row whose target is spread over its columns, composed of passes: over a row in one piece
 * (the fallback's) or in parts (of any backend, copied through the scratch), with the same bits.
 */

import { finiteBeta, finiteSlope, hasSoftmax } from './limits.ts';

/** A row of logits with its target, and the passes over it; `RawKernels` says what they compute. */
export interface SpreadRow {
  readonly cols: number;
  max(): number;
  indexOf(value: number): number;
  /** The logit, target (0 if there is none) and weight (1 if there are none) of a column. */
  logit(at: number): number;
  target(at: number): number;
  weight(at: number): number;
  /** The sums of all blocks, added in order. */
  sums(skip: number, max: number, beta: number, share: number, spread: number): readonly number[];
  /** For all columns; `undefined` if no gradient is wanted. */
  gradient:
    | {
        write(max: number, beta: number, factor: number, slope: number, share: number, spread: number): void;
        set(at: number, value: number): void;
        fill(value: number): void;
      }
    | undefined;
  exp(x: number): number;
  log1p(x: number): number;
}

/** The scalars of a loss. */
export interface LossScalars {
  readonly beta: number;
  readonly scale: number;
  readonly smoothing: number;
  readonly zLoss: number;
}

/** As `crossEntropyF32` of one row: the loss, and the gradient written. `label` is −1 for probabilities. */
export function spreadLoss(row: SpreadRow, label: number, scalars: LossScalars): number {
  const { beta, scale, smoothing, zLoss } = scalars;
  const { gradient } = row;
  const max = row.max();
  if (!hasSoftmax(max, beta)) {
    gradient?.fill(NaN);
    return NaN;
  }
  const share = 1 - smoothing;
  const spread = smoothing / row.cols;
  const top = row.indexOf(max);
  // What the others have of exp and of the target, so that 1 − p[top] and Σq − q[top] do not cancel.
  const [others, othersSum, distances] = row.sums(top, max, beta, share, spread);
  let othersTarget = othersSum;
  let distance = distances;
  let topTarget = row.weight(top) * (share * row.target(top) + spread);
  let labelTarget = 0;
  let labelExp = 0;
  if (label >= 0) {
    const own = row.logit(label);
    const less = own === max ? 0 : max - own;
    const onLabel = row.weight(label) * share;
    if (label === top) topTarget += onLabel;
    else {
      othersTarget += onLabel;
      if (onLabel !== 0) distance += onLabel * less;
    }
    labelTarget = row.weight(label) * spread + onLabel;
    labelExp = row.exp(-less * finiteBeta(beta));
  }
  const logTotal = row.log1p(others);
  let loss =
    (topTarget + othersTarget) * logTotal +
    (distance === 0 ? 0 : Math.max(beta, Number.MIN_VALUE) * distance);
  let extra = 0;
  if (zLoss !== 0) {
    const logSumExp = (max === 0 ? 0 : beta * max) + logTotal;
    loss += zLoss * logSumExp * logSumExp;
    extra = 2 * zLoss * logSumExp;
  }
  if (gradient) {
    const total = 1 + others;
    const factor = (topTarget + othersTarget + extra) / total;
    const slope = finiteSlope(scale * beta);
    gradient.write(max, beta, factor, slope, share, spread);
    if (label >= 0) gradient.set(label, slope * (factor * labelExp - labelTarget));
    gradient.set(top, slope * ((othersTarget + extra - topTarget * others) / total));
  }
  return Number.isNaN(others) ? NaN : loss;
}
