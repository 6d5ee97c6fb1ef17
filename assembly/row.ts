// Passes over a part of one row; the only loads and stores of float32 data.
import { BLOCK_COLS } from '../src/raw/sizes';
import { scratch } from './env';
import { BASE, Exp, LEAST, Vector, ZERO } from './exp';
import { finite, Vector64 } from './exp64';
import { betaHi, betaLo, betaLog2e, HARD, lowest, magic, method, origin, PLAIN, prescale } from './reference';

/** The largest float32. */
export const F32_MAX: f64 = 3.4028234663852886e38;

/**
 * A row's last elements, n & 7 of them, by themselves in the scratch, where a pass works on them as on every other pair
 * of vectors; beyond them −Infinity. They are read before anything is written in their place.
 */
class Rest {
  static load(x: usize, n: i32, pad: usize): void {
    const bottom = f32x4.splat(LEAST);
    v128.store(pad, bottom, 16);
    v128.store(pad, bottom);
    Rest.copy(x + ((<usize>n & ~7) << 2), pad, n);
  }

  static store(out: usize, n: i32, pad: usize): void {
    Rest.copy(pad, out + ((<usize>n & ~7) << 2), n);
  }

  static copy(from: usize, to: usize, n: i32): void {
    if (n & 4) {
      v128.store(to, v128.load(from));
      from += 16;
      to += 16;
    }
    if (n & 2) {
      store<i64>(to, load<i64>(from));
      from += 8;
      to += 8;
    }
    if (n & 1) store<i32>(to, load<i32>(from));
  }
}

/** Where in the scratch a row's last elements are; not at its beginning, as what is added makes an address of one value. */
const PAD: usize = 64;
/** Where behind them accumulators end, side by side: from there an engine sees that they may be kept in one register. */
const SUMS: usize = 64;
/** And where summands go that nobody reads. */
const NOWHERE: usize = 128;

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

/** The sum of all lanes of the two compensated sums that lie in the scratch. */
function sumOf(pad: usize): f64 {
  const base = f32x4.splat(BASE);
  const a0 = f32x4.sub(v128.load(pad, SUMS), base);
  const a1 = f32x4.sub(v128.load(pad, SUMS + 16), base);
  const e = f32x4.add(v128.load(pad, SUMS + 32), v128.load(pad, SUMS + 48));
  const low = f64x2.add(f64x2.promote_low_f32x4(a0), f64x2.promote_low_f32x4(a1));
  const high = f64x2.add(f64x2.promote_low_f32x4(Vector.high(a0)), f64x2.promote_low_f32x4(Vector.high(a1)));
  const lost = f64x2.add(f64x2.promote_low_f32x4(e), f64x2.promote_low_f32x4(Vector.high(e)));
  return Vector64.sum(f64x2.add(f64x2.add(low, high), lost));
}

