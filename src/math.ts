/**
 * `exp`, `log` and `log1p` in float64, made of + − × ÷ and bit patterns only, so that every engine computes the
 * same bits; `Math.exp` and its kin are the engine's choice (ECMA-262 §21.3.2 asks for an approximation). They
 * serve values of which a row has a few. Summands, of which it has many, go through `expOfMinus` in passes.ts.
 */

/** 2^(k/16), correctly rounded. */
const EXP2_SIXTEENTHS = new Float64Array([
  1.0, 1.0442737824274138, 1.0905077326652577, 1.1387886347566916, 1.189207115002721, 1.241857812073484,
  1.2968395546510096, 1.3542555469368927, 1.4142135623730951, 1.4768261459394993, 1.5422108254079407,
  1.6104903319492543, 1.681792830507429, 1.7562521603732995, 1.8340080864093424, 1.9152065613971474,
]);

/** 16/ln 2, and ln 2/16 in two parts: 36 bits, so that its product with a 15-bit integer is exact, and the rest. */
const SIXTEENTHS = 23.083120654223414;
const LN2_SIXTEENTH_HIGH = 0.04332169878489367;
const LN2_SIXTEENTH_LOW = 1.0291218489310676e-13;

/** ln 2 in two parts: 40 bits, so that its product with an exponent is exact, and the rest. */
const LN2_HIGH = 0.6931471805592082;
const LN2_LOW = 7.371002565167799e-13;

/** The high words of 1 and of √½. */
const HIGH_OF_ONE = 0x3ff00000;
const HIGH_OF_SQRT_HALF = 0x3fe6a09e;

/** 2^54 and 2^-1022. */
const TWO_54 = 18014398509481984;
const MIN_NORMAL = 2.2250738585072014e-308;

/** One float64 and its two words. */
const float = new Float64Array([1]);
const words = new Int32Array(float.buffer);
/** Which of the words is the high one on this machine. */
const HIGH = words[0] === 0 ? 1 : 0;

/** 2^n for a normal result: −1022 ≤ n ≤ 1023. */
export function exp2OfInteger(n: number): number {
  words[HIGH] = HIGH_OF_ONE + (n << 20);
  words[1 - HIGH] = 0;
  return float[0];
}

/**
 * `e^x`, within 1.1 ULP; below 2^-1022 rounded once, to a subnormal number.
 *
 * `x = k·ln 2/16 + r` with `|r| ≤ ln 2/32`, and `e^x = 2^(k>>4) · 2^((k&15)/16) · (1 + (e^r − 1))`: a table and a
 * Taylor polynomial, the first term left out of which is below 2^-59. The power of two is applied in two halves,
 * because 2^1024 and 2^-1074 are no normal numbers.
 */
export function exp(x: number): number {
  if (x > 709.8) return Infinity;
  if (x < -745.2) return 0;
  const k = Math.floor(x * SIXTEENTHS + 0.5);
  const r = x - k * LN2_SIXTEENTH_HIGH - k * LN2_SIXTEENTH_LOW;
  const rr = r * r;
  const tail = 1 / 6 + r * (1 / 24) + rr * (1 / 120 + r * (1 / 720) + rr * (1 / 5040));
  const power = EXP2_SIXTEENTHS[k & 15];
  const mantissa = power + power * (r + rr * (0.5 + r * tail));
  const n = k >> 4;
  const half = n >> 1;
  return mantissa * exp2OfInteger(half) * exp2OfInteger(n - half);
}

/**
 * `n·ln 2 + log(1 + f) + c` for `√½ ≤ 1 + f < √2` and a tiny `c`.
 *
 * With `s = f/(2 + f)`, `log(1 + f) = 2·atanh(s) = 2s + s·R`, `R = 2s²/3 + 2s⁴/5 + …`, where the first term left out
 * is below 2^-59 of the result. `2s = f − s·f` is not computed by the rounded s but as `f − f²/2 + s·f²/2`, and
 * added smallest first (the arrangement of FreeBSD's msun, e_log.c).
 */
function logOfParts(n: number, f: number, c: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = 2 / 3 + w * (2 / 7 + w * (2 / 11 + w * (2 / 15 + w * (2 / 19))));
  const even = 2 / 5 + w * (2 / 9 + w * (2 / 13 + w * (2 / 17 + w * (2 / 21))));
  const halfSquare = 0.5 * f * f;
  const low = s * (halfSquare + z * (odd + z * even)) + (n * LN2_LOW + c);
  return n * LN2_HIGH - (halfSquare - low - f);
}

/** `log(u) + c + shift·ln 2` for a normal, positive, finite u. */
function logOfNormal(u: number, c: number, shift: number): number {
  float[0] = u;
  // Offset so that the exponent field steps at √½ instead of at 1.
  const high = words[HIGH] - HIGH_OF_SQRT_HALF;
  const n = high >> 20;
  words[HIGH] -= n << 20;
  return logOfParts(n + shift, float[0] - 1, c);
}

/** `log x`, within 1 ULP. `log 0 = −Infinity`; of a negative number, NaN. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  return x < MIN_NORMAL ? logOfNormal(x * TWO_54, 0, -54) : logOfNormal(x, 0, 0);
}

/** `log(1 + x)`, within 1 ULP also where 1 + x rounds to 1. `log1p −1 = −Infinity`; below, NaN. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : NaN;
  if (x === Infinity) return x;
  if (x < 1 / TWO_54 && x > -1 / TWO_54) return x;
  if (x > -0.29 && x < 0.41) return logOfParts(0, x, 0);
  const u = 1 + x;
  // What the sum has rounded away, as a correction to the logarithm.
  const lost = x < 1 ? x - (u - 1) : 1 - (u - x);
  return logOfNormal(u, lost / u, 0);
}

/** log(1 + exp(x)): the loss at log-odds of x against. */
export function softplus(x: number): number {
  return Math.max(x, 0) + log1p(exp(-Math.abs(x)));
}

/** 1/(1 + exp(−x)). */
export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
