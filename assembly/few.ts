// Rows of very few columns: by scalars in float64, which cost less than setting up vectors.
import { exp, log1p } from './scalar';

/** Up to so many columns. */
export const FEW: i32 = 3;

/** exp(β(x − max)), with its limits for β of 0 and Infinity. */
export function term(x: f32, max: f32, beta: f64): f64 {
  return x == max ? 1.0 : exp(Math.max(beta, f64.MIN_VALUE) * (<f64>x - <f64>max));
}

/** log Σ exp(β(x − max)), exact also near 0: the first of the maxima, a 1, is left to log1p. */
export function logTotalOfFew(x: usize, cols: i32, max: f32, beta: f64): f64 {
  let others: f64 = 0;
  let ones = 0;
  for (const end = x + ((<usize>cols) << 2); x < end; x += 4) {
    const v = load<f32>(x);
    if (v == max && ones++ == 0) continue;
    others += term(v, max, beta);
  }
  return log1p(others);
}