/** Passes in line, so that a loop over rows sets up their constants once. */
export class Pass {
  /** A vector that holds the largest element, if any, and others, none of them twice; `few`: they may be fewer than eight. */
  @inline static maxima(x: usize, n: i32, few: bool): v128 {
    const pad = scratch + PAD;
    if (few && n & 7) Rest.load(x, n, pad);
    let m0 = f32x4.splat(LEAST);
    let m1 = m0;
    let m2 = m0;
    let m3 = m0;
    for (const end = x + ((<usize>n & ~15) << 2); x < end; x += 64) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      const x2 = v128.load(x, 32);
      const x3 = v128.load(x, 48);
      m0 = f32x4.pmax(m0, x0);
      m1 = f32x4.pmax(m1, x1);
      m2 = f32x4.pmax(m2, x2);
      m3 = f32x4.pmax(m3, x3);
    }
    v128.store(pad, f32x4.pmax(m1, m3), SUMS + 16);
    v128.store(pad, f32x4.pmax(m0, m2), SUMS);
    let m = f32x4.pmax(v128.load(pad, SUMS), v128.load(pad, SUMS + 16));
    if (n & 8) m = f32x4.pmax(m, f32x4.pmax(v128.load(x), v128.load(x, 16)));
    if (n & 7) {
      if (few) m = f32x4.pmax(m, f32x4.pmax(v128.load(pad), v128.load(pad, 16)));
      else {
        // The last eight, less those that have been: to read what was just written by parts would take long.
        x += ((<usize>n & 15) << 2) - 32;
        const seen = i32x4.splat(7 - (n & 7));
        const bottom = f32x4.splat(LEAST);
        m = f32x4.pmax(m, v128.bitselect(v128.load(x), bottom, i32x4.gt_s(i32x4(0, 1, 2, 3), seen)));
        m = f32x4.pmax(m, v128.bitselect(v128.load(x, 16), bottom, i32x4.gt_s(i32x4(4, 5, 6, 7), seen)));
      }
    }
    return m;
  }

  /**
   * Σ 2^−R·exp(…) by PLAIN, or by GENERAL if `product`; the summands go to `out`, if it is not 0.
   *
   * The sums are compensated: e gathers what a + y loses, exactly, as long as |a| ≥ |y| (Fast2Sum). So a starts at 4, above
   * every summand.
   */
  @inline static sum(x: usize, out: usize, n: i32, magic: v128, lowest: v128, product: bool): f64 {
    const pad = scratch + PAD;
    if (n & 7) Rest.load(x, n, pad);
    // What may change is taken out of the loop here, if it is used.
    const pre = f32x4.splat(prescale);
    const shift = f32x4.splat(-origin);
    const log2e = f32x4.splat(betaLog2e);
    const bHi = f32x4.splat(betaHi);
    const bLo = f32x4.splat(betaLo);
    let a0 = f32x4.splat(BASE);
    let a1 = a0;
    let e0 = f32x4.splat(ZERO);
    let e1 = e0;
    let to = out ? out : pad + NOWHERE;
    const step: usize = out ? 32 : 0;
    for (let end = x + ((<usize>n & ~7) << 2); ; end = pad + 32) {
      for (; x < end; x += 32, to += step) {
        const x0 = v128.load(x);
        const x1 = v128.load(x, 16);
        let y0: v128;
        let y1: v128;
        if (product) {
          y0 = Exp.ofProduct(Vector.madd(x0, pre, shift), log2e, bHi, bLo, magic, lowest);
          y1 = Exp.ofProduct(Vector.madd(x1, pre, shift), log2e, bHi, bLo, magic, lowest);
        } else {
          y0 = Exp.of(x0, magic, lowest);
          y1 = Exp.of(x1, magic, lowest);
        }
        const s0 = f32x4.add(a0, y0);
        const s1 = f32x4.add(a1, y1);
        e0 = f32x4.add(e0, f32x4.sub(y0, f32x4.sub(s0, a0)));
        e1 = f32x4.add(e1, f32x4.sub(y1, f32x4.sub(s1, a1)));
        a0 = s0;
        a1 = s1;
        v128.store(to, y1, 16);
        v128.store(to, y0);
      }
      if (!(n & 7) || end == pad + 32) break;
      x = pad;
      to = pad;
    }
    if (out && n & 7) Rest.store(out, n, pad);
    v128.store(pad, a1, SUMS + 16);
    v128.store(pad, a0, SUMS);
    v128.store(pad, e1, SUMS + 48);
    v128.store(pad, e0, SUMS + 32);
    return sumOf(pad);
  }

  /** out = x·factor for a factor of float32's range, at most `most` if `limit`; `few`: there may be fewer than eight. */
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
    const pad = scratch + PAD;
    const isFew = few && n < 8;
    if (isFew) {
      Rest.load(x, n, pad);
      x = pad;
    }
    // The last pair may overlap the one before it, so it is read before anything is written.
    const bytes = isFew ? 0 : ((<usize>n) << 2) - 32;
    const y0 = v128.load(x + bytes);
    const y1 = v128.load(x + bytes, 16);
    let to = out;
    for (const end = x + bytes; x < end; x += 32, to += 32) {
      const v0 = v128.load(x);
      const v1 = v128.load(x, 16);
      const p0 = Pass.product(v0, high, low, limit, top);
      const p1 = Pass.product(v1, high, low, limit, top);
      v128.store(to, p1, 16);
      v128.store(to, p0);
    }
    to = isFew ? pad : out + bytes;
    v128.store(to, Pass.product(y0, high, low, limit, top));
    v128.store(to, Pass.product(y1, high, low, limit, top), 16);
    if (isFew) Rest.store(out, n, pad);
  }

  @inline static product(y: v128, high: v128, low: v128, limit: bool, top: v128): v128 {
    const p = Vector.madd(y, high, f32x4.mul(y, low));
    return limit ? f32x4.pmin(p, top) : p;
  }
}

/** Σ 2^−R·exp(…) over one block, by the method prepared; the summands go to `out`, if it is not 0. */
function blockSum(x: usize, out: usize, n: i32, max: f32): f64 {
  if (method >= HARD) return countSum(x, out, n, max);
  if (method == PLAIN) return Pass.sum(x, out, n, f32x4.splat(magic), f32x4.splat(lowest), false);
  return Pass.sum(x, out, n, f32x4.splat(magic), f32x4.splat(lowest), true);
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

/** The sum over a row or a part of one, by the method prepared; each block's goes to `sums`, if that is not 0. */
export function rowSum(x: usize, out: usize, sums: usize, n: i32, skip: i32, max: f32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i += BLOCK_COLS) {
    const at = (<usize>i) << 2;
    const sum = blockSumWithout(x + at, out ? out + at : 0, min(BLOCK_COLS, n - i), skip - i, max);
    if (sums) {
      store<f64>(sums, sum);
      sums += 8;
    }
    total += sum;
  }
  return total;
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
  const pad = scratch + PAD;
  if (n & 7) Rest.load(x, n, pad);
  let to = out;
  for (let end = x + ((<usize>n & ~7) << 2); ; end = pad + 32) {
    for (; x < end; x += 16, to += 16) {
      const v = v128.load(x);
      const low = f64x2.sub(f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(v), m), b), l);
      const high = f64x2.sub(f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(Vector.high(v)), m), b), l);
      v128.store(to, Vector.join(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high)));
    }
    if (!(n & 7) || end == pad + 32) break;
    x = pad;
    to = pad;
  }
  if (n & 7) Rest.store(out, n, pad);
}

export function fill(out: usize, n: i32, value: f32): void {
  const v = f32x4.splat(value);
  let i = 0;
  for (; i + 4 <= n; i += 4) v128.store(out + ((<usize>i) << 2), v);
  for (; i < n; i++) store<f32>(out + ((<usize>i) << 2), value);
}
