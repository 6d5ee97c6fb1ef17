import { FEW, logTotalOfFew, softmaxOfFew } from './few';
import { largest, largestError, logLargest, prepare } from './reference';
import { BLOCK_COLS, fill, indexOfF32, logScaleF32, maxF32, rowSum, scaleF32 } from './row';
import { log, log1p, softplus } from './scalar';
import { softmaxFours } from './softmax-rows';

/** Whether a row has a softmax: not without any element above −Infinity, nor with Infinity at T > 0. */
export function hasSoftmax(max: f32, beta: f64): bool {
  return max > -Infinity && (max < Infinity || beta == Infinity);
}

/** p = exp(β(x − max)) / Σ exp(β(x − max)). */
export function softmaxF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  let row = 0;
  if (cols > 1 && cols <= FEW && beta < Infinity) {
    softmaxOfFew(x, out, rows, cols, beta);
    return;
  }
  if (beta == 1.0 && cols > FEW && cols <= BLOCK_COLS) row = softmaxFours(x, out, rows, cols);
  x += <usize>row * bytes;
  out += <usize>row * bytes;
  for (; row < rows; row++) {
    softmaxRow(x, out, cols, beta);
    x += bytes;
    out += bytes;
  }
}

export function softmaxRow(x: usize, out: usize, cols: i32, beta: f64): void {
  const max = maxF32(x, cols);
  if (hasSoftmax(max, beta)) {
    prepare(max, beta);
    const factor = 1.0 / (rowSum(x, out, cols, -1, max) + largestError);
    scaleF32(out, out, cols, factor, true);
  } else fill(out, cols, NaN);
}

/** log p = β(x − max) − log Σ exp(β(x − max)). */
export function logSoftmaxF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    const max = maxF32(x, cols);
    if (hasSoftmax(max, beta)) {
      logScaleF32(x, out, cols, max, beta, logTotalOf(x, cols, max, beta));
    } else fill(out, cols, NaN);
    x += bytes;
    out += bytes;
  }
}

/** Up to so many columns the rounding errors of a sum stay below 2^−35. */
const FEW_COLS: i32 = 128;

/** log Σ exp(β(x − max)), exact also near 0. */
function logTotalOf(x: usize, cols: i32, max: f32, beta: f64): f64 {
  if (cols <= FEW) return logTotalOfFew(x, cols, max, beta);
  if (cols <= FEW_COLS) {
    prepare(max, beta);
    const sum = rowSum(x, 0, cols, -1, max);
    const others = sum - largest;
    // Else too few digits are left of the others.
    if (!(others < 0.001)) return log1p(others / (largest + largestError));
  }
  return softplus(logOdds(x, 0, cols, indexOfF32(x, cols, max), beta));
}

/** log Σ exp(βx) = β·max + log Σ exp(β(x − max)). */
export function logSumExpF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    const max = maxF32(x, cols);
    let value: f64 = max;
    if (hasSoftmax(max, beta)) {
      let logTotal: f64;
      if (cols <= FEW) logTotal = logTotalOfFew(x, cols, max, beta);
      else {
        prepare(max, beta);
        logTotal = log(rowSum(x, 0, cols, -1, max) + largestError) - logLargest;
      }
      value = logTotal == logTotal ? times(beta, max) + logTotal : NaN;
    } else if (indexOfF32(x, cols, NaN) >= 0) value = NaN;
    store<f32>(out, <f32>value);
    x += bytes;
    out += 4;
  }
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
  const distance = others == own ? 0.0 : max(beta, f64.MIN_VALUE) * (<f64>others - <f64>own);
  return log(othersTotal) - logLargest + distance;
}
