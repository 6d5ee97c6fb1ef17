import { fill, scaleF32 } from './row';
import { sigmoid, softplus } from './scalar';
import { logOdds, othersTotal } from './softmax';

/** loss = −log p[label] = log(1 + odds against label); gradient = scale·β·(p − onehot(label)). */
export function crossEntropyF32(
  x: usize,
  labels: usize,
  losses: usize,
  gradient: usize,
  rows: i32,
  cols: i32,
  beta: f64,
  ignoreIndex: i32,
  scale: f64,
): void {
  const bytes = (<usize>cols) << 2;
  const slope = scale * beta;
  for (let row = 0; row < rows; row++) {
    const label = load<i32>(labels);
    let loss: f64 = 0;
    if (label == ignoreIndex) {
      if (gradient) fill(gradient, cols, 0);
    } else {
      const odds = logOdds(x, gradient, cols, label, beta);
      loss = softplus(odds);
      if (gradient) gradientOf(odds, gradient, cols, label, slope);
    }
    store<f64>(losses, loss);
    x += bytes;
    labels += 4;
    losses += 8;
    if (gradient) gradient += bytes;
  }
}

/** gradient = slope·(p − onehot(label)), from the summands that logOdds left there. */
function gradientOf(odds: f64, gradient: usize, cols: i32, label: i32, slope: f64): void {
  if (odds != odds) {
    fill(gradient, cols, NaN);
    return;
  }
  // 1 − p[label], without cancellation.
  const share = sigmoid(odds);
  const factor = share == 0.0 ? 0.0 : slope * share;
  if (odds > -Infinity) scaleF32(gradient, gradient, cols, factor / othersTotal, false);
  else fill(gradient, cols, 0);
  store<f32>(gradient + ((<usize>label) << 2), <f32>(0.0 - factor));
}
