/**
 * Passes over a part of a row whose target is spread over its columns, in float64. Positions and lengths count
 * elements; a negative position stands for none.
 */
import { finiteBeta, finiteSlope } from '../limits.ts';
import { expEach } from './math.ts';

/** Elements that go through a function of math.ts together. */
const CHUNK = 512;

const values: Float64Array = new Float64Array(CHUNK);

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
