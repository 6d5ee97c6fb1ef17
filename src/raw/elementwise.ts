/** Functions of one element at a time, through float64. */
import { softplusEach } from './js/math.ts';
import { NONE, place, type Views } from './js/views.ts';
import { finiteBeta, finiteSlope } from './limits.ts';
import { DOUBLES, MATRIX, SHARED, type Splits } from './split.ts';

/** See `RawKernels`. */
export interface ElementwiseKernels {
  /** `out = 1/(1 + exp(−beta·x))`. */
  sigmoidF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /** `out = −log(1 + exp(−beta·x))`. */
  logSigmoidF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /**
   * `loss = P·t·log(1 + exp(−beta·x)) + (1 − t)·log(1 + exp(beta·x))` of each element, with
   * `P = posWeight·weights[column]`: float32 to `losses` if that is not 0, and the sum of each row, float64, to
   * `sums`. If `gradient` is not 0 it gets `scale · d(loss)/dx`. `weights`: float32 `[cols]`, or 0.
   */
  binaryCrossEntropyF32(
    x: number,
    target: number,
    weights: number,
    losses: number,
    sums: number,
    gradient: number,
    rows: number,
    cols: number,
    beta: number,
    posWeight: number,
    scale: number,
  ): void;
  /** `out = beta·p·(1 − p)·dp`. */
  sigmoidGradientF32(p: number, dp: number, out: number, rows: number, cols: number, beta: number): void;
}

const toElements = { rows: { x: MATRIX, out: MATRIX } };

export const elementwiseSplits: Splits<ElementwiseKernels> = {
  sigmoidF32: toElements,
  logSigmoidF32: toElements,
  binaryCrossEntropyF32: {
    rows: {
      x: MATRIX,
      target: MATRIX,
      weights: SHARED,
      losses: MATRIX,
      sums: DOUBLES,
      gradient: MATRIX,
    },
  },
  sigmoidGradientF32: { rows: { p: MATRIX, dp: MATRIX, out: MATRIX } },
};

export function createElementwise(views: () => Views): ElementwiseKernels {
  return {
    sigmoidF32(x, out, rows, cols, beta) {
      sigmoids(views().f32, x >>> 2, out >>> 2, rows * cols, beta);
    },
    logSigmoidF32(x, out, rows, cols, beta) {
      logSigmoids(views().f32, x >>> 2, out >>> 2, rows * cols, beta);
    },
    binaryCrossEntropyF32(x, target, weights, losses, sumsAt, gradient, rows, cols, beta, posWeight, scale) {
      const { f32, f64 } = views();
      const w = place(weights);
      const slope = scale * beta;
      for (let row = 0; row < rows; row++) {
        const at = row * cols;
        const from = (x >>> 2) + at;
        const t = (target >>> 2) + at;
        const out = losses === 0 ? NONE : (losses >>> 2) + at;
        const to = gradient === 0 ? NONE : (gradient >>> 2) + at;
        f64[(sumsAt >>> 3) + row] = binaryRow(f32, from, t, w, out, to, cols, beta, posWeight, slope);
      }
    },
    sigmoidGradientF32(p, dp, out, rows, cols, beta) {
      sigmoidGradients(views().f32, p >>> 2, dp >>> 2, out >>> 2, rows * cols, beta);
    },
  };
}

/** Elements that go through a function of math.ts together. */
const CHUNK = 512;

const values: Float64Array = new Float64Array(CHUNK);
const shares: Float64Array = new Float64Array(CHUNK);

/** `out = 1/(1 + exp(−beta·x))`. */
function sigmoids(f: Float32Array, x: number, out: number, n: number, beta: number): void {
  const factor = finiteBeta(beta);
  for (let start = 0; start < n; start += CHUNK) {
    const count = Math.min(CHUNK, n - start);
    for (let i = 0; i < count; i++) values[i] = factor * f[x + start + i];
    softplusEach(values, shares, count);
    for (let i = 0; i < count; i++) f[out + start + i] = shares[i];
  }
}

/** `out = −log(1 + exp(−beta·x))`. */
function logSigmoids(f: Float32Array, x: number, out: number, n: number, beta: number): void {
  const factor = finiteBeta(beta);
  for (let start = 0; start < n; start += CHUNK) {
    const count = Math.min(CHUNK, n - start);
    for (let i = 0; i < count; i++) values[i] = -factor * f[x + start + i];
    softplusEach(values, shares, count);
    for (let i = 0; i < count; i++) f[out + start + i] = 0 - values[i];
  }
}

/** The losses of a row's elements, to `losses`, their gradient, to `gradient`, and their sum. */
function binaryRow(
  f: Float32Array,
  x: number,
  target: number,
  weights: number,
  losses: number,
  gradient: number,
  n: number,
  beta: number,
  posWeight: number,
  slope: number,
): number {
  const factor = finiteBeta(beta);
  const by = finiteSlope(slope);
  let sum = 0;
  for (let start = 0; start < n; start += CHUNK) {
    const count = Math.min(CHUNK, n - start);
    for (let i = 0; i < count; i++) values[i] = -Math.abs(factor * f[x + start + i]);
    // log(1 + e) and e/(1 + e), where e = exp(−|beta·x|).
    softplusEach(values, shares, count);
    for (let i = 0; i < count; i++) {
      const at = start + i;
      const z = factor * f[x + at];
      const t = f[target + at];
      const miss = 1 - t;
      const hit = posWeight * t * (weights < 0 ? 1 : f[weights + at]);
      // A share of 0 contributes 0, even of an infinite loss; a NaN logit gives NaN in any case.
      const whenHit = hit === 0 ? 0 : hit * (values[i] + Math.max(-z, 0));
      const whenMissed = miss === 0 ? 0 : miss * (values[i] + Math.max(z, 0));
      const loss = z === z ? whenHit + whenMissed : NaN;
      if (losses >= 0) f[losses + at] = loss;
      sum += loss;
      if (gradient < 0) continue;
      const small = shares[i];
      const up = z < 0 ? small : 1 - small;
      const down = z < 0 ? 1 - small : small;
      f[gradient + at] = by * (miss * up - hit * down);
    }
  }
  return sum;
}

/** `out = slope·p·(1 − p)·dp`. */
function sigmoidGradients(
  f: Float32Array,
  p: number,
  dp: number,
  out: number,
  n: number,
  slope: number,
): void {
  const by = finiteSlope(slope);
  for (let i = 0; i < n; i++) f[out + i] = by * (f[p + i] * ((1 - f[p + i]) * f[dp + i]));
}
