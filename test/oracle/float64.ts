/**
 * The oracle for everyday use: float64 with compensated sums, some ten million elements per second, within
 * about 1e-14 of the exact value, that is 1e-7 ULP of a float32. Imports nothing from the library; the exact
 * oracle checks it.
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
function productError(a: number, b: number, product: number): number {
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
interface Row {
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
function forRows(
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

function rowCount(x: Numbers, options: OracleOptions): number {
  const cols = options.cols ?? x.length;
  return cols === 0 ? 0 : x.length / cols;
}

/** softmax, logSoftmax and logSumExp from one reading of the rows. */
export function softmaxFamily(
  x: Numbers,
  options: OracleOptions = {},
): { softmax: Float64Array; logSoftmax: Float64Array; logSumExp: Float64Array } {
  const softmax = new Float64Array(x.length);
  const logSoftmax = new Float64Array(x.length);
  const logSumExp = new Float64Array(rowCount(x, options));
  const beta = betaOf(options);
  forRows(x, options, (row, r, start, cols) => {
    const end = start + cols;
    logSumExp[r] = rowLogSumExp(row, beta);
    if (row.kind === 'empty') {
      logSoftmax.fill(Number.NEGATIVE_INFINITY, start, end);
    } else if (row.kind === 'nan') {
      softmax.fill(Number.NaN, start, end);
      logSoftmax.fill(Number.NaN, start, end);
    } else {
      const total = 1 + row.rest;
      const logTotal = Math.log1p(row.rest);
      for (let j = 0; j < cols; j++) {
        softmax[start + j] = row.e[j] / total;
        // Both summands are negative: nothing cancels. + 0 for a plain zero.
        logSoftmax[start + j] = row.z[j] - (logTotal - row.zLow[j]) + 0;
      }
    }
  });
  return { softmax, logSoftmax, logSumExp };
}

/** Probabilities. */
export function softmax(x: Numbers, options: OracleOptions = {}): Float64Array {
  return softmaxFamily(x, options).softmax;
}

/** Log-probabilities. */
export function logSoftmax(x: Numbers, options: OracleOptions = {}): Float64Array {
  return softmaxFamily(x, options).logSoftmax;
}

/** log Σ exp(beta·x) per row. */
export function logSumExp(x: Numbers, options: OracleOptions = {}): Float64Array {
  return softmaxFamily(x, options).logSumExp;
}

