/**
 * The losses, gradients and elementwise functions of the fallback, row by row or part by part, in float64.
 * Positions and lengths count elements; a negative position stands for none.
 */
import { exp, log1p, sigmoid, softplus } from './math.ts';
import { finiteBeta } from './passes.ts';

/** A slope that keeps 0, also where it is infinite. */
export function finiteSlope(slope: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(slope, Number.MAX_VALUE));
}

/** `out = 1/(1 + exp(−beta·x))`. */
export function sigmoids(f: Float32Array, x: number, out: number, n: number, beta: number): void {
  const factor = finiteBeta(beta);
  for (let i = 0; i < n; i++) f[out + i] = sigmoid(factor * f[x + i]);
}

/** `out = −log(1 + exp(−beta·x))`. */
export function logSigmoids(f: Float32Array, x: number, out: number, n: number, beta: number): void {
  const factor = finiteBeta(beta);
  for (let i = 0; i < n; i++) f[out + i] = 0 - softplus(-factor * f[x + i]);
}

/** The losses of a row's elements, to `losses`, their gradient, to `gradient`, and their sum. */
export function binaryRow(
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
  for (let i = 0; i < n; i++) {
    const z = factor * f[x + i];
    const t = f[target + i];
    const miss = 1 - t;
    const hit = posWeight * t * (weights < 0 ? 1 : f[weights + i]);
    const e = exp(-Math.abs(z));
    const log = log1p(e);
    // A share of 0 contributes 0, even of an infinite loss; a NaN logit gives NaN in any case.
    const whenHit = hit === 0 ? 0 : hit * (log + Math.max(-z, 0));
    const whenMissed = miss === 0 ? 0 : miss * (log + Math.max(z, 0));
    const loss = z === z ? whenHit + whenMissed : NaN;
    if (losses >= 0) f[losses + i] = loss;
    sum += loss;
    if (gradient >= 0) {
      const large = 1 / (1 + e);
      const small = e * large;
      f[gradient + i] = by * (miss * (z < 0 ? small : large) - hit * (z < 0 ? large : small));
    }
  }
  return sum;
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

/** `out = slope·p·(1 − p)·dp`. */
export function sigmoidGradients(
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

/** `Σ a·b`, or `Σ a` without b. */
export function dot(f: Float32Array, a: number, b: number, n: number): number {
  let sum = 0;
  if (b < 0) for (let i = 0; i < n; i++) sum += f[a + i];
  else for (let i = 0; i < n; i++) sum += f[a + i] * f[b + i];
  return sum;
}

/** `exp(beta·(x − max))`, to within the last place or two of a float64. */
function summand(x: number, max: number, beta: number): number {
  return x === max ? 1 : exp(beta * (x - max));
}

/** `q[j]` of one column, `weight[j]·(share·target[j] + spread)`. */
function targetAt(
  f: Float32Array,
  target: number,
  weight: number,
  at: number,
  share: number,
  spread: number,
): number {
  return (weight < 0 ? 1 : f[weight + at]) * ((target < 0 ? 0 : share * f[target + at]) + spread);
}

/** `Σ exp(beta·(x − max))`, `Σ q` and `Σ q·(max − x)` over a block but for index `skip`, to `sums`. */
export function targetSums(
  f: Float32Array,
  x: number,
  target: number,
  weight: number,
  n: number,
  skip: number,
  max: number,
  beta: number,
  share: number,
  spread: number,
  sums: Float64Array,
  at: number,
): void {
  const factor = finiteBeta(beta);
  let exps = 0;
  let targets = 0;
  let distances = 0;
  for (let i = 0; i < n; i++) {
    if (i === skip) continue;
    const v = f[x + i];
    const q = targetAt(f, target, weight, i, share, spread);
    exps += summand(v, max, factor);
    targets += q;
    // A target of 0 contributes 0, even at −Infinity.
    if (q !== 0 && v !== max) distances += q * (max - v);
  }
  sums[at] = exps;
  sums[at + 1] = targets;
  sums[at + 2] = distances;
}

/** `out = slope·(factor·exp(beta·(x − max)) − q)`. */
export function targetGradient(
  f: Float32Array,
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
): void {
  const b = finiteBeta(beta);
  const by = finiteSlope(slope);
  for (let i = 0; i < n; i++) {
    const q = targetAt(f, target, weight, i, share, spread);
    f[out + i] = by * (factor * summand(f[x + i], max, b) - q);
  }
}

/** `out = x`, or −Infinity where the mask is 0; true if it keeps anything. */
export function maskRow(
  f: Float32Array,
  x: number,
  bytes: Uint8Array,
  mask: number,
  out: number,
  n: number,
): boolean {
  let any = false;
  for (let i = 0; i < n; i++) {
    const kept = bytes[mask + i] !== 0;
    any ||= kept;
    f[out + i] = kept ? f[x + i] : -Infinity;
  }
  return any;
}
