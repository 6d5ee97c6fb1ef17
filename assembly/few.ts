// Rows of very few columns: in float64, by scalars or two rows at once, which costs less than setting up vectors of a
// row's elements.
import { ONE } from './exp';
import { exp64, finite, TINY } from './exp64';
import { exp, log1p } from './scalar';

/** Up to so many columns. */
export const FEW: i32 = 3;

/** exp(β(x − max)), with its limits for β of 0 and Infinity. */
export function term(x: f32, max: f32, beta: f64): f64 {
  return x == max ? 1.0 : exp(Math.max(beta, TINY) * (<f64>x - <f64>max));
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

/** softmax of rows of 2 or 3 columns, for a finite β. */
export function softmaxOfFew(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  const b = f64x2.splat(finite(beta));
  const three = cols == 3;
  for (let row = 0; row < rows; row += 2) {
    // An odd row out is its own neighbour.
    const step = row + 1 < rows ? bytes : 0;
    const x0 = loadColumn(x, step);
    const x1 = loadColumn(x + 4, step);
    const x2 = three ? loadColumn(x + 8, step) : x1;
    const max = f64x2.pmax(f64x2.pmax(x0, x1), x2);
    // Without a softmax, max is infinite and the difference NaN.
    const e0 = exp64(f64x2.mul(f64x2.sub(x0, max), b));
    const e1 = exp64(f64x2.mul(f64x2.sub(x1, max), b));
    let e2 = e1;
    let sum = f64x2.add(e0, e1);
    if (three) {
      e2 = exp64(f64x2.mul(f64x2.sub(x2, max), b));
      sum = f64x2.add(sum, e2);
    }
    const factor = f64x2.div(f64x2.splat(ONE), sum);
    storeColumn(out, step, f64x2.mul(e0, factor));
    storeColumn(out + 4, step, f64x2.mul(e1, factor));
    if (three) storeColumn(out + 8, step, f64x2.mul(e2, factor));
    x += 2 * bytes;
    out += 2 * bytes;
  }
}

/** An element and the one `step` bytes on. */
function loadColumn(ptr: usize, step: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load32_lane(ptr + step, v128.load32_zero(ptr), 1));
}

function storeColumn(ptr: usize, step: usize, v: v128): void {
  const rounded = f32x4.demote_f64x2_zero(v);
  v128.store32_lane(ptr + step, rounded, 1);
  v128.store32_lane(ptr, rounded, 0);
}
