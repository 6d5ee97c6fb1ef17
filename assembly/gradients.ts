// Vector-Jacobian products: from d(loss)/d(result) to d(loss)/d(logits), in float64, as their differences cancel.
import { BLOCK_COLS } from '../src/raw/sizes';
import { ONE, ZERO } from './exp';
import { finiteSlope, Vector64 } from './exp64';
import { targetGradientF32 } from './target';

/** Of p = softmax(βx): gradient = β·p·(dp − Σ p·dp). */
export function softmaxGradientF32(p: usize, dp: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    productGradientF32(p, dp, out, cols, dotSumsF32(dp, p, 0, cols), beta);
    p += bytes;
    dp += bytes;
    out += bytes;
  }
}

/** Of log p = logSoftmax(βx): gradient = β·(dLogP − p·Σ dLogP). */
export function logSoftmaxGradientF32(
  logP: usize,
  dLogP: usize,
  out: usize,
  rows: i32,
  cols: i32,
  beta: f64,
): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    const sum = dotSumsF32(dLogP, 0, 0, cols);
    targetGradientF32(logP, dLogP, 0, out, cols, 0, 1, sum, -beta, 1, 0);
    logP += bytes;
    dLogP += bytes;
    out += bytes;
  }
}

/** Of p = sigmoid(βx): gradient = β·p·(1 − p)·dp. */
export function sigmoidGradientF32(p: usize, dp: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  product(p, dp, out, rows * cols, 0, beta, true);
}

/** out = slope·p·(dp − dot) over a part of a row. */
export function productGradientF32(p: usize, dp: usize, out: usize, n: i32, dot: f64, slope: f64): void {
  product(p, dp, out, n, dot, slope, false);
}

/** out = slope·p·(dp − dot), or slope·p·(1 − p)·dp where `own`. */
function product(p: usize, dp: usize, out: usize, n: i32, dot: f64, slope: f64, own: bool): void {
  const by = f64x2.splat(finiteSlope(slope));
  const less = f64x2.splat(dot);
  const one = f64x2.splat(ONE);
  for (let i = 0; i < n; i += 2) {
    const at = (<usize>i) << 2;
    const single = i + 1 == n;
    const x = Vector64.load(p + at, single);
    const dx = Vector64.load(dp + at, single);
    const factor = own ? f64x2.mul(f64x2.sub(one, x), dx) : f64x2.sub(dx, less);
    Vector64.store(out + at, f64x2.mul(by, f64x2.mul(x, factor)), single);
  }
}

/** Σ a·b over a part of a row, Σ a if b is 0; each block's sum goes to `sums` if that is not 0. */
export function dotSumsF32(a: usize, b: usize, sums: usize, n: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i += BLOCK_COLS) {
    const at = (<usize>i) << 2;
    const sum = Dot.ofBlock(a + at, b ? b + at : 0, min(BLOCK_COLS, n - i));
    if (sums) {
      store<f64>(sums, sum);
      sums += 8;
    }
    total += sum;
  }
  return total;
}

class Dot {
  /** Σ a·b over one block. In line for its constants. */
  @inline static ofBlock(a: usize, b: usize, n: i32): f64 {
    let sum = f32x4.splat(ZERO);
    for (let i = 0; i < n; i += 2) {
      const at = (<usize>i) << 2;
      const single = i + 1 == n;
      let v = Vector64.load(a + at, single);
      if (b) v = f64x2.mul(v, Vector64.load(b + at, single));
      sum = f64x2.add(sum, v);
    }
    return Vector64.sum(sum);
  }
}
