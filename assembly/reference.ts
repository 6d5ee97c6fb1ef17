// How a row's exponentials are computed: relative to which power of two, by which of four methods. Chosen from
// its maximum and β alone, so that every part of a row, wherever it is computed, agrees. `prepare` sets the
// variables below, which the passes then read; they carry nothing from one call to the next.
import { Exp, LN2_HI, LN2_LO, LOG2_E, ROUNDER, UPPER_HALF, Vector, ZERO } from './exp';

/** β = 1 and |max| ≤ 200: exp(x) itself, its exponent shifted by R. */
export const PLAIN: i32 = 0;
/** exp(β(x·prescale − origin)), β in two parts. */
export const GENERAL: i32 = 1;
/** β·|max| is so large, or β, that every x but the maxima gives 0. */
export const HARD: i32 = 2;
/** β is so small that every x but −Infinity gives 1. */
export const UNIFORM: i32 = 3;

export let method: i32 = 0;
/** Summands are 2^−R·exp(…); its logarithm for the largest one. */
export let logLargest: f64 = 0;
/** The largest summand. */
export let largest: f64 = 0;
/** What the largest summand lacks of its exact value. */
export let largestError: f64 = 0;
/** ROUNDER + 127 − R. */
export let magic: f32 = 0;
/** Here and below, the summand is 0. */
export let lowest: f32 = 0;
export let prescale: f32 = 1;
export let origin: f32 = 0;
export let betaLog2e: f32 = 0;
export let betaHi: f32 = 1;
export let betaLo: f32 = 0;

export const LN2: f64 = 0.6931471805599453;
const INV_LN2: f64 = 1.4426950408889634;
/** Above, x − max is exact wherever exp(x − max) is not 0 (Sterbenz), and n·LN2_HI would soon not be. */
export const LARGE: f32 = 200;

/** Chooses the method for a row of the maximum `max`, finite unless β is Infinity. */
export function prepare(max: f32, beta: f64): void {
  let z = beta * <f64>max;
  if (beta == 1.0 && abs(z) <= LARGE) method = PLAIN;
  // The next float32 below the maximum is 2^−25·|max| away at least, or 2^−149 from 0.
  else if (!(abs(z) <= 4294967296.0) || beta >= 1.4615016373309029e48) method = HARD;
  else if (beta < 6.842277657836021e-49) method = UNIFORM;
  else method = GENERAL;
  if (method >= HARD) {
    logLargest = 0;
    largest = 1;
    largestError = 0;
    return;
  }
  let scaled: f64 = 1;
  let b: f64 = 1;
  if (method == GENERAL) {
    scaled = prepareProduct(beta);
    b = beta / scaled;
    prescale = <f32>scaled;
    const large = abs(z) > LARGE;
    origin = large ? <f32>scaled * max : 0;
    if (large) z = 0;
  }
  // R is one less than the exponent of the largest, so that p ≥ 2^−126 is never flushed.
  // By PLAIN in float32, as fours.ts has it for four rows at once.
  const n = method == PLAIN ? <f64>nearest(max * LOG2_E) : nearest(z * INV_LN2);
  const r = z - n * LN2;
  logLargest = r + LN2;
  const shift = <f32>(n - 1.0);
  magic = ROUNDER + (127 - shift);
  lowest = <f32>(((n - 128.0) * LN2) / b);
  largest = f32x4.extract_lane(summands(f32x4.splat(max)), 0);
  largestError = lackOfFirst;
}

/** What `summands` lack in the first lane. */
let lackOfFirst: f64 = 0;

/** The summands of four elements by PLAIN or GENERAL, bit for bit as the passes' loops compute them. */
export function summands(x: v128): v128 {
  const m = f32x4.splat(magic);
  const low = f32x4.splat(lowest);
  const ln2Hi = f32x4.splat(LN2_HI);
  const ln2Lo = f32x4.splat(LN2_LO);
  const general = method == GENERAL;
  if (general) x = Vector.madd(x, f32x4.splat(prescale), f32x4.splat(-origin));
  x = f32x4.pmax(x, low);
  let high = x;
  let rest = f32x4.splat(ZERO);
  let log2e = f32x4.splat(LOG2_E);
  if (general) {
    log2e = f32x4.splat(betaLog2e);
    const bHi = f32x4.splat(betaHi);
    const xHi = v128.and(x, i32x4.splat(UPPER_HALF));
    rest = Vector.madd(f32x4.sub(x, xHi), bHi, f32x4.mul(x, f32x4.splat(betaLo)));
    high = f32x4.mul(xHi, bHi);
  }
  const t = Vector.madd(x, log2e, m);
  const n = f32x4.sub(t, m);
  const rHigh = Vector.nmadd(n, ln2Hi, high);
  rest = Vector.nmadd(n, ln2Lo, rest);
  const r = general ? f32x4.add(rHigh, rest) : Vector.nmadd(n, ln2Lo, rHigh);
  const lost = f32x4.sub(rHigh, r);
  const rLow = general ? f32x4.add(lost, rest) : Vector.nmadd(n, ln2Lo, lost);
  const s = i32x4.shl(t, 23);
  lackOfFirst = f32x4.extract_lane(Exp.lack(r, rLow, s), 0);
  return Exp.scaled(r, s);
}

/** Splits β/2^k into two parts; returns 2^k, by which x is multiplied first if β would be far from float32's middle. */
export function prepareProduct(beta: f64): f64 {
  let scaled: f64 = 1;
  const exponent = <i32>((reinterpret<i64>(beta) >> 52) & 0x7ff) - 1023;
  if (exponent > 30 || exponent < -30) {
    const k = min(max(exponent, -126), 126);
    scaled = reinterpret<f64>((<i64>(k + 1023)) << 52);
  }
  const b = beta / scaled;
  betaLog2e = <f32>(b * INV_LN2);
  // 12 bits, so that the product with 12 bits of x is exact.
  betaHi = reinterpret<f32>(reinterpret<i32>(<f32>b) & UPPER_HALF);
  betaLo = <f32>(b - <f64>betaHi);
  return scaled;
}
