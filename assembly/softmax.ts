import { fill, indexOfF32, logScaleF32, maxF32, rowSum, scaleF32 } from './row';
import { log, log1p } from './scalar';

/** p = exp(β(x − max)) / Σ exp(β(x − max)). */
export function softmaxF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    const max = maxF32(x, cols);
    if (abs(max) < Infinity) {
      const total = rowSum(x, out, cols, -1, max, beta);
      scaleF32(out, out, cols, max, beta, total);
    } else fill(out, cols, NaN);
    x += bytes;
    out += bytes;
  }
}

/** log p = β(x − max) − log Σ exp(β(x − max)). */
export function logSoftmaxF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    const max = maxF32(x, cols);
    if (abs(max) < Infinity) {
      const others = rowSum(x, 0, cols, indexOfF32(x, cols, max), max, beta);
      logScaleF32(x, out, cols, max, beta, log1p(others));
    } else fill(out, cols, NaN);
    x += bytes;
    out += bytes;
  }
}

/** log Σ exp(βx) = β·max + log Σ exp(β(x − max)). */
export function logSumExpF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    const max = maxF32(x, cols);
    let value: f64;
    if (abs(max) < Infinity) value = beta * max + log(rowSum(x, 0, cols, -1, max, beta));
    else value = indexOfF32(x, cols, NaN) < 0 ? max : NaN;
    store<f32>(out, <f32>value);
    x += bytes;
    out += 4;
  }
}
