// Passes over a part of one row; the only loads and stores of float32 data.
import { BLOCK_COLS } from '../src/raw/sizes';
import { BASE, Exp, LEAST, Vector, ZERO } from './exp';
import { finite } from './exp64';
import {
  betaHi,
  betaLo,
  betaLog2e,
  GENERAL,
  HARD,
  lowest,
  magic,
  method,
  origin,
  PLAIN,
  prescale,
  summands,
} from './reference';

/** The largest float32. */
export const F32_MAX: f64 = 3.4028234663852886e38;

/** The n < 4 elements at ptr; −Infinity in the other lanes. */
function loadFew(ptr: usize, n: i32): v128 {
  let v = f32x4.replace_lane(f32x4.splat(LEAST), 0, load<f32>(ptr));
  if (n > 1) v = f32x4.replace_lane(v, 1, load<f32>(ptr, 4));
  if (n > 2) v = f32x4.replace_lane(v, 2, load<f32>(ptr, 8));
  return v;
}

function storeFew(ptr: usize, n: i32, v: v128): void {
  store<f32>(ptr, f32x4.extract_lane(v, 0));
  if (n > 1) store<f32>(ptr, f32x4.extract_lane(v, 1), 4);
  if (n > 2) store<f32>(ptr, f32x4.extract_lane(v, 2), 8);
}

/**
 * The tail of n elements, n & 3 of them: the last vector, which overlaps the one before it; or the few there are,
 * for which `few` asks. (Code for them where they cannot occur would cost registers in the loops around it.)
 */
class Tail {
  /** It must be read before anything is written in its place. */
  @inline static load(x: usize, n: i32, few: bool): v128 {
    return few && n < 4 ? loadFew(x, n) : v128.load(x + ((<usize>n) << 2) - 16);
  }

  @inline static store(out: usize, n: i32, v: v128, few: bool): void {
    if (few && n < 4) storeFew(out, n, v);
    else v128.store(out + ((<usize>n) << 2) - 16, v);
  }

  /** The lanes that no vector before it holds. */
  static mask(n: i32): v128 {
    return i32x4.gt_s(i32x4(0, 1, 2, 3), i32x4.splat(n < 4 ? -1 : 3 - (n & 3)));
  }
}

/** The largest element, −Infinity if there is none; NaN is passed over. */
export function maxF32(x: usize, n: i32): f32 {
  let m0 = Pass.maxima(x, n, true);
  m0 = f32x4.pmax(m0, Vector.high(m0));
  m0 = f32x4.pmax(m0, i8x16.shuffle(m0, m0, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7));
  return f32x4.extract_lane(m0, 0);
}

/** The first index at which x is value, or NaN if that is, or −1. */
export function indexOfF32(x: usize, n: i32, value: f32): i32 {
  const v = f32x4.splat(value);
  // What is equal to itself is looked for by the one comparison, NaN by the other.
  const nan = i32x4.splat(value == value ? 0 : -1);
  let i = 0;
  // Sixteen elements to a branch.
  for (; i + 16 <= n; i += 16) {
    const at = x + ((<usize>i) << 2);
    const found01 = v128.or(Vector.matches(v128.load(at), v, nan), Vector.matches(v128.load(at, 16), v, nan));
    const found23 = v128.or(
      Vector.matches(v128.load(at, 32), v, nan),
      Vector.matches(v128.load(at, 48), v, nan),
    );
    if (v128.any_true(v128.or(found01, found23))) break;
  }
  for (; i < n; i++) {
    if (v128.any_true(Vector.matches(v128.load32_splat(x + ((<usize>i) << 2)), v, nan))) return i;
  }
  return -1;
}

