// A row in parts, for rows that do not lie in one piece or are shared out: exported steps, each of which prepares
// for itself.
import { largestError, logLargest, prepare } from './reference';
import { partSums } from './row';
import { log } from './scalar';

export function expSumF32(x: usize, out: usize, sums: usize, n: i32, skip: i32, max: f32, beta: f64): void {
  prepare(max, beta);
  partSums(x, out, sums, n, skip, max);
}

export function totalF32(sum: f64, max: f32, beta: f64): f64 {
  prepare(max, beta);
  return sum + largestError;
}

export function logTotalF32(total: f64, max: f32, beta: f64): f64 {
  prepare(max, beta);
  return log(total) - logLargest;
}
