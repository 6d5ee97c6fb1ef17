/** Passes over a part of a row, of which long rows are composed, and functions of single numbers. */
import { factors, logSums, logs, maxima, NO_SKIPS, shares, skips, sums } from './js/batch.ts';
import { exp, log1p, softplusEach } from './js/math.ts';
import { addSumsOfExp, findMaxima, indexOf, multiply, shift } from './js/passes.ts';
import { targetGradient, targetSums } from './js/target.ts';
import { NONE, place, type Views } from './js/views.ts';
import { finiteSlope } from './limits.ts';
import { BLOCK_COLS } from './sizes.ts';
import type { Splits } from './split.ts';

/** `n` counts the elements of a part, which starts at a multiple of `BLOCK_COLS` in its row. */
export interface PartKernels {
  /** The largest element of a part of a row, −Infinity if there is none; NaN elements may be passed over. */
  maxF32(x: number, n: number): number;
  /** The first index at which a part of a row equals `value`, or is NaN if `value` is, or −1. */
  indexOfF32(x: number, n: number, value: number): number;
  /**
   * `sums[block] = Σ exp(beta·(x − max))` for each block of a part of a row, float64, up to a factor that
   * `totalF32` and `scaleF32` share; `out`, if not 0, gets the summands. `skip` is the index of an element to
   * leave out, or −1; its place in `out` gets anything. `max` is that of all elements that are not left out.
   */
  expSumF32(x: number, out: number, sums: number, n: number, skip: number, max: number, beta: number): void;
  /** The sum of a row's summands, from `sum`: the sums of all its blocks, added in order. */
  totalF32(sum: number, max: number, beta: number): number;
  /** `log Σ exp(beta·(x − max))`, from `totalF32`. */
  logTotalF32(total: number, max: number, beta: number): number;
  /** `out = x·factor`, at most 1 if `limit` is 1. */
  scaleF32(x: number, out: number, n: number, factor: number, limit: number): void;
  /** `out = beta·(x − max) − logTotal`. */
  logScaleF32(x: number, out: number, n: number, max: number, beta: number, logTotal: number): void;
  /**
   * For each block of a part of a row three sums, float64, without the element at `skip`, or with all if that is
   * −1: `Σ exp(beta·(x − max))`, `Σ q` and `Σ q·(max − x)`, where `q[j] = weight[j]·(share·target[j] + spread)`.
   * `target` and `weight` may be 0: no target, weights of 1.
   */
  targetSumsF32(
    x: number,
    target: number,
    weight: number,
    sums: number,
    n: number,
    skip: number,
    max: number,
    beta: number,
    share: number,
    spread: number,
  ): void;
  /** `out = slope·(factor·exp(beta·(x − max)) − q)`, with the `q` of `targetSumsF32`. */
  targetGradientF32(
    x: number,
    target: number,
    weight: number,
    out: number,
    n: number,
    max: number,
    beta: number,
    factor: number,
    slope: number,
    share: number,
    spread: number,
  ): void;
  /** `sums[block] = Σ a·b` for each block of a part of a row, float64; `Σ a` if `b` is 0. */
  dotSumsF32(a: number, b: number, sums: number, n: number): void;
  /** `out = slope·p·(dp − dot)`. */
  productGradientF32(p: number, dp: number, out: number, n: number, dot: number, slope: number): void;
  /** `exp(x)` in float64 for x ≤ 0. */
  exp(x: number): number;
  /** `log(1 + x)` in float64 for x ≥ 0. */
  log1p(x: number): number;
  /** `log(1 + exp(x))` in float64. */
  softplus(x: number): number;
  /** `1/(1 + exp(−x))` in float64. */
  sigmoid(x: number): number;
}

export const partSplits: Splits<PartKernels> = {
  maxF32: { elements: { x: 4 }, merge: 'max' },
  indexOfF32: { elements: { x: 4 }, merge: 'first' },
  expSumF32: { elements: { x: 4, out: 4, sums: 8 / BLOCK_COLS }, skips: true },
  totalF32: undefined,
  logTotalF32: undefined,
  scaleF32: { elements: { x: 4, out: 4 } },
  logScaleF32: { elements: { x: 4, out: 4 } },
  targetSumsF32: { elements: { x: 4, target: 4, weight: 4, sums: 24 / BLOCK_COLS }, skips: true },
  targetGradientF32: { elements: { x: 4, target: 4, weight: 4, out: 4 } },
  dotSumsF32: { elements: { a: 4, b: 4, sums: 8 / BLOCK_COLS } },
  productGradientF32: { elements: { p: 4, dp: 4, out: 4 } },
  exp: undefined,
  log1p: undefined,
  softplus: undefined,
  sigmoid: undefined,
};