/** Passes in line, so that a loop over rows sets up their constants once. */
export class Pass {
  /** A vector that holds the largest element, if any, and others; unless `few`, no element twice. */
  @inline static maxima(x: usize, n: i32, few: bool): v128 {
    let m0 = f32x4.splat(LEAST);
    if (n & 3) {
      const tail = Tail.load(x, n, few);
      m0 = few ? f32x4.pmax(m0, tail) : v128.bitselect(tail, m0, Tail.mask(n));
    }
    let m1 = m0;
    let m2 = m0;
    let m3 = m0;
    const end = x + ((<usize>n & ~3) << 2);
    for (const end16 = x + ((<usize>n & ~15) << 2); x < end16; x += 64) {
      m0 = f32x4.pmax(m0, v128.load(x));
      m1 = f32x4.pmax(m1, v128.load(x, 16));
      m2 = f32x4.pmax(m2, v128.load(x, 32));
      m3 = f32x4.pmax(m3, v128.load(x, 48));
    }
    for (; x < end; x += 16) m0 = f32x4.pmax(m0, v128.load(x));
    return f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3));
  }

  /** Σ 2^−R·exp(x) by PLAIN; the summands go to `out`, if it is not 0. */
  @inline static plainSum(x: usize, out: usize, n: i32, magic: v128, lowest: v128, few: bool): f64 {
    const tail = n & 3 ? Tail.load(x, n, few) : lowest;
    let a = f32x4.splat(BASE);
    let e = f32x4.splat(ZERO);
    const to = out - x;
    const end = x + ((<usize>n & ~3) << 2);
    for (let at = x; at < end; at += 16) {
      const y = Exp.of(v128.load(at), magic, lowest);
      if (out) v128.store(at + to, y);
      const sum = f32x4.add(a, y);
      e = f32x4.add(e, f32x4.sub(y, f32x4.sub(sum, a)));
      a = sum;
    }
    if (n & 3) {
      // In line only for the sake of short rows.
      const y = few ? summands(tail) : Exp.of(tail, magic, lowest);
      if (out) Tail.store(out, n, y, few);
      const rest = v128.and(y, Tail.mask(n));
      const sum = f32x4.add(a, rest);
      e = f32x4.add(e, f32x4.sub(rest, f32x4.sub(sum, a)));
      a = sum;
    }
    return Vector.sum2(f32x4.sub(a, f32x4.splat(BASE)), e);
  }

  /** out = x·factor for a factor of float32's range, at most `most` if `limit`. */
  @inline static scale(
    x: usize,
    out: usize,
    n: i32,
    factor: f64,
    fuses: bool,
    limit: bool,
    most: f32,
    few: bool,
  ): void {
    // Fused, y·high + y·low rounds once. Without, it rounds thrice, but y·high is exact for a power of two.
    const nearest = f64x2.extract_lane(Vector.powerOfTwoNear(f64x2.splat(factor)), 0);
    const highest = fuses ? <f32>factor : <f32>nearest;
    const high = f32x4.splat(highest);
    const low = f32x4.splat(<f32>(factor - <f64>highest));
    const top = f32x4.splat(most);
    const to = out - x;
    const tail = n & 3 ? Tail.load(x, n, few) : high;
    const end = x + ((<usize>n & ~3) << 2);
    for (let at = x; at < end; at += 16) {
      const y = v128.load(at);
      let p = Vector.madd(y, high, f32x4.mul(y, low));
      if (limit) p = f32x4.pmin(p, top);
      v128.store(at + to, p);
    }
    if (n & 3) {
      let p = Vector.madd(tail, high, f32x4.mul(tail, low));
      if (limit) p = f32x4.pmin(p, top);
      Tail.store(out, n, p, few);
    }
  }
}

/**
 * Σ 2^−R·exp(…) over one block, by the method prepared; the summands go to `out`, if it is not 0.
 *
 * The sums are compensated: e gathers what a + y loses, exactly, as long as |a| ≥ |y| (Fast2Sum). So a starts at
 * 4, above every summand.
 */
function blockSum(x: usize, out: usize, n: i32, max: f32): f64 {
  if (method == PLAIN) return plainSum(x, out, n);
  if (method == GENERAL) return productSum(x, out, n);
  return countSum(x, out, n, max);
}

function plainSum(x: usize, out: usize, n: i32): f64 {
  return Pass.plainSum(x, out, n, f32x4.splat(magic), f32x4.splat(lowest), true);
}

function productSum(x: usize, out: usize, n: i32): f64 {
  const pre = f32x4.splat(prescale);
  const shift = f32x4.splat(-origin);
  const log2e = f32x4.splat(betaLog2e);
  const bHi = f32x4.splat(betaHi);
  const bLo = f32x4.splat(betaLo);
  const m = f32x4.splat(magic);
  const low = f32x4.splat(lowest);
  const tail = n & 3 ? Tail.load(x, n, true) : low;
  let a = f32x4.splat(BASE);
  let e = f32x4.splat(ZERO);
  const to = out - x;
  const end = x + ((<usize>n & ~3) << 2);
  for (let at = x; at < end; at += 16) {
    const d = Vector.madd(v128.load(at), pre, shift);
    const y = Exp.ofProduct(d, log2e, bHi, bLo, m, low);
    if (out) v128.store(at + to, y);
    const sum = f32x4.add(a, y);
    e = f32x4.add(e, f32x4.sub(y, f32x4.sub(sum, a)));
    a = sum;
  }
  if (n & 3) {
    const y = summands(tail);
    if (out) Tail.store(out, n, y, true);
    const rest = v128.and(y, Tail.mask(n));
    const sum = f32x4.add(a, rest);
    e = f32x4.add(e, f32x4.sub(rest, f32x4.sub(sum, a)));
    a = sum;
  }
  return Vector.sum2(f32x4.sub(a, f32x4.splat(BASE)), e);
}

