import { fill, maxF32, rowSum, scaleF32 } from './row';
import { exp, log, log1p } from './scalar';

/** loss = −log p[label] = β(max − x[label]) + log Σ exp(β(x − max)); gradient = scale·β·(p − onehot(label)). */
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
  for (let row = 0; row < rows; row++) {
    const label = load<i32>(labels);
    let loss: f64 = 0;
    if (label == ignoreIndex) {
      if (gradient) fill(gradient, cols, 0);
    } else {
      const max = maxF32(x, cols);
      if (abs(max) < Infinity) {
        const target = load<f32>(x + ((<usize>label) << 2));
        // Left out of the sum, the target's own term cannot swamp the others: a loss near 0 keeps its digits.
        const others = rowSum(x, gradient, cols, label, max, beta);
        const own = target == max ? 1.0 : exp(beta * (<f64>target - <f64>max));
        const total = others + own;
        loss = target == max ? log1p(others) : beta * (<f64>max - <f64>target) + log(total);
        if (gradient) {
          scaleF32(gradient, gradient, cols, max, beta, total / (scale * beta));
          store<f32>(gradient + ((<usize>label) << 2), <f32>(-scale * beta * (others / total)));
        }
      } else {
        loss = NaN;
        if (gradient) fill(gradient, cols, NaN);
      }
    }
    store<f64>(losses, loss);
    x += bytes;
    labels += 4;
    losses += 8;
    if (gradient) gradient += bytes;
  }
}
