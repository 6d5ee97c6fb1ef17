/**
 * Passes over a part of one row: the kernels' only loops over elements. They compute in float64, which is
 * faster in JavaScript than float32 steps rounded by `Math.fround`, and so exact that only storing rounds.
 * Positions and lengths count elements; `max` is the row's largest element, and `max` and `beta` are the
 * row's in every part of it. Each loop reads an element before it writes the same place, so results may
 * replace `x`.
 */
import { finiteBeta } from '../limits.ts';
import { OCTAVE_POWERS, STEP_POWERS, STEPS_PER_UNIT } from './math.ts';

/**
 * Summands are this times their value, 2^64, so that they are normal float32 numbers wherever their quotients
 * are, and quotients below that range are rounded once.
 */
export const SUMMAND_SCALE: number = 4294967296 * 4294967296;

/** 2^(64 − k/256). */
const SCALED_POWERS: Float64Array = STEP_POWERS.map((power) => SUMMAND_SCALE * power);

/** The factor of `max − x` in steps of 1/256 octave. */
function stepsPerLogit(beta: number): number {
  return Math.min(finiteBeta(beta) * STEPS_PER_UNIT, Number.MAX_VALUE);
}

/** The limit of `exp(beta·(x − max))` for beta → Infinity, also where both are infinite. */
function indicator(x: number, max: number): number {
  return x === max ? 1 : x < max ? 0 : NaN;
}

/**
 * `maxima[row]` = the largest of a row's n elements but for the one at index `skips[row]`, if there is one
 * there; −Infinity if there is no other. NaN elements are passed over.
 */
export function findMaxima(
  f: Float32Array,
  x: number,
  rows: number,
  n: number,
  skips: Int32Array,
  maxima: Float64Array,
): void {
  for (let row = 0, i = x; row < rows; row++) {
    const skip = i + skips[row];
    const end = i + n;
    let max = -Infinity;
    // One running maximum, four elements a round: branches seldom taken are cheaper than four running maxima.
    for (; i + 3 < end; i += 4) {
      const x0 = f[i];
      const x1 = f[i + 1];
      const x2 = f[i + 2];
      const x3 = f[i + 3];
      if (x0 > max && i !== skip) max = x0;
      if (x1 > max && i + 1 !== skip) max = x1;
      if (x2 > max && i + 2 !== skip) max = x2;
      if (x3 > max && i + 3 !== skip) max = x3;
    }
    for (; i < end; i++) if (f[i] > max && i !== skip) max = f[i];
    maxima[row] = max;
  }
}

/**
 * The two largest of a row's n elements: `firsts[row]`, first found at `indices[row]`, and `seconds[row]`,
 * which may equal it. −Infinity, at index −1, where there are none; NaN elements are passed over.
 */
export function findTwoLargest(
  f: Float32Array,
  x: number,
  rows: number,
  n: number,
  firsts: Float64Array,
  indices: Int32Array,
  seconds: Float64Array,
): void {
  for (let row = 0, from = x; row < rows; row++, from += n) {
    let first = -Infinity;
    let second = -Infinity;
    let index = -1;
    for (let i = 0; i < n; i++) {
      const value = f[from + i];
      if (value > second) {
        if (value > first) {
          second = first;
          first = value;
          index = i;
        } else second = value;
      }
    }
    firsts[row] = first;
    seconds[row] = second;
    indices[row] = index;
  }
}

/** The first index at which one of n elements equals `value`, or is NaN if `value` is, or −1. */
export function indexOf(f: Float32Array, x: number, n: number, value: number): number {
  if (Number.isNaN(value)) {
    for (let i = 0; i < n; i++) if (Number.isNaN(f[x + i])) return i;
  } else {
    for (let i = 0; i < n; i++) if (f[x + i] === value) return i;
  }
  return -1;
}

/**
 * `sums[row] += Σ exp(beta·(x − maxima[row]))`, times 2^64, over n elements of each row from `start` on: NaN
 * if one of them or the maximum is NaN; for the maximum Infinity, the limit for beta → Infinity. The summands
 * go to `out` unless that is negative. The element at index `skips[row]`, if it is one of the n, is left out,
 * and its place in `out` left alone; no other may be above the maximum. At `x` and `out` start the first
 * rows, and others every `cols` elements.
 *
 * A summand is within 2^-42 of its value, 2^-45 above 2^-16: exactly 2^64 at the maximum, exactly 0 at
 * −Infinity. The sum adds an error below n·2^-53. The code of exp stands in the loop, its numbers as
 * literals, because a function that is not inlined, or a module's variable, costs as much again as the
 * arithmetic.
 */
export function addSumsOfExp(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  cols: number,
  start: number,
  n: number,
  maxima: Float64Array,
  skips: Int32Array,
  beta: number,
  sums: Float64Array,
): void {
  const steps = SCALED_POWERS;
  const octaves = OCTAVE_POWERS;
  const factor = stepsPerLogit(beta);
  const toOut = out - x;
  for (let row = 0; row < rows; row++) {
    const max = maxima[row];
    const skip = skips[row] - start;
    let i = x + row * cols + start;
    const end = i + n;
    // Up to the element to skip, then from there on.
    let stop = skip >= 0 && skip < n ? i + skip : end;
    let sum = 0;
    for (;;) {
      if (max === Infinity) {
        for (; i < stop; i++) {
          const y = indicator(f[i], max) * SUMMAND_SCALE;
          if (out >= 0) f[toOut + i] = y;
          sum += y;
        }
      } else {
        for (; i < stop; i++) {
          // 2^(−t/256), 0 from t = 256·1075 on, in three factors: for the fraction r of t a polynomial,
          // interpolated at the Chebyshev nodes of 0…1, stretched until the first lies at 0; two tables for
          // the whole part k.
          let t = (max - f[i]) * factor;
          if (t > 275200) t = 275200;
          const k = t | 0;
          const r = t - k;
          const fraction =
            1 + r * -0.0027076061736518216 + r * r * (3.6655631057685088e-6 + r * -3.3040042211003177e-9);
          const y = fraction * (steps[k & 255] * octaves[k >> 8]);
          if (out >= 0) f[toOut + i] = y;
          sum += y;
        }
      }
      if (stop === end) break;
      i = stop + 1;
      stop = end;
    }
    sums[row] += sum;
  }
}

/**
 * `out = x·factors[row]` for rows of n, where 0 stays 0. With the reciprocal of their sum, summands rounded
 * to float32 give quotients within 1 step, at most 1: each of the two roundings is half a ULP, and the first
 * weighs at most twice as much after the division.
 */
export function multiply(
  f: Float32Array,
  x: number,
  out: number,
  rows: number,
  n: number,
  factors: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const from = x + row * n;
    const to = out + row * n;
    const factor = Math.max(-Number.MAX_VALUE, Math.min(factors[row], Number.MAX_VALUE));
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

/**
 * `out = beta·(x − maxima[row]) − logTotals[row]` for rows of n, rounded once; the limit where a maximum is
 * Infinity.
 */
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
