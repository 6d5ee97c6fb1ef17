/**
 * Passes over a part of one row: the fallback's only loops over elements. They compute in float64, which is faster
 * in JavaScript than float32 steps rounded by `Math.fround`, and so exact that only storing rounds.
 * Positions and lengths count elements; `max` is the row's largest element, and `max` and `beta` are the row's in
 * every part of it. Each loop reads an element before it writes the same place, so results may replace `x`.
 */
import { exp } from './math.ts';

/** Steps per octave in the tables of `expOfMinus`. */
const STEP_BITS = 8;
const STEPS = 1 << STEP_BITS;

/** 256/ln 2: the steps in one unit of beta·(max − x). */
const STEPS_PER_UNIT = 369.3299304675746;

/** 2^(−k/256), within 2 ULP; the first is exactly 1. */
const STEP_POWERS: Float64Array = new Float64Array(STEPS).map((_, k) => exp(-k / STEPS_PER_UNIT));

/** 2^-n, down to the last that is not 0 in float64, and a 0. */
const OCTAVE_POWERS: Float64Array = new Float64Array(1076);
for (let n = 0, power = 1; power > 0; n++, power /= 2) OCTAVE_POWERS[n] = power;

/** From here on `expOfMinus` is 0. */
const LIMIT = STEPS * (OCTAVE_POWERS.length - 1);

/**
 * `2^(−f/256) ≈ 1 + f·C1 + f²·(C2 + f·C3)` for `0 ≤ f ≤ 1`, within 2^-45, exact at 0: interpolated at the four
 * Chebyshev nodes of the interval, stretched until the first lies at 0.
 */
const C1 = -0.0027076061736518216;
const C2 = 3.6655631057685088e-6;
const C3 = -3.3040042211003177e-9;

/**
 * `2^(−t/256)` for `t ≥ 0`, relative error below 2^-42 (2^-45 for t < 2^12): 1 at 0, 0 at Infinity, NaN at NaN.
 * The tables are arguments because V8 then checks their types once per loop instead of once per element.
 */
function expOfMinus(t: number, steps: Float64Array, octaves: Float64Array): number {
  const bounded = t > LIMIT ? LIMIT : t;
  const k = bounded | 0;
  const f = bounded - k;
  return (1 + f * C1 + f * f * (C2 + f * C3)) * (steps[k & (STEPS - 1)] * octaves[k >> STEP_BITS]);
}

/**
 * `beta` as a factor that is neither 0 nor Infinity, so that no product with an infinite or zero `x − max` is NaN.
 * Both ends are far enough out to give the limits: `beta·(x − max)` is within 1e-284 of 0 at the lower one unless
 * x is −Infinity, and beyond the range of float32 at the upper one unless x is max.
 */
export function finiteBeta(beta: number): number {
  return Math.min(Math.max(beta, Number.MIN_VALUE), Number.MAX_VALUE);
}

/** The factor of `max − x` in the argument of `expOfMinus`. */
function stepsPerLogit(beta: number): number {
  return Math.min(finiteBeta(beta) * STEPS_PER_UNIT, Number.MAX_VALUE);
}

/** `exp(beta·(x − max))` of one element, the same bits as in `sumOfExp`. */

/** The limit of `exp(beta·(x − max))` for beta → Infinity, also where `x − max` is NaN because both are infinite. */
function indicator(x: number, max: number): number {
  return x === max ? 1 : x < max ? 0 : NaN;
}

/** The largest element, −Infinity if there is none; NaN elements are passed over. */
export function maxOf(f: Float32Array, x: number, n: number): number {
  const end = x + n;
  let m0 = -Infinity;
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  let i = x;
  for (; i + 3 < end; i += 4) {
    const x0 = f[i];
    const x1 = f[i + 1];
    const x2 = f[i + 2];
    const x3 = f[i + 3];
    if (x0 > m0) m0 = x0;
    if (x1 > m1) m1 = x1;
    if (x2 > m2) m2 = x2;
    if (x3 > m3) m3 = x3;
  }
  for (; i < end; i++) if (f[i] > m0) m0 = f[i];
  if (m1 > m0) m0 = m1;
  if (m3 > m2) m2 = m3;
  return m2 > m0 ? m2 : m0;
}