/** 1 at the maxima (HARD) or wherever x is above −Infinity (UNIFORM), 0 elsewhere, NaN for NaN. */
function countSum(x: usize, out: usize, n: i32, max: f32): f64 {
  const hard = method == HARD;
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 2;
    const v = load<f32>(x + at);
    const counted = hard ? v == max : v > -Infinity;
    const y: f32 = v == v ? (counted ? 1 : 0) : v;
    if (out) store<f32>(out + at, y);
    sum += y;
  }
  return sum;
}

/** blockSum without the element at `skip`, if that lies in the block; its place in `out` is left as it is. */
function blockSumWithout(x: usize, out: usize, n: i32, skip: i32, max: f32): f64 {
  if (<u32>skip >= <u32>n) return blockSum(x, out, n, max);
  const after = ((<usize>skip) << 2) + 4;
  return blockSum(x, out, skip, max) + blockSum(x + after, out ? out + after : 0, n - skip - 1, max);
}

/** The sum of each block of a part of a row, by the method prepared. */
export function partSums(x: usize, out: usize, sums: usize, n: i32, skip: i32, max: f32): void {
  for (let i = 0; i < n; i += BLOCK_COLS) {
    const to = out ? out + ((<usize>i) << 2) : 0;
    store<f64>(sums, blockSumWithout(x + ((<usize>i) << 2), to, min(BLOCK_COLS, n - i), skip - i, max));
    sums += 8;
  }
}

/** The sum over a whole row, as partSums and adding in order make it. */
export function rowSum(x: usize, out: usize, n: i32, skip: i32, max: f32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < n; i += BLOCK_COLS) {
    const to = out ? out + ((<usize>i) << 2) : 0;
    sum += blockSumWithout(x + ((<usize>i) << 2), to, min(BLOCK_COLS, n - i), skip - i, max);
  }
  return sum;
}

/** out = x·factor, as though factor were not rounded to float32; at most 1 if `limit`. */
export function scaleF32(x: usize, out: usize, n: i32, factor: f64, limit: bool): void {
  if (abs(factor) <= F32_MAX) {
    Pass.scale(x, out, n, factor, Vector.fuses(), true, limit ? 1 : Infinity, true);
  } else if (factor == factor) scaleHuge(x, out, n, <f32>factor);
  else fill(out, n, NaN);
}

/** out = x·factor for an infinite factor, where 0 stays 0. */
function scaleHuge(x: usize, out: usize, n: i32, factor: f32): void {
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 2;
    const y = load<f32>(x + at);
    store<f32>(out + at, y == 0 ? y : y * factor);
  }
}

/** out = β(x − max) − logTotal, in float64, rounded once. */
export function logScaleF32(x: usize, out: usize, n: i32, max: f32, beta: f64, logTotal: f64): void {
  if (logTotal != logTotal) fill(out, n, NaN);
  else if (max < Infinity) logScale(x, out, n, max, beta, logTotal);
  else {
    // T = 0 and infinite maxima.
    for (let i = 0; i < n; i++) {
      const at = (<usize>i) << 2;
      store<f32>(out + at, load<f32>(x + at) == max ? <f32>-logTotal : -Infinity);
    }
  }
}

function logScale(x: usize, out: usize, n: i32, max: f32, beta: f64, logTotal: f64): void {
  const m = f64x2.splat(max);
  // Neither 0·Infinity: a β of 0 keeps −Infinity, an infinite one keeps 0.
  const b = f64x2.splat(finite(beta));
  const l = f64x2.splat(logTotal);
  const tail = n & 3 ? Tail.load(x, n, true) : m;
  for (let i = 0; i < n; i += 4) {
    const last = i + 4 > n;
    const v = last ? tail : v128.load(x + ((<usize>i) << 2));
    const low = f64x2.sub(f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(v), m), b), l);
    const high = f64x2.sub(f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(Vector.high(v)), m), b), l);
    const y = Vector.join(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high));
    if (last) Tail.store(out, n, y, true);
    else v128.store(out + ((<usize>i) << 2), y);
  }
}

export function fill(out: usize, n: i32, value: f32): void {
  const v = f32x4.splat(value);
  let i = 0;
  for (; i + 4 <= n; i += 4) v128.store(out + ((<usize>i) << 2), v);
  for (; i < n; i++) store<f32>(out + ((<usize>i) << 2), value);
}
