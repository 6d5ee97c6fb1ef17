// float64 functions of one value, from +, −, ·, ÷ and bits alone.
import { exp64 } from './exp64';

const LN2_HI: f64 = 0.6931471803691238; // 0x1.62e42fee00000p-1: 33 bits: k·LN2_HI is exact
const LN2_LO: f64 = 1.9082149292705877e-10; // 0x1.a39ef35793c76p-33

/**
 * 2·artanh(s) = 2(s + s³/3 + s⁵/5 + …) for |s| ≤ 0.2, where s²⁴/25 is below a hundredth of an ULP. In pairs, so that the steps
 * do not wait for each other.
 */
function twoArtanh(s: f64): f64 {
  const z = s * s;
  const z2 = z * z;
  const z4 = z2 * z2;
  const low = 1.0 / 3.0 + z * (1.0 / 5.0) + z2 * (1.0 / 7.0 + z * (1.0 / 9.0));
  const middle = 1.0 / 11.0 + z * (1.0 / 13.0) + z2 * (1.0 / 15.0 + z * (1.0 / 17.0));
  const high = 1.0 / 19.0 + z * (1.0 / 21.0) + z2 * (1.0 / 23.0);
  return 2.0 * (s + s * z * (low + z4 * (middle + z4 * high)));
}

/** log(a/b) of normal numbers above 0, without a division of its own; NaN if a is. */
export function logRatio(a: f64, b: f64): f64 {
  // a/b = 2^k·m/b, m/b in [⅔, 1½]: as numbers the bits of floats are logarithms, roughly.
  const bits = reinterpret<i64>(a);
  const k = (bits - reinterpret<i64>(b) + (1 << 51)) >> 52;
  const m = reinterpret<f64>(bits - (k << 52));
  const n = <f64>k;
  return n * LN2_HI + (twoArtanh((m - b) / (m + b)) + n * LN2_LO) + (a - a);
}

/** Natural logarithm of a normal x > 0; Infinity and NaN give themselves. */
export function log(x: f64): f64 {
  return x < Infinity ? logRatio(x, 1) : x;
}

/** log(1 + x) for x ≥ 0, without the loss of forming 1 + x where it matters. */
export function log1p(x: f64): f64 {
  return x < 0.41421356237309503 ? twoArtanh(x / (2.0 + x)) : log(1.0 + x);
}

/** exp(x) for x ≤ 0, NaN for NaN. */
export function exp(x: f64): f64 {
  return f64x2.extract_lane(exp64(f64x2.splat(x)), 0);
}

/** log(1 + exp(a)): the loss of odds exp(a) against. */
export function softplus(a: f64): f64 {
  return max(a, 0.0) + log1p(exp(-abs(a)));
}

/** 1/(1 + exp(−a)). */
export function sigmoid(a: f64): f64 {
  const e = exp(-abs(a));
  return (a < 0.0 ? e : 1.0) / (1.0 + e);
}
