/** float16 (IEEE 754 binary16) and bfloat16 beside float32, by their bits: exact, NaN payloads included. */

/** The float32 bits of every float16. */
const FROM_HALF = new Uint32Array(2 ** 16);
for (let code = 0; code < FROM_HALF.length; code++) FROM_HALF[code] = halfToFloat(code);

function halfToFloat(code: number): number {
  const sign = (code & 0x8000) << 16;
  const exponent = (code >> 10) & 0x1f;
  const mantissa = code & 0x3ff;
  if (exponent === 31) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
  if (mantissa === 0) return sign >>> 0;
  // Subnormal: shifted until the leading one falls off.
  const shift = Math.clz32(mantissa) - 21;
  return (sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13)) >>> 0;
}

/** Widens float16 to the bits of float32. `from` may be the last half of the bytes of `into`. */
export function widenHalf(from: Uint16Array, into: Uint32Array): void {
  for (let i = 0; i < from.length; i++) into[i] = FROM_HALF[from[i]];
}

/** Widens bfloat16, which is the upper half of a float32. `from` may be the last half of the bytes of `into`. */
export function widenBrain(from: Uint16Array, into: Uint32Array): void {
  for (let i = 0; i < from.length; i++) into[i] = from[i] << 16;
}

/**
 * Rounds float32, given by its bits, to the nearest float16, ties to even; from 65520 on to Infinity. `into` may be
 * the first half of the bytes of `from`.
 */
export function narrowToHalf(from: Uint32Array, into: Uint16Array): void {
  for (let i = 0; i < into.length; i++) into[i] = floatToHalf(from[i]);
}

/** The same to the nearest bfloat16. */
export function narrowToBrain(from: Uint32Array, into: Uint16Array): void {
  for (let i = 0; i < into.length; i++) into[i] = floatToBrain(from[i]);
}

function floatToBrain(bits: number): number {
  // Quiet, so that a payload which is cut off leaves a NaN.
  if ((bits & 0x7fffffff) > FLOAT_INFINITY) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

const SMALLEST_NORMAL_HALF = 0x38800000; // 2^-14
const TOO_LARGE = 0x47800000; // 2^16
const FLOAT_INFINITY = 0x7f800000;
/** 112 exponents, less just below half of the last bit that stays. */
const REBASE = 0x38000000 - 0xfff;

function floatToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size >= TOO_LARGE) {
    if (size <= FLOAT_INFINITY) return sign | 0x7c00;
    // Quiet, so that a payload which is cut off leaves a NaN.
    return sign | 0x7e00 | ((size >>> 13) & 0x3ff);
  }
  // Adding just below a half, or a half if the last bit that stays is odd, rounds to even; it may carry upwards.
  if (size >= SMALLEST_NORMAL_HALF) return sign | ((size - REBASE + ((size >>> 13) & 1)) >>> 13);
  const shift = 126 - (size >>> 23);
  if (shift > 24) return sign;
  const mantissa = (size & 0x7fffff) | 0x800000;
  return sign | ((mantissa + 2 ** (shift - 1) - 1 + ((mantissa >>> shift) & 1)) >>> shift);
}
