import { BLOCK_COLS } from '../src/raw/sizes';
import { labelLossLanes } from './any-axis';
import { finite, finiteSlope, TINY } from './exp64';
import { fours } from './fours';
import { labelLoss } from './label-loss';
import { fill, indexOfF32, maxF32 } from './row';
import { exp, log1p } from './scalar';
import { hasSoftmax, times } from './softmax-row';
import { distanceSum, expSum, targetGradientF32, targetOf, targetSum, targetSumsF32 } from './target';
import { fitsTile } from './tile';

/**
 * loss = Σ q·(−log p) + zLoss·logSumExp², where q[j] = w[j]·((1 − smoothing)·target[j] + smoothing/cols);
 * gradient = scale·d(loss)/dx. The target: labels, or probabilities if `labels` is 0.
 */
export function crossEntropyF32(
  x: usize,
  labels: usize,
  probabilities: usize,
  weight: usize,
  losses: usize,
  gradient: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  from: i32,
  beta: f64,
  ignoreIndex: i32,
  scale: f64,
  smoothing: f64,
  zLoss: f64,
): void {
  const plain = smoothing == 0.0 && zLoss == 0.0;
  if (labels && plain && fitsTile(cols)) {
    labelLossLanes(x, labels, weight, losses, gradient, rows, cols, inner, from, beta, ignoreIndex, scale);
    return;
  }
  // Others lie one behind the other.
  const start = (<usize>from * cols) << 2;
  x += start;
  if (probabilities) probabilities += start;
  if (gradient) gradient += start;
  if (labels && plain && beta == 1.0 && cols <= BLOCK_COLS) {
    fours(x, gradient, rows, cols, labels, weight, losses, ignoreIndex, scale);
    return;
  }
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    let loss: f64 = 0;
    const label = labels ? load<i32>(labels) : -1;
    if (labels && label == ignoreIndex) {
      if (gradient) fill(gradient, cols, 0);
    } else if (labels && plain) loss = labelLoss(x, label, weight, gradient, cols, beta, scale, true);
    else loss = spreadLoss(x, probabilities, label, weight, gradient, cols, beta, scale, smoothing, zLoss);
    store<f64>(losses, loss);
    x += bytes;
    losses += 8;
    if (labels) labels += 4;
    if (probabilities) probabilities += bytes;
    if (gradient) gradient += bytes;
  }
}

/** A target spread over the columns: Σ q·log Σ exp(β(x − max)) + Σ q·β(max − x), of which no term is below 0. */
function spreadLoss(
  x: usize,
  target: usize,
  label: i32,
  weight: usize,
  gradient: usize,
  cols: i32,
  beta: f64,
  scale: f64,
  smoothing: f64,
  zLoss: f64,
): f64 {
  const max = maxF32(x, cols);
  if (!hasSoftmax(max, beta)) {
    if (gradient) fill(gradient, cols, NaN);
    return NaN;
  }
  const share = 1.0 - smoothing;
  const spread = smoothing / <f64>cols;
  const top = indexOfF32(x, cols, max);
  targetSumsF32(x, target, weight, 0, cols, top, max, beta, share, spread);
  // What the others have of exp and of the target, so that 1 − p[top] and Σq − q[top] do not cancel.
  const others = expSum;
  let othersTarget = targetSum;
  let distance = distanceSum;
  let topTarget = targetOf(target, weight, top, share, spread);
  let labelTarget: f64 = 0;
  let labelExp: f64 = 0;
  if (label >= 0) {
    const own = load<f32>(x + ((<usize>label) << 2));
    const less: f64 = own == max ? 0 : <f64>max - <f64>own;
    const onLabel = targetOf(0, weight, label, 0, share);
    if (label == top) topTarget += onLabel;
    else {
      othersTarget += onLabel;
      if (onLabel != 0.0) distance += onLabel * less;
    }
    labelTarget = targetOf(0, weight, label, 0, spread) + onLabel;
    labelExp = exp(-less * finite(beta));
  }
  const logTotal = log1p(others);
  let loss =
    (topTarget + othersTarget) * logTotal + (distance == 0.0 ? 0.0 : Math.max(beta, TINY) * distance);
  let extra: f64 = 0;
  if (zLoss != 0.0) {
    const logSumExp = times(beta, max) + logTotal;
    loss += zLoss * logSumExp * logSumExp;
    extra = 2.0 * zLoss * logSumExp;
  }
  if (others != others) loss = NaN;
  if (gradient) {
    const total = 1.0 + others;
    const factor = (topTarget + othersTarget + extra) / total;
    const slope = finiteSlope(scale * beta);
    targetGradientF32(x, target, weight, gradient, cols, max, beta, factor, slope, share, spread);
    if (label >= 0) {
      store<f32>(gradient + ((<usize>label) << 2), <f32>(slope * (factor * labelExp - labelTarget)));
    }
    const atTop = (othersTarget + extra - topTarget * others) / total;
    store<f32>(gradient + ((<usize>top) << 2), <f32>(slope * atTop));
  }
  return loss;
}
