/** Distances between float32 results and exact values: steps, units in the last place, and the flush rule. */

const float32 = new Float32Array(1);
const int32 = new Int32Array(float32.buffer);
const float64 = new Float64Array(1);
const words = new Int32Array(float64.buffer);
/** Index of the word with a float64's exponent: 1 on little-endian machines. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0];

/** The smallest normal float32: probabilities below it may be flushed to +0. */
export const SMALLEST_NORMAL: number = 2 ** -126;

/** Position of a float32 on a line on which neighbours are 1 apart; both zeros are at 0. */
function position(value: number): number {
  float32[0] = value;
  const pattern = int32[0];
  return pattern < 0 ? -(pattern & 0x7fffffff) : pattern;
}

/** Number of float32 values between two: 0 if equal, 1 for neighbours; Infinity if just one is NaN. */
export function steps(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b))
    return Number.isNaN(a) === Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  return Math.abs(position(a) - position(b));
}

/** A float32's unit in the last place at a float64 value; 2^-149 below 2^-126. */
export function ulp(value: number): number {
  float64[0] = value;
  const exponent = ((words[HIGH] >> 20) & 0x7ff) - 1023;
  // 2^(exponent − 23), by putting together the bits of the float64.
  words[1 - HIGH] = 0;
  words[HIGH] = (Math.max(exponent, -126) - 23 + 1023) << 20;
  return float64[0];
}

function distance(actual: number, exact: number, unit: number): number {
  const rounded = Math.fround(exact);
  // NaN and infinities have no distance: they are right or wrong.
  if (!Number.isFinite(rounded) || !Number.isFinite(actual)) {
    return steps(actual, rounded) === 0 ? 0 : Number.POSITIVE_INFINITY;
  }
  return Math.abs(actual - exact) / unit;
}

/** Error of a float32 in ULP of the exact value. */
export function ulpError(actual: number, exact: number): number {
  return distance(actual, exact, ulp(exact));
}

/** Error of a float32 in ULP of max(1, |exact|), for results that cancel. */
export function unitError(actual: number, exact: number): number {
  return distance(actual, exact, ulp(Math.max(1, Math.abs(exact))));
}

/** Whether a probability was flushed, as it may be. */
export function isFlushed(actual: number, exact: number): boolean {
  return exact < SMALLEST_NORMAL && Object.is(actual, 0);
}