/** The first index, counted from x, at which an element equals `value`, or is NaN if `value` is, or −1. */
export function indexOf(f: Float32Array, x: number, n: number, value: number): number {
  if (value !== value) for (let i = 0; i < n; i++) if (f[x + i] !== f[x + i]) return i;
  for (let i = 0; i < n; i++) if (f[x + i] === value) return i;
  return -1;
}

/** Whether an element is NaN. */
export function hasNaN(f: Float32Array, x: number, n: number): boolean {
  for (let i = x; i < x + n; i++) if (f[i] !== f[i]) return true;
  return false;
}

/**
 * `Σ exp(beta·(x − max))`, NaN if an element is NaN; the summands go to `out` unless that is negative. For
 * `max = Infinity` the limit for beta → Infinity. Four running sums, so the sum's error stays below (n/4)·2^-53.
 */
export function sumOfExp(
  f: Float32Array,
  x: number,
  out: number,
  n: number,
  max: number,
  beta: number,
): number {
  if (max === Infinity) return countOfMax(f, x, out, n, max);
  const steps = STEP_POWERS;
  const octaves = OCTAVE_POWERS;
  const factor = stepsPerLogit(beta);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const y0 = expOfMinus((max - f[x + i]) * factor, steps, octaves);
    const y1 = expOfMinus((max - f[x + i + 1]) * factor, steps, octaves);
    const y2 = expOfMinus((max - f[x + i + 2]) * factor, steps, octaves);
    const y3 = expOfMinus((max - f[x + i + 3]) * factor, steps, octaves);
    if (out >= 0) {
      f[out + i] = y0;
      f[out + i + 1] = y1;
      f[out + i + 2] = y2;
      f[out + i + 3] = y3;
    }
    s0 += y0;
    s1 += y1;
    s2 += y2;
    s3 += y3;
  }
  for (; i < n; i++) {
    const y = expOfMinus((max - f[x + i]) * factor, steps, octaves);
    if (out >= 0) f[out + i] = y;
    s0 += y;
  }
  return s0 + s1 + (s2 + s3);
}

/** `sumOfExp` with indicators as summands. */
function countOfMax(f: Float32Array, x: number, out: number, n: number, max: number): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const y = indicator(f[x + i], max);
    if (out >= 0) f[out + i] = y;
    count += y;
  }
  return count;
}

/** `sumOfExp` without the summand at index `skip`, whose place in `out` is left as it is; all of it for other indices. */
export function sumOfExpBut(
  f: Float32Array,
  x: number,
  out: number,
  n: number,
  skip: number,
  max: number,
  beta: number,
): number {
  if (skip < 0 || skip >= n) return sumOfExp(f, x, out, n, max, beta);
  const after = skip + 1;
  const before = sumOfExp(f, x, out, skip, max, beta);
  return before + sumOfExp(f, x + after, out < 0 ? out : out + after, n - after, max, beta);
}

/**
 * `out = x·factor`, where 0 stays 0. With the reciprocal of the total, a summand rounded to float32 gives a quotient
 * within 1 step: each of the two roundings is half a ULP, and the first weighs up to twice as much afterwards.
 */
export function multiply(f: Float32Array, x: number, out: number, n: number, by: number): void {
  const factor = Math.max(-Number.MAX_VALUE, Math.min(by, Number.MAX_VALUE));
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const y0 = f[x + i] * factor;
    const y1 = f[x + i + 1] * factor;
    const y2 = f[x + i + 2] * factor;
    const y3 = f[x + i + 3] * factor;
    f[out + i] = y0;
    f[out + i + 1] = y1;
    f[out + i + 2] = y2;
    f[out + i + 3] = y3;
  }
  for (; i < n; i++) f[out + i] = f[x + i] * factor;
}

/** `out = beta·(x − max) − logTotal`, rounded once. For `max = Infinity` the limit for beta → Infinity. */
export function shift(
  f: Float32Array,
  x: number,
  out: number,
  n: number,
  max: number,
  beta: number,
  logTotal: number,
): void {
  const factor = finiteBeta(beta);
  if (max === Infinity) {
    for (let i = 0; i < n; i++) f[out + i] = (f[x + i] === max ? 0 : -Infinity) - logTotal;
    return;
  }
  for (let i = 0; i < n; i++) f[out + i] = factor * (f[x + i] - max) - logTotal;
}
