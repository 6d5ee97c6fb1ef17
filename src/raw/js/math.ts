/**
 * Functions of a few float64 values a row (the many summands are computed in passes.ts), made of + − × ÷
 * only, so that every engine computes the same bits; `Math.exp` and its kin are the engine's choice (ECMA-262
 * §21.3.2 asks for an approximation). They take arrays, because a number that is passed to a function costs
 * as much as its logarithm where the engine does not inline the call.
 */

/** 2^-n, down to the last that is not 0 in float64, and a 0. */
export const OCTAVE_POWERS: Float64Array = new Float64Array(1076);
for (let n = 0, power = 1; power > 0; n++, power /= 2) OCTAVE_POWERS[n] = power;

/** 2^(−k/256), within 2 ULP; the first is exact. */
export const STEP_POWERS: Float64Array = new Float64Array(256);
for (let k = 0; k < 256; k++) {
  // The Taylor series, smallest term first.
  const x = (-k / 256) * Math.LN2;
  let sum = 1;
  for (let n = 18; n > 0; n--) sum = 1 + (sum * x) / n;
  STEP_POWERS[k] = sum;
}

/** 256/ln 2, and ln 2/256 in two parts: 33 bits, so that products with an integer are exact, and the rest. */
export const STEPS_PER_UNIT = 369.3299304675746;
const UNITS_PER_STEP_HIGH = 0.0027076061737716373;
const UNITS_PER_STEP_LOW = 2.9064910585985925e-13;

/** log(1 + i/128) and 1/(1 + i/128) for i up to 128, within 2 ULP; the first are exact. */
const LOGS: Float64Array = new Float64Array(129);
const INVERSES: Float64Array = new Float64Array(129);
for (let i = 0; i <= 128; i++) {
  // log(1 + f) = 2·(s + s³/3 + s⁵/5 + …) with s = f/(2 + f) ≤ 1/3, smallest term first.
  const s = i / (256 + i);
  let sum = 0;
  for (let n = 33; n > 1; n -= 2) sum = (sum + 2 / n) * s * s;
  LOGS[i] = 2 * s + s * sum;
  INVERSES[i] = 128 / (128 + i);
}

/** `values = log(values)` for n values from 1 to 2^32, within 2 ULP, or 0 or NaN. */
export function logEach(values: Float64Array, n: number): void {
  const logs = LOGS;
  const inverses = INVERSES;
  for (let at = 0; at < n; at++) {
    const x = values[at];
    if (x > 1) {
      // x = 2^k·(1 + f), and 1 + f = (1 + i/128)·(1 + r).
      const k = 31 - Math.clz32(x);
      const f = x * OCTAVE_POWERS[k] - 1;
      const i = (f * 128 + 0.5) | 0;
      const r = (f - i / 128) * inverses[i];
      const rr = r * r;
      const even = 1 / 2 + rr * (1 / 4 + rr * (1 / 6));
      const odd = 1 / 3 + rr * (1 / 5 + rr * (1 / 7));
      values[at] = k * Math.LN2 + (logs[i] + (r - rr * (even - r * odd)));
    } else values[at] = x === 1 ? 0 : x === 0 ? -Infinity : NaN;
  }
}

/**
 * For n log-odds x against something: `values = log(1 + e^x)`, the loss if it happens, and
 * `shares = 1/(1 + e^−x)`, the probability that it does not. Within 4 ULP.
 */
export function softplusEach(values: Float64Array, shares: Float64Array, n: number): void {
  const logs = LOGS;
  const inverses = INVERSES;
  for (let at = 0; at < n; at++) {
    const x = values[at];
    // e = e^−|x| = 2^(−k/256)·e^s, where |s| ≤ ln 2/512; 0 from 745.5 on.
    const a = Math.min(Math.abs(x), 745.5);
    const k = (a * STEPS_PER_UNIT + 0.5) | 0;
    const s = k * UNITS_PER_STEP_HIGH - a + k * UNITS_PER_STEP_LOW;
    const growth = 1 + (s + s * s * (1 / 2 + s * (1 / 6 + s * (1 / 24))));
    const e = growth * (STEP_POWERS[k & 255] * OCTAVE_POWERS[k >> 8]);
    // log(1 + e), as in `logEach`.
    const i = (e * 128 + 0.5) | 0;
    const r = (e - i / 128) * inverses[i];
    const rr = r * r;
    const even = 1 / 2 + rr * (1 / 4 + rr * (1 / 6));
    const odd = 1 / 3 + rr * (1 / 5 + rr * (1 / 7));
    values[at] = Math.max(x, 0) + (logs[i] + (r - rr * (even - r * odd)));
    shares[at] = (x < 0 ? e : 1) / (1 + e);
  }
}

/** `values = e^x` for n values, within 4 ULP for those up to 0, 5 above; 0 from −745.5 on, Infinity from 745.5. */
export function expEach(values: Float64Array, n: number): void {
  for (let at = 0; at < n; at++) {
    const x = values[at];
    const a = Math.min(Math.abs(x), 745.5);
    const k = (a * STEPS_PER_UNIT + 0.5) | 0;
    const s = k * UNITS_PER_STEP_HIGH - a + k * UNITS_PER_STEP_LOW;
    const growth = 1 + (s + s * s * (1 / 2 + s * (1 / 6 + s * (1 / 24))));
    const e = growth * (STEP_POWERS[k & 255] * OCTAVE_POWERS[k >> 8]);
    values[at] = x > 0 ? 1 / e : e;
  }
}

const single: Float64Array = new Float64Array(1);

/** `e^x` of one number, as `expEach`. */
export function exp(x: number): number {
  single[0] = x;
  expEach(single, 1);
  return single[0];
}

/** `log(1 + x)` of one number from 0 to 2^32, within 4 ULP. */
export function log1p(x: number): number {
  if (x > 1) {
    single[0] = 1 + x;
    logEach(single, 1);
    return single[0];
  }
  // As in `logEach`, without forming 1 + x.
  const i = (x * 128 + 0.5) | 0;
  const r = (x - i / 128) * INVERSES[i];
  const rr = r * r;
  const even = 1 / 2 + rr * (1 / 4 + rr * (1 / 6));
  const odd = 1 / 3 + rr * (1 / 5 + rr * (1 / 7));
  return LOGS[i] + (r - rr * (even - r * odd));
}
