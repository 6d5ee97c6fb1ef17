/**
 * The losses, gradients and elementwise functions of the fallback, row by row or part by part, in float64.
 * Positions and lengths count elements; a negative position stands for none.
 */
import { expEach, softplusEach } from './math.ts';
import { finiteBeta } from './passes.ts';

/** A slope that keeps 0, also where it is infinite. */
export function finiteSlope(slope: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(slope, Number.MAX_VALUE));
}

/** Elements that go through a function of math.ts together. */
const CHUNK = 512;

const values: Float64Array = new Float64Array(CHUNK);
const shares: Float64Array = new Float64Array(CHUNK);

/** `out = 1/(1 + exp(−beta·x))`. */
export function sigmoids(f: Float32Array, x: number, out: number, n: number, beta: number): void {
  const factor = finiteBeta(beta);
  for (let start = 0; start < n; start += CHUNK) {
    const count = Math.min(CHUNK, n - start);
    for (let i = 0; i < count; i++) values[i] = factor * f[x + start + i];
    softplusEach(values, shares, count);
    for (let i = 0; i < count; i++) f[out + start + i] = shares[i];
  }
}

/** `out = −log(1 + exp(−beta·x))`. */
export function logSigmoids(f: Float32Array, x: number, out: number, n: number, beta: number): void {
  const factor = finiteBeta(beta);
  for (let start = 0; start < n; start += CHUNK) {
    const count = Math.min(CHUNK, n - start);
    for (let i = 0; i < count; i++) values[i] = -factor * f[x + start + i];
    softplusEach(values, shares, count);
    for (let i = 0; i < count; i++) f[out + start + i] = 0 - values[i];
  }
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

/** Sets `values` to `exp(beta·(x − max))`; the largest gives 1, even Infinity. */
function summands(f: Float32Array, x: number, n: number, max: number, beta: number): void {
  const factor = finiteBeta(beta);
  for (let i = 0; i < n; i++) {
    const v = f[x + i];
    values[i] = v === max ? 0 : factor * (v - max);
  }
  expEach(values, n);
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
  let exps = 0;
  let targets = 0;
  let distances = 0;
  for (let start = 0; start < n; start += CHUNK) {
    const count = Math.min(CHUNK, n - start);
    summands(f, x + start, count, max, beta);
    for (let i = 0; i < count; i++) {
      if (start + i === skip) continue;
      const v = f[x + start + i];
      const q = targetAt(f, target, weight, start + i, share, spread);
      exps += values[i];
      targets += q;
      // A target of 0 contributes 0, even at −Infinity.
      if (q !== 0 && v !== max) distances += q * (max - v);
    }
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
  const by = finiteSlope(slope);
  for (let start = 0; start < n; start += CHUNK) {
    const count = Math.min(CHUNK, n - start);
    summands(f, x + start, count, max, beta);
    for (let i = 0; i < count; i++) {
      const at = start + i;
      f[out + at] = by * (factor * values[i] - targetAt(f, target, weight, at, share, spread));
    }
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