export function createParts(views: () => Views): PartKernels {
  return {
    maxF32(x, n) {
      findMaxima(views().f32, x >>> 2, 1, n, NO_SKIPS, maxima);
      return maxima[0];
    },
    indexOfF32(x, n, value) {
      return indexOf(views().f32, x >>> 2, n, value);
    },
    expSumF32(x, out, sumsAt, n, skip, max, beta) {
      const { f32, f64 } = views();
      const to = out === 0 ? NONE : out >>> 2;
      maxima[0] = max;
      skips[0] = skip;
      for (let start = 0, block = sumsAt >>> 3; start < n; start += BLOCK_COLS, block++) {
        const count = Math.min(BLOCK_COLS, n - start);
        sums[0] = 0;
        addSumsOfExp(f32, x >>> 2, to, 1, n, start, count, maxima, skips, beta, sums);
        f64[block] = sums[0];
      }
    },
    totalF32: (sum) => sum,
    logTotalF32(total) {
      sums[0] = total;
      logSums(1);
      return logs[0];
    },
    scaleF32(x, out, n, factor) {
      factors[0] = factor;
      multiply(views().f32, x >>> 2, out >>> 2, 1, n, factors);
    },
    logScaleF32(x, out, n, max, beta, logTotal) {
      maxima[0] = max;
      logs[0] = logTotal;
      shift(views().f32, x >>> 2, out >>> 2, 1, n, maxima, beta, logs);
    },
    targetSumsF32(x, target, weight, sumsAt, n, skip, max, beta, share, spread) {
      const { f32, f64 } = views();
      for (let start = 0, to = sumsAt >>> 3; start < n; start += BLOCK_COLS, to += 3) {
        const count = Math.min(BLOCK_COLS, n - start);
        const t = target === 0 ? NONE : (target >>> 2) + start;
        const w = weight === 0 ? NONE : (weight >>> 2) + start;
        targetSums(f32, (x >>> 2) + start, t, w, count, skip - start, max, beta, share, spread, f64, to);
      }
    },
    targetGradientF32(x, target, weight, out, n, max, beta, factor, slope, share, spread) {
      const { f32 } = views();
      const from = x >>> 2;
      const to = out >>> 2;
      targetGradient(f32, from, place(target), place(weight), to, n, max, beta, factor, slope, share, spread);
    },
    dotSumsF32(a, b, sumsAt, n) {
      const { f32, f64 } = views();
      for (let start = 0, block = sumsAt >>> 3; start < n; start += BLOCK_COLS, block++) {
        const count = Math.min(BLOCK_COLS, n - start);
        f64[block] = dot(f32, (a >>> 2) + start, b === 0 ? NONE : (b >>> 2) + start, count);
      }
    },
    productGradientF32(p, dp, out, n, by, slope) {
      productGradient(views().f32, p >>> 2, dp >>> 2, out >>> 2, n, by, slope);
    },
    exp,
    log1p,
    softplus(x) {
      logs[0] = x;
      softplusEach(logs, shares, 1);
      return logs[0];
    },
    sigmoid(x) {
      logs[0] = x;
      softplusEach(logs, shares, 1);
      return shares[0];
    },
  };
}

/** `out = slope·p·(dp − dot)`. */
export function productGradient(
  f: Float32Array,
  p: number,
  dp: number,
  out: number,
  n: number,
  dot: number,
  slope: number,
): void {
  const by = finiteSlope(slope);
  for (let i = 0; i < n; i++) f[out + i] = by * (f[p + i] * (f[dp + i] - dot));
}

/** `Σ a·b`, or `Σ a` without b. */
export function dot(f: Float32Array, a: number, b: number, n: number): number {
  let sum = 0;
  if (b < 0) for (let i = 0; i < n; i++) sum += f[a + i];
  else for (let i = 0; i < n; i++) sum += f[a + i] * f[b + i];
  return sum;
}
