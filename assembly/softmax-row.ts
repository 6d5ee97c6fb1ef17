// Softmax of one row, and what its parts have in common.
import { TINY } from './exp64';
import { largestError, logLargest, prepare } from './reference';
import { fill, indexOfF32, maxF32, rowSum, scaleF32 } from './row';
import { log } from './scalar';

/** Whether a row has a softmax: not without any element above −Infinity, nor with Infinity at T > 0. */
export function hasSoftmax(max: f32, beta: f64): bool {
  return max > -Infinity && (max < Infinity || beta == Infinity);
}

/** p = exp(β(x − max)) / Σ exp(β(x − max)). */
export function softmaxRow(x: usize, out: usize, cols: i32, beta: f64): void {
  const max = maxF32(x, cols);
  if (hasSoftmax(max, beta)) {
    prepare(max, beta);
    scaleF32(out, out, cols, 1.0 / (rowSum(x, out, cols, -1, max) + largestError), true);
  } else fill(out, cols, NaN);
}

/** β·x, where 0 wins over Infinity. */
export function times(beta: f64, x: f64): f64 {
  return x == 0.0 ? 0.0 : beta * x;
}

/** The sum of the summands that logOdds makes. */
export let othersTotal: f64 = 0;

/**
 * log Σ_{j≠k} exp(βx[j]) − βx[k]: the odds against k. As its own term is left out, and the others are summed
 * relative to their own maximum, the odds are exact however small. NaN if the row has no softmax. Summands go to
 * `out`, if it is not 0, but for the k-th.
 */
export function logOdds(x: usize, out: usize, n: i32, k: i32, beta: f64): f64 {
  const after = ((<usize>k) << 2) + 4;
  const own = load<f32>(x + after - 4);
  const others = max(maxF32(x, k), maxF32(x + after, n - k - 1));
  if (!hasSoftmax(max(others, own), beta)) return NaN;
  if (others == -Infinity) return indexOfF32(x, n, NaN) < 0 ? -Infinity : NaN;
  prepare(others, beta);
  othersTotal = rowSum(x, out, n, k, others) + largestError;
  const distance = others == own ? 0.0 : max(beta, TINY) * (<f64>others - <f64>own);
  return log(othersTotal) - logLargest + distance;
}
