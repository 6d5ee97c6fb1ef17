/**
 * Passes over a part of one row: the fallback's only loops over elements. They compute in float64, which is faster
 * in JavaScript than float32 steps rounded by `Math.fround`, and so exact that only storing rounds.
 * Positions and lengths count elements; `max` is the row's largest element, and `max` and `beta` are the row's in
 * every part of it. Each loop reads an element before it writes the same place, so results may replace `x`.
 */
import { exp } from './math.ts';

/** 256/ln 2: the steps in one unit of beta·(max − x). */
const STEPS_PER_UNIT = 369.3299304675746;

/** 2^(−k/256), within 2 ULP; the first is exactly 1. */
const STEP_POWERS: Float64Array = new Float64Array(256).map((_, k) => exp(-k / STEPS_PER_UNIT));

/**
 * Summands are stored times this, 2^64, so that they are normal float32 numbers wherever their quotients are, and
 * quotients below that range are rounded once.
 */
const SUMMAND_SCALE = 4294967296 * 4294967296;

/** 2^(64 − n), and a 0 in place of the last. */
const OCTAVE_POWERS: Float64Array = new Float64Array(1076);
for (let n = 0, power = SUMMAND_SCALE; n < 1075; n++, power /= 2) OCTAVE_POWERS[n] = power;

/**
 * `beta` as a factor that is neither 0 nor Infinity, so that no product with an infinite or zero `x − max` is NaN.
 * Both ends are far enough out to give the limits: `beta·(x − max)` is within 1e-284 of 0 at the lower one unless
 * x is −Infinity, and beyond the range of float32 at the upper one unless x is max.
 */
export function finiteBeta(beta: number): number {
  return Math.max(Number.MIN_VALUE, Math.min(beta, Number.MAX_VALUE));
}

/** The factor of `max − x` in steps. */
function stepsPerLogit(beta: number): number {
  return Math.min(finiteBeta(beta) * STEPS_PER_UNIT, Number.MAX_VALUE);
}

/** The limit of `exp(beta·(x − max))` for beta → Infinity, also where both are infinite. */
function indicator(x: number, max: number): number {
  return x === max ? 1 : x < max ? 0 : NaN;
}

/** `maxima[row]` = the largest of a row's n elements, −Infinity if there is none; NaN elements are passed over. */
export function findMaxima(f: Float32Array, x: number, rows: number, n: number, maxima: Float64Array): void {
  for (let row = 0, i = x; row < rows; row++) {
    const end = i + n;
    let max = -Infinity;
    // One running maximum, four elements a round: branches seldom taken are cheaper than four running maxima.
    for (; i + 3 < end; i += 4) {
      const x0 = f[i];
      const x1 = f[i + 1];
      const x2 = f[i + 2];
      const x3 = f[i + 3];
      if (x0 > max) max = x0;
      if (x1 > max) max = x1;
      if (x2 > max) max = x2;
      if (x3 > max) max = x3;
    }
    for (; i < end; i++) if (f[i] > max) max = f[i];
    maxima[row] = max;
  }
}

/** `indices[row]` = the first index at which one of a row's n elements equals `values[row]`, or −1. */
export function findIndices(
  f: Float32Array,
  x: number,
  rows: number,
  n: number,
  values: Float64Array,
  indices: Int32Array,
): void {
  for (let row = 0, from = x; row < rows; row++, from += n) {
    const value = values[row];
    const end = from + n;
    let i = from;
    while (i < end && f[i] !== value) i++;
    indices[row] = i < end ? i - from : -1;
  }
}

/** Whether one of n elements is NaN. */
export function hasNaN(f: Float32Array, x: number, n: number): boolean {
  for (let i = x; i < x + n; i++) if (Number.isNaN(f[i])) return true;
  return false;
}

