import { BLOCK_COLS } from '../src/raw/sizes';
import { logSoftmaxLanes, logSumExpLanes, softmaxLanes } from './any-axis';
import { fours } from './fours';
import { largest, largestError, logLargest, prepare } from './reference';
import { fill, indexOfF32, logScaleF32, maxF32, rowSum } from './row';
import { log, log1p, softplus } from './scalar';
import { hasSoftmax, logOdds, softmaxRow, times } from './softmax-row';
import { fitsTile } from './tile';

/** p = exp(β(x − max)) / Σ exp(β(x − max)). */
export function softmaxF32(
  x: usize,
  out: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  from: i32,
  beta: f64,
): void {
  if (fitsTile(cols)) {
    softmaxLanes(x, out, rows, cols, inner, from, beta);
    return;
  }
  // Longer rows lie one behind the other.
  const bytes = (<usize>cols) << 2;
  x += from * bytes;
  out += from * bytes;
  if (beta == 1.0 && cols <= BLOCK_COLS) {
    fours(x, out, rows, cols, 0, 0, 0, 0, 1);
    return;
  }
  for (let row = 0; row < rows; row++) {
    softmaxRow(x, out, cols, beta);
    x += bytes;
    out += bytes;
  }
}

/** log p = β(x − max) − log Σ exp(β(x − max)). */
export function logSoftmaxF32(
  x: usize,
  out: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  from: i32,
  beta: f64,
): void {
  if (fitsTile(cols)) {
    logSoftmaxLanes(x, out, rows, cols, inner, from, beta);
    return;
  }
  // Longer rows lie one behind the other.
  const bytes = (<usize>cols) << 2;
  x += from * bytes;
  out += from * bytes;
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
export function logSumExpF32(
  x: usize,
  out: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  from: i32,
  beta: f64,
): void {
  if (fitsTile(cols)) {
    logSumExpLanes(x, out, rows, cols, inner, from, beta);
    return;
  }
  // Longer rows lie one behind the other.
  const bytes = (<usize>cols) << 2;
  x += from * bytes;
  for (let row = 0; row < rows; row++) {
    const max = maxF32(x, cols);
    let value: f64 = max;
    if (hasSoftmax(max, beta)) {
      prepare(max, beta);
      const logTotal = log(rowSum(x, 0, cols, -1, max) + largestError) - logLargest;
      value = logTotal == logTotal ? times(beta, max) + logTotal : NaN;
    } else if (indexOfF32(x, cols, NaN) >= 0) value = NaN;
    store<f32>(out, <f32>value);
    x += bytes;
    out += 4;
  }
}
