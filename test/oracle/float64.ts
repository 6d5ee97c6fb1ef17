/**
 * What the oracles for everyday use have in common: float64 with compensated sums, some ten million elements per
 * second, within about 1e-14 of the exact value, that is 1e-7 ULP of a float32. Imports nothing from the library; the
 * exact oracle checks them.
 */

import type { Numbers } from './rows.ts';

/** Options of all operations; at most one of temperature and beta. */
export interface OracleOptions {
  cols?: number;
  temperature?: number;
  beta?: number;
  /** `[rows, cols]` or `[cols]`, 0 = leave out. */
  mask?: Numbers;
}

/** A sum with Neumaier's compensation. */
export class Sum {
  private high = 0;
  private low = 0;

  add(value: number): void {
    const next = this.high + value;
    // An infinite sum has no rounding error; computing it would give NaN.
    if (Number.isFinite(next)) {
      this.low +=
        Math.abs(this.high) >= Math.abs(value) ? this.high - next + value : value - next + this.high;
    }
    this.high = next;
  }

  get value(): number {
    return this.high + this.low;
  }
}

/** beta from the options, 1 without any. */
export function betaOf({ beta, temperature }: OracleOptions): number {
  return beta ?? (temperature === undefined ? 1 : 1 / temperature);
}

/** Beyond, exp is 0, a logarithm's relative error of 2^-53 is small enough, and the error terms may overflow. */
const LARGE = 1e4;

/** The rounding error of the product a·b, by Dekker's splitting; 0 where it does not matter. */
export function productError(a: number, b: number, product: number): number {
  // A factor above 1e290 overflows when split; the product is then 0 or large in all that float32 can hold.
  if (!(Math.abs(product) < LARGE) || a > 1e290) return 0;
  const aBig = 134217729 * a;
  const aHigh = aBig - (aBig - a);
  const bBig = 134217729 * b;
  const bHigh = bBig - (bBig - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** What every operation needs of a row. */
export interface Row {
  /** 'nan': every result is NaN; 'empty': the mask, or a width of 0, left nothing. */
  kind: 'plain' | 'nan' | 'empty';
  max: number;
  argmax: number;
  /** beta·(x − max) and, less than half its last place, the rest of it. */
  z: Float64Array;
  zLow: Float64Array;
  /** exp(z) */
  e: Float64Array;
  /** Σ e without the maximum at argmax, whose e is 1. */
  rest: number;
}

function readRow(x: Numbers, start: number, cols: number, beta: number, mask?: Numbers): Row {
  const z = new Float64Array(cols).fill(Number.NEGATIVE_INFINITY);
  const zLow = new Float64Array(cols);
  const e = new Float64Array(cols);
  const row: Row = { kind: 'plain', max: Number.NEGATIVE_INFINITY, argmax: -1, z, zLow, e, rest: 0 };
  const shared = mask !== undefined && mask.length === cols;
  const kept = (j: number) => mask === undefined || mask[shared ? j : start + j] !== 0;
  let hasNaN = false;
  for (let j = 0; j < cols; j++) {
    if (!kept(j)) continue;
    const value = x[start + j];
    if (Number.isNaN(value)) hasNaN = true;
    if (row.argmax < 0 || value > row.max) {
      row.max = value;
      row.argmax = j;
    }
  }
  const { max, argmax } = row;
  if (argmax < 0) row.kind = 'empty';
  else if (hasNaN) row.kind = 'nan';
  else if (max === Number.NEGATIVE_INFINITY) row.kind = 'nan';
  else if (max === Number.POSITIVE_INFINITY && beta < Number.POSITIVE_INFINITY) row.kind = 'nan';
  if (hasNaN) row.max = Number.NaN;
  if (row.kind !== 'plain') return row;
  const rest = new Sum();
  for (let j = 0; j < cols; j++) {
    if (!kept(j)) continue;
    const value = x[start + j];
    if (value === max) {
      z[j] = 0;
    } else if (value !== Number.NEGATIVE_INFINITY && beta < Number.POSITIVE_INFINITY) {
      const difference = value - max;
      const back = difference - value;
      const differenceLow = value - (difference - back) + (-max - back);
      z[j] = beta * difference;
      if (Math.abs(z[j]) < LARGE) zLow[j] = productError(beta, difference, z[j]) + beta * differenceLow;
    }
    const exponential = Math.exp(z[j]);
    e[j] = exponential + exponential * zLow[j];
    if (j !== argmax) rest.add(e[j]);
  }
  row.rest = rest.value;
  return row;
}

/** Calls back with every row of `x`. */
export function forRows(
  x: Numbers,
  options: OracleOptions,
  use: (row: Row, index: number, start: number, cols: number) => void,
): void {
  const cols = options.cols ?? x.length;
  const beta = betaOf(options);
  for (let start = 0, r = 0; start < x.length; start += cols, r++) {
    use(readRow(x, start, cols, beta, options.mask), r, start, cols);
  }
}

export function rowCount(x: Numbers, options: OracleOptions): number {
  const cols = options.cols ?? x.length;
  return cols === 0 ? 0 : x.length / cols;
}

/** The logarithm of the sum of exponentials of a row. */
export function rowLogSumExp(row: Row, beta: number): number {
  if (row.kind !== 'plain') return row.max;
  const logTotal = Math.log1p(row.rest);
  // 0 · Infinity: the limit of beta·max is 0.
  if (row.max === 0 || beta === 0) return logTotal;
  const high = beta * row.max;
  if (!Number.isFinite(high)) return high;
  const low = productError(beta, row.max, high);
  const sum = high + logTotal;
  const back = sum - high;
  return sum + (high - (sum - back) + (logTotal - back) + low);
}