/**
 * `sums[row] += Σ exp(beta·(x − maxima[row]))` over n elements of each row, NaN if one of them or the maximum is
 * NaN; for the maximum Infinity, the limit for beta → Infinity. 2^64 times the summands go to `out` unless that is negative.
 * The summand at index `skips[row]`, if it is one of the n, is left out of the sum. Rows start every `stride`
 * elements.
 *
 * A summand is within 2^-42 of its value, 2^-45 above 2^-16: exactly 1 at the maximum, exactly 0 at −Infinity. The
 * sum adds an error below n·2^-53. The code of exp stands in the loop, its numbers as literals, because a function
 * that is not inlined, or a module's variable, costs as much again as the arithmetic.
 */
export function addSumsOfExp(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  stride: number,
  n: number,
  maxima: Float64Array,
  skips: Int32Array,
  beta: number,
  sums: Float64Array,
): void {
  const steps = STEP_POWERS;
  const octaves = OCTAVE_POWERS;
  const factor = stepsPerLogit(beta);
  const toOut = out - x;
  for (let row = 0; row < rows; row++) {
    const max = maxima[row];
    const from = x + row * stride;
    const end = from + n;
    const skip = from + skips[row];
    let sum = 0;
    if (max === Infinity) {
      for (let i = from; i < end; i++) {
        const y = indicator(f[i], max);
        if (out >= 0) f[toOut + i] = y * SUMMAND_SCALE;
        if (i !== skip) sum += y * SUMMAND_SCALE;
      }
    } else {
      for (let i = from; i < end; i++) {
        // 2^(−t/256), 0 from t = 256·1075 on, in three factors: for the fraction r of t a polynomial, interpolated
        // at the Chebyshev nodes of 0…1, stretched until the first lies at 0; two tables for the whole part k.
        let t = (max - f[i]) * factor;
        if (t > 275200) t = 275200;
        const k = t | 0;
        const r = t - k;
        const fraction =
          1 + r * -0.0027076061736518216 + r * r * (3.6655631057685088e-6 + r * -3.3040042211003177e-9);
        const y = fraction * (steps[k & 255] * octaves[k >> 8]);
        if (out >= 0) f[toOut + i] = y;
        if (i !== skip) sum += y;
      }
    }
    sums[row] += sum / SUMMAND_SCALE;
  }
}

/**
 * `out = x / totals[row]` for rows of n summands. The quotient of a summand rounded to float32 is within 1 step: each of
 * the two roundings is half a ULP, and the first weighs at most twice as much after the division.
 */
export function divide(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  n: number,
  totals: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const from = x + row * n;
    const to = out + row * n;
    // Finite, so that a summand of 0 stays 0.
    const inverse = Math.max(-Number.MAX_VALUE, Math.min(1 / totals[row], Number.MAX_VALUE));
    const factor = inverse / SUMMAND_SCALE;
    let i = 0;
    for (; i + 3 < n; i += 4) {
      const y0 = f[from + i] * factor;
      const y1 = f[from + i + 1] * factor;
      const y2 = f[from + i + 2] * factor;
      const y3 = f[from + i + 3] * factor;
      f[to + i] = y0;
      f[to + i + 1] = y1;
      f[to + i + 2] = y2;
      f[to + i + 3] = y3;
    }
    for (; i < n; i++) f[to + i] = f[from + i] * factor;
  }
}

/** `out = beta·(x − maxima[row]) − logTotals[row]` for rows of n, rounded once; the limit where a maximum is Infinity. */
export function shift(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  n: number,
  maxima: Float64Array,
  beta: number,
  logTotals: Float64Array,
): void {
  const factor = finiteBeta(beta);
  for (let row = 0; row < rows; row++) {
    const max = maxima[row];
    const logTotal = logTotals[row];
    const from = x + row * n;
    const to = out + row * n;
    if (max === Infinity) {
      for (let i = 0; i < n; i++) f[to + i] = (f[from + i] === max ? 0 : -Infinity) - logTotal;
    } else {
      for (let i = 0; i < n; i++) f[to + i] = factor * (f[from + i] - max) - logTotal;
    }
  }
}
