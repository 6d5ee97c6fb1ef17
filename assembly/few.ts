// Rows of very few columns: in float64, two rows at once, which costs less than setting up vectors of a row's elements.
import { ONE, Vector } from './exp';
import { exp64, finite, finiteSlope, log1p64, X2 } from './exp64';
import { LN2 } from './reference';
import { fill } from './row';

/** Up to so many columns. */
export const FEW: i32 = 3;

/**
 * Rows of 2 or 3 columns, for a finite β: softmax; with `logs` its logarithm or, if there are `labels`, losses and, if
 * `out` is not 0, their gradients. With neither labels nor `out`, logSumExp, float32, in the place of the losses.
 */
export function rowsOfFew(
  x: usize,
  out: usize,
  rows: i32,
  cols: i32,
  beta: f64,
  logs: bool,
  labels: usize,
  weight: usize,
  losses: usize,
  ignoreIndex: i32,
  scale: f64,
): void {
  const bytes = (<usize>cols) << 2;
  const b = f64x2.splat(finite(beta));
  const one = f64x2.splat(ONE);
  const three = cols == 3;
  for (let row = 0; row < rows; row += 2) {
    // An odd row out is its own neighbour.
    const step = row + 1 < rows ? bytes : 0;
    const x0 = loadColumn(x, step);
    const x1 = loadColumn(x + 4, step);
    const x2 = three ? loadColumn(x + 8, step) : x1;
    const max = f64x2.pmax(f64x2.pmax(x0, x1), x2);
    // Without a softmax, max is infinite and the difference NaN.
    const d0 = f64x2.mul(f64x2.sub(x0, max), b);
    const d1 = f64x2.mul(f64x2.sub(x1, max), b);
    const d2 = f64x2.mul(f64x2.sub(x2, max), b);
    let e0 = exp64(d0);
    let e1 = exp64(d1);
    let e2 = e1;
    let sum = f64x2.add(e0, e1);
    // All but the largest, which is 1.
    let others = f64x2.pmin(e0, e1);
    if (three) {
      e2 = exp64(d2);
      others = f64x2.add(others, f64x2.pmin(f64x2.pmax(e0, e1), e2));
      sum = f64x2.add(sum, e2);
    }
    let factor = f64x2.div(one, sum);
    let loss = sum;
    if (logs) {
      // Up to 2, of which log1p64 takes 1: log(1 + o) = log 2 + log(1 + (o − 1)/2).
      const many = f64x2.gt(others, one);
      const half = f64x2.mul(f64x2.sub(others, one), f64x2.splat(X2));
      const log = log1p64(v128.bitselect(half, others, many));
      // NaN, which a minimum may pass over, is in the sum.
      loss = f64x2.add(f64x2.add(log, v128.and(many, f64x2.splat(LN2))), f64x2.sub(sum, sum));
      if (labels) {
        const own = f64x2.replace_lane(
          f64x2.splat(logitOf(x, labels, ignoreIndex)),
          1,
          logitOf(x + step, labels + (step ? 4 : 0), ignoreIndex),
        );
        loss = f64x2.add(f64x2.mul(f64x2.sub(max, own), b), loss);
      } else if (!out) {
        const value = f64x2.add(loss, f64x2.mul(max, b));
        // Without a softmax it is the maximum, or NaN, which is all ones.
        const ordered = v128.and(f64x2.eq(x0, x0), v128.and(f64x2.eq(x1, x1), f64x2.eq(x2, x2)));
        const special = v128.or(max, v128.not(ordered));
        storeColumn(losses, step ? 4 : 0, v128.bitselect(value, special, f64x2.eq(loss, loss)));
        losses += 8;
      } else {
        e0 = f64x2.sub(d0, loss);
        e1 = f64x2.sub(d1, loss);
        e2 = f64x2.sub(d2, loss);
        factor = one;
      }
    }
    if (out) {
      storeColumn(out, step, f64x2.mul(e0, factor));
      storeColumn(out + 4, step, f64x2.mul(e1, factor));
      if (three) storeColumn(out + 8, step, f64x2.mul(e2, factor));
    }
    for (let i: usize = 0; labels && i <= step; i += bytes) {
      const p = out ? out + i : 0;
      store<f64>(
        losses,
        finish(p, load<i32>(labels), f64x2.extract_lane(loss, 0), cols, weight, ignoreIndex, scale * beta),
      );
      loss = Vector.high(loss);
      losses += 8;
      labels += 4;
    }
    x += 2 * bytes;
    if (out) out += 2 * bytes;
  }
}

/** The label's logit. */
function logitOf(x: usize, labels: usize, ignoreIndex: i32): f64 {
  const label = load<i32>(labels);
  return label == ignoreIndex ? 0 : load<f32>(x + ((<usize>label) << 2));
}

/**
 * The loss of a row, weighted. Probabilities p, if not 0, become scale·w·(p − target): that of the label is what the
 * others have, without cancellation.
 */
function finish(
  p: usize,
  label: i32,
  loss: f64,
  cols: i32,
  weight: usize,
  ignoreIndex: i32,
  scale: f64,
): f64 {
  if (label == ignoreIndex) {
    if (p) fill(p, cols, 0);
    return 0;
  }
  const at = (<usize>label) << 2;
  const w: f64 = weight ? load<f32>(weight + at) : 1;
  if (p) {
    const slope = finiteSlope(scale * w);
    let sum: f64 = 0;
    for (let i: usize = 0; i < (<usize>cols) << 2; i += 4) {
      const g = slope * <f64>load<f32>(p + i);
      if (i != at) sum -= g;
      store<f32>(p + i, <f32>g);
    }
    store<f32>(p + at, <f32>sum);
  }
  // A target of 0 contributes 0, even of an infinite loss.
  return w == 0.0 && loss == Infinity ? 0.0 : w * loss;
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
