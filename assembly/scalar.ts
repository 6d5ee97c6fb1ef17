// float64 functions of one value, from +, −, ·, ÷ and bits alone.
const LN2_HI: f64 = 0.6931471803691238; // 0x1.62e42fee00000p-1: 33 bits: k·LN2_HI is exact
const LN2_LO: f64 = 1.9082149292705877e-10; // 0x1.a39ef35793c76p-33

/**
 * 2·artanh(s) = 2(s + s³/3 + s⁵/5 + …) for |s| < 0.172, where s²⁴ is below half an ULP. In pairs, so that the steps
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

/** Natural logarithm of a normal x > 0; Infinity and NaN give themselves. */
export function log(x: f64): f64 {
  if (!(x < Infinity)) return x;
  let bits = reinterpret<i64>(x);
  // x = 2^k·m, m in [√½, √2)
  const k = (bits - 0x3fe6a09e667f3bcd) >> 52;
  bits -= k << 52;
  const m = reinterpret<f64>(bits);
  return <f64>k * LN2_HI + (twoArtanh((m - 1.0) / (m + 1.0)) + <f64>k * LN2_LO);
}

/** log(1 + x) for x ≥ 0, without the loss of forming 1 + x where it matters. */
export function log1p(x: f64): f64 {
  return x < 0.41421356237309503 ? twoArtanh(x / (2.0 + x)) : log(1.0 + x);
}

const INV_LN2: f64 = 1.4426950408889634; // 0x1.71547652b82fep+0

/** exp(x) for x < 709: x = k·ln 2 + r; 0 below −708, NaN for NaN. */
export function exp(x: f64): f64 {
  if (x < -708.0) return 0.0;
  const k = nearest(x * INV_LN2);
  return expNear0(x - k * LN2_HI - k * LN2_LO) * reinterpret<f64>((<i64>k + 1023) << 52);
}

/** Σ rⁱ/i! to i = 13, which for |r| ≤ ½·ln 2 leaves less than half an ULP. */
function expNear0(r: f64): f64 {
  const r2 = r * r;
  const r4 = r2 * r2;
  const low = 1.0 + r + r2 * (1.0 / 2.0 + r * (1.0 / 6.0));
  const middle = 1.0 / 24.0 + r * (1.0 / 120.0) + r2 * (1.0 / 720.0 + r * (1.0 / 5040.0));
  const high = 1.0 / 40320.0 + r * (1.0 / 362880.0) + r2 * (1.0 / 3628800.0 + r * (1.0 / 39916800.0));
  return low + r4 * (middle + r4 * (high + r4 * (1.0 / 479001600.0 + r * (1.0 / 6227020800.0))));
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