function rowLogSumExp(row: Row, beta: number): number {
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

/** Options of `crossEntropy`. */
export interface OracleLossOptions extends OracleOptions {
  weight?: Numbers;
  ignoreIndex?: number;
  labelSmoothing?: number;
  zLoss?: number;
}

/** Losses per row, the reduced losses, and the gradient of the sum (divide by `divisor` for the mean's). */
export interface Loss {
  losses: Float64Array;
  sum: number;
  mean: number;
  gradient: Float64Array;
  /** What the mean divides the sum by. */
  divisor: number;
}

/**
 * Cross-entropy: Σ q·(−log p) + zLoss·logSumExp² with q = weight·((1 − ε)·target + ε/cols). `target`: labels
 * `[rows]`, or probabilities `[rows, cols]` where `kind` says so.
 */
export function crossEntropy(
  x: Numbers,
  target: Numbers,
  options: OracleLossOptions = {},
  kind: 'labels' | 'probabilities' = 'labels',
): Loss {
  const { weight, ignoreIndex = -100, labelSmoothing = 0, zLoss = 0 } = options;
  const beta = betaOf(options);
  const losses = new Float64Array(rowCount(x, options));
  const gradient = new Float64Array(x.length);
  const sum = new Sum();
  const divisor = new Sum();
  forRows(x, options, (row, r, start, cols) => {
    const label = kind === 'labels' ? target[r] : -1;
    if (kind === 'labels' && label === ignoreIndex) return;
    divisor.add(kind === 'labels' && weight ? weight[label] : 1);
    const q = new Float64Array(cols);
    let largest = 0;
    for (let j = 0; j < cols; j++) {
      const wanted = kind === 'labels' ? (j === label ? 1 : 0) : target[start + j];
      q[j] = (weight ? weight[j] : 1) * ((1 - labelSmoothing) * wanted + labelSmoothing / cols);
      if (q[j] > q[largest]) largest = j;
    }
    losses[r] = rowLoss(row, q, zLoss, beta);
    sum.add(losses[r]);
    if (row.kind === 'plain')
      rowGradient(row, q, largest, zLoss, beta, gradient.subarray(start, start + cols));
    else gradient.fill(Number.NaN, start, start + cols);
  });
  return { losses, sum: sum.value, mean: sum.value / divisor.value, gradient, divisor: divisor.value };
}

function rowLoss(row: Row, q: Float64Array, zLoss: number, beta: number): number {
  if (row.kind !== 'plain') return Number.NaN;
  const logTotal = Math.log1p(row.rest);
  const loss = new Sum();
  for (let j = 0; j < q.length; j++) {
    if (q[j] !== 0) loss.add(q[j] * (logTotal - row.zLow[j] - row.z[j]));
  }
  if (zLoss !== 0) loss.add(zLoss * rowLogSumExp(row, beta) ** 2);
  return loss.value;
}

/**
 * Into `gradient`: beta·((Σq + 2·zLoss·logSumExp)·p − q). Where p and q are near 1 the difference cancels, so
 * it is taken as (Σq − q)·p − q·(1 − p), with 1 − p and the largest class's Σq − q summed from the other classes.
 */
function rowGradient(
  row: Row,
  q: Float64Array,
  largest: number,
  zLoss: number,
  beta: number,
  gradient: Float64Array,
): void {
  const all = new Sum();
  const others = new Sum();
  for (let j = 0; j < q.length; j++) {
    all.add(q[j]);
    if (j !== largest) others.add(q[j]);
  }
  const total = 1 + row.rest;
  const extra = zLoss === 0 ? 0 : 2 * zLoss * rowLogSumExp(row, beta);
  for (let j = 0; j < q.length; j++) {
    const p = row.e[j] / total;
    const notP = j === row.argmax ? row.rest / total : 1 - p;
    const notQ = j === largest ? others.value : all.value - q[j];
    gradient[j] = beta * (notQ * p - q[j] * notP + extra * p);
  }
}

/** beta·x and its rounding error for the elementwise functions: infinities and 0 stay what they are. */
function argument(x: number, beta: number): [number, number] {
  if (!Number.isFinite(x)) return [x, 0];
  if (x === 0 || beta === 0) return [0, 0];
  const z = beta * x;
  return [z, productError(beta, x, z)];
}

/** σ(z + zLow) */
function sigmoidOf(z: number, zLow: number): number {
  const e = Math.exp(-Math.abs(z));
  const low = z > 0 ? -zLow : zLow;
  const exponential = e + e * low;
  return (z > 0 ? 1 : exponential) / (1 + exponential);
}

/** log σ(z + zLow) */
function logSigmoidOf(z: number, zLow: number): number {
  const e = Math.exp(-Math.abs(z));
  const low = z > 0 ? -zLow : zLow;
  return (z > 0 ? 0 : z + zLow) - Math.log1p(e + e * low);
}

/** 1/(1 + exp(−beta·x)) */
export function sigmoid(x: Numbers, options: OracleOptions = {}): Float64Array {
  const beta = betaOf(options);
  return Float64Array.from(x, (value) => sigmoidOf(...argument(value, beta)));
}

/** −log(1 + exp(−beta·x)) */
export function logSigmoid(x: Numbers, options: OracleOptions = {}): Float64Array {
  const beta = betaOf(options);
  return Float64Array.from(x, (value) => logSigmoidOf(...argument(value, beta)));
}

/** Options of `binaryCrossEntropy`. */
export interface OracleBinaryOptions extends OracleOptions {
  /** A number, or one per column. */
  posWeight?: number | Numbers;
}

/** −(posWeight·t·log σ(z) + (1 − t)·log σ(−z)) per element, with z = beta·x. */
export function binaryCrossEntropy(x: Numbers, target: Numbers, options: OracleBinaryOptions = {}): Loss {
  const { posWeight = 1 } = options;
  const beta = betaOf(options);
  const losses = new Float64Array(x.length);
  const gradient = new Float64Array(x.length);
  const sum = new Sum();
  for (let i = 0; i < x.length; i++) {
    const positive =
      (typeof posWeight === 'number' ? posWeight : posWeight[i % posWeight.length]) * target[i];
    const negative = 1 - target[i];
    const [z, zLow] = argument(x[i], beta);
    // A share of 0 contributes 0, even of an infinite loss.
    const hit = positive === 0 ? 0 : positive * logSigmoidOf(z, zLow);
    const miss = negative === 0 ? 0 : negative * logSigmoidOf(-z, -zLow);
    losses[i] = Number.isNaN(x[i]) ? x[i] : -(hit + miss) + 0;
    gradient[i] = beta * (negative * sigmoidOf(z, zLow) - positive * sigmoidOf(-z, -zLow));
    sum.add(losses[i]);
  }
  return { losses, sum: sum.value, mean: sum.value / x.length, gradient, divisor: x.length };
}
