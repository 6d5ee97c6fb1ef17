/** Vector-Jacobian products by their formulas, in float64. */

import { betaOf, type OracleOptions } from './float64.ts';
import { mapRows, type Numbers } from './rows.ts';

/** `β·p·(dp − Σ p·dp)`, row by row. */
export function softmaxGradient(p: Numbers, dp: Numbers, options: OracleOptions = {}): number[] {
  const beta = betaOf(options);
  return mapRows(p, options, (row, from) => {
    const dot = row.reduce((sum, value, j) => sum + value * dp[from + j], 0);
    return row.map((value, j) => beta * value * (dp[from + j] - dot));
  }).flat();
}

/** `β·(dLogP − exp(logP)·Σ dLogP)`, row by row. */
export function logSoftmaxGradient(logP: Numbers, dLogP: Numbers, options: OracleOptions = {}): number[] {
  const beta = betaOf(options);
  return mapRows(logP, options, (row, from) => {
    const total = row.reduce((sum, _, j) => sum + dLogP[from + j], 0);
    return row.map((value, j) => beta * (dLogP[from + j] - Math.exp(value) * total));
  }).flat();
}

/** `β·p·(1 − p)·dp` */
export function sigmoidGradient(p: Numbers, dp: Numbers, options: OracleOptions = {}): number[] {
  const beta = betaOf(options);
  return Array.from(p, (value, i) => beta * value * (1 - value) * dp[i]);
}
