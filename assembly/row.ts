// Passes over a part of one row; the only loads and stores of float32 data.
import { BLOCK_COLS } from '../src/raw/sizes';
import { Scratch } from './env';
import { BASE, Exp, LEAST, LOG2_E, Vector, ZERO } from './exp';
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
  prescale,
  summands,
} from './reference';

/** The largest float32. */
export const F32_MAX: f64 = 3.4028234663852886e38;

/** The n < 4 elements at ptr; −Infinity in the other lanes. */
export function loadFew(ptr: usize, n: i32): v128 {
  let v = f32x4.splat(LEAST);
  if (n > 0) v = f32x4.replace_lane(v, 0, load<f32>(ptr));
  if (n > 1) v = f32x4.replace_lane(v, 1, load<f32>(ptr, 4));
  if (n > 2) v = f32x4.replace_lane(v, 2, load<f32>(ptr, 8));
  return v;
}

export function storeFew(ptr: usize, n: i32, v: v128): void {
  if (n > 0) store<f32>(ptr, f32x4.extract_lane(v, 0));
  if (n > 1) store<f32>(ptr, f32x4.extract_lane(v, 1), 4);
  if (n > 2) store<f32>(ptr, f32x4.extract_lane(v, 2), 8);
}

/** The lanes of the last four of n elements that no whole vector before them holds. */
function tailMask(n: i32): v128 {
  return i32x4.gt_s(i32x4(0, 1, 2, 3), i32x4.splat(3 - (n & 3)));
}

/** The largest element, −Infinity if there is none; NaN is passed over. */
export function maxF32(x: usize, n: i32): f32 {
  let m = n < 4 ? f32x4.pmax(f32x4.splat(LEAST), loadFew(x, n)) : maxima(x, n);
  m = f32x4.pmax(m, Vector.high(m));
  m = f32x4.pmax(m, i8x16.shuffle(m, m, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7));
  return f32x4.extract_lane(m, 0);
}

export class Maxima {
  /** A vector that holds the largest of n ≥ 4 elements, if any, and others, no element twice; NaN is passed over. */
  @inline static of(x: usize, n: i32): v128 {
    const last = x + ((<usize>n) << 2) - 16;
    let m0 = f32x4.splat(LEAST);
    // Not on 256 bits: V8 of Node 26 ends the process over accumulators of which one begins in a branch.
    if (!WIDE && n & 3) m0 = f32x4.pmax(m0, v128.bitselect(v128.load(last), m0, tailMask(n)));
    let m1 = m0;
    let m2 = m0;
    let m3 = m0;
    const end = x + ((<usize>n & ~3) << 2);
    for (const end16 = x + ((<usize>n & ~15) << 2); x < end16; x += 64) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      const x2 = v128.load(x, 32);
      const x3 = v128.load(x, 48);
      m0 = f32x4.pmax(m0, x0);
      m1 = f32x4.pmax(m1, x1);
      m2 = f32x4.pmax(m2, x2);
      m3 = f32x4.pmax(m3, x3);
    }
    if (WIDE) {
      const to = Scratch.spare();
      v128.store(to, m3, 48);
      v128.store(to, m2, 32);
      v128.store(to, m1, 16);
      v128.store(to, m0);
      m0 = v128.load(to);
      m1 = v128.load(to, 16);
      m2 = v128.load(to, 32);
      m3 = v128.load(to, 48);
      if (n & 3) m0 = f32x4.pmax(m0, v128.bitselect(v128.load(last), m0, tailMask(n)));
    }
    for (; x < end; x += 16) m0 = f32x4.pmax(m0, v128.load(x));
    return f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3));
  }
}

/** The same out of line. */
export function maxima(x: usize, n: i32): v128 {
  return Maxima.of(x, n);
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

class Sums {
  /** In the scratch, side by side, as V8 joins them. */
  @inline static keep(to: usize, a0: v128, a1: v128, e0: v128, e1: v128): void {
    v128.store(to, a1, 16);
    v128.store(to, a0);
    v128.store(to, e1, 48);
    v128.store(to, e0, 32);
  }
}

/** Bytes of a row whose reduced arguments lie in the scratch at a time. */
const PIECE: usize = 1024;

/**
 * Σ 2^−R·exp(…) of n ≥ 4 elements by PLAIN, or GENERAL if `product`; the summands go to `out`, if it is not 0.
 *
 * One loop reduces the arguments of a piece of the row, the next one has the exponentials and their sums: a single one
 * would have more constants, accumulators and intermediate results than there are registers, and what engines leave in
 * memory then are the accumulators.
 */
export function sumOf(x: usize, out: usize, n: i32, product: bool, magic: f32, lowest: f32): f64 {
  const m = f32x4.splat(magic);
  const low = f32x4.splat(lowest);
  const sums = Scratch.spare();
  const reduced = sums + 64;
  const last = ((<usize>n) << 2) - 16;
  const tail = v128.load(x + last);
  const base = f32x4.splat(BASE);
  let a0 = base;
  let a1 = base;
  let e0 = f32x4.splat(ZERO);
  let e1 = e0;
  if (WIDE) Sums.keep(sums, a0, a1, e0, e1);
  const pre = f32x4.splat(prescale);
  const shift = f32x4.splat(-origin);
  const bLog2e = f32x4.splat(betaLog2e);
  const bHi = f32x4.splat(betaHi);
  const bLo = f32x4.splat(betaLo);
  let at = x;
  for (const end = x + ((<usize>n & ~7) << 2); at < end; ) {
    let to = out ? out + (at - x) : reduced;
    const stop = min(at + PIECE, end);
    let next = reduced;
    if (product) {
      for (; at < stop; at += 32) {
        const x0 = f32x4.pmax(Vector.madd(v128.load(at), pre, shift), low);
        const x1 = f32x4.pmax(Vector.madd(v128.load(at, 16), pre, shift), low);
        const t0 = Vector.madd(x0, bLog2e, m);
        const t1 = Vector.madd(x1, bLog2e, m);
        v128.store(next, t1, 48);
        v128.store(next, t0, 32);
        v128.store(next, Exp.restOfProduct(x1, f32x4.sub(t1, m), bHi, bLo), 16);
        v128.store(next, Exp.restOfProduct(x0, f32x4.sub(t0, m), bHi, bLo));
        next += 64;
      }
    } else {
      const log2e = f32x4.splat(LOG2_E);
      for (; at < stop; at += 32) {
        const x0 = f32x4.pmax(v128.load(at), low);
        const x1 = f32x4.pmax(v128.load(at, 16), low);
        const t0 = Vector.madd(x0, log2e, m);
        const t1 = Vector.madd(x1, log2e, m);
        v128.store(next, t1, 48);
        v128.store(next, t0, 32);
        v128.store(next, Exp.rest(x1, f32x4.sub(t1, m)), 16);
        v128.store(next, Exp.rest(x0, f32x4.sub(t0, m)));
        next += 64;
      }
    }
    // Accumulators that V8 joins must not live through a loop around theirs.
    if (WIDE) {
      a0 = v128.load(sums);
      a1 = v128.load(sums, 16);
      e0 = v128.load(sums, 32);
      e1 = v128.load(sums, 48);
    }
    for (let from = reduced; from < next; from += 64) {
      const y0 = Exp.scaled(v128.load(from), i32x4.shl(v128.load(from, 32), 23));
      const y1 = Exp.scaled(v128.load(from, 16), i32x4.shl(v128.load(from, 48), 23));
      v128.store(to, y1, 16);
      v128.store(to, y0);
      to += 32;
      const s0 = f32x4.add(a0, y0);
      const s1 = f32x4.add(a1, y1);
      e0 = f32x4.add(e0, f32x4.sub(y0, f32x4.sub(s0, a0)));
      e1 = f32x4.add(e1, f32x4.sub(y1, f32x4.sub(s1, a1)));
      a0 = s0;
      a1 = s1;
    }
    if (WIDE) Sums.keep(sums, a0, a1, e0, e1);
  }
  if (n & 4) {
    const v = v128.load(at);
    const y = product ? summands(v) : Exp.of(v, m, low);
    v128.store(out ? out + (at - x) : reduced, y);
    const s = f32x4.add(a0, y);
    e0 = f32x4.add(e0, f32x4.sub(y, f32x4.sub(s, a0)));
    a0 = s;
  }
  if (n & 3) {
    let y = product ? summands(tail) : Exp.of(tail, m, low);
    v128.store(out ? out + last : reduced, y);
    y = v128.and(y, tailMask(n));
    const s = f32x4.add(a0, y);
    e0 = f32x4.add(e0, f32x4.sub(y, f32x4.sub(s, a0)));
    a0 = s;
  }
  return Vector.sum3(f32x4.sub(a0, base), f32x4.sub(a1, base), f32x4.add(e0, e1));
}

/**
 * Σ 2^−R·exp(…) over one block, by the method prepared; the summands go to `out`, if it is not 0.
 *
 * The sums are compensated: e gathers what a + y loses, exactly, as long as |a| ≥ |y| (Fast2Sum). So a starts at
 * 4, above every summand.
 */
function blockSum(x: usize, out: usize, n: i32, max: f32): f64 {
  if (method > GENERAL) return countSum(x, out, n, max);
  if (n < 4) return fewSum(x, out, n);
  return sumOf(x, out, n, method == GENERAL, magic, lowest);
}

function fewSum(x: usize, out: usize, n: i32): f64 {
  const y = summands(loadFew(x, n));
  if (out) storeFew(out, n, y);
  const sum = Vector.halves(y);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
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
  if (abs(factor) <= F32_MAX) scale(x, out, n, factor, limit ? 1 : Infinity);
  else if (factor == factor) scaleHuge(x, out, n, <f32>factor);
  else fill(out, n, NaN);
}

/** out = x·factor for a factor of float32's range, at most `most`. */
function scale(x: usize, out: usize, n: i32, factor: f64, most: f32): void {
  // Fused, y·high + y·low rounds once. Without, it rounds thrice, but y·high is exact for a power of two.
  const nearest = f64x2.extract_lane(Vector.powerOfTwoNear(f64x2.splat(factor)), 0);
  const highest = Vector.fuses() ? <f32>factor : <f32>nearest;
  const high = f32x4.splat(highest);
  const low = f32x4.splat(<f32>(factor - <f64>highest));
  const top = f32x4.splat(most);
  if (n < 4) {
    storeFew(out, n, Scaled.of(loadFew(x, n), high, low, top));
    return;
  }
  // The last two vectors, or the first and the last, may overlap those before them: read before anything is written.
  const last = ((<usize>n) << 2) - 16;
  const before = n < 8 ? 0 : last - 16;
  const y0 = v128.load(x + before);
  const y1 = v128.load(x + last);
  const to = out - x;
  let at = x;
  for (const end = x + ((<usize>n & ~7) << 2); at < end; at += 32) {
    const y0 = v128.load(at);
    const y1 = v128.load(at, 16);
    v128.store(at + to, Scaled.of(y1, high, low, top), 16);
    v128.store(at + to, Scaled.of(y0, high, low, top));
  }
  v128.store(out + before, Scaled.of(y0, high, low, top));
  v128.store(out + last, Scaled.of(y1, high, low, top));
}

class Scaled {
  /** y·(high + low), at most `top`. */
  @inline static of(y: v128, high: v128, low: v128, top: v128): v128 {
    return f32x4.pmin(Vector.madd(y, high, f32x4.mul(y, low)), top);
  }
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
  const few = n < 4;
  const end = ((<usize>n) << 2) - 16;
  const tail = few ? loadFew(x, n) : v128.load(x + end);
  for (let i = 0; i < n; i += 4) {
    const last = i + 4 > n;
    const v = last ? tail : v128.load(x + ((<usize>i) << 2));
    const low = f64x2.sub(f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(v), m), b), l);
    const high = f64x2.sub(f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(Vector.high(v)), m), b), l);
    const y = Vector.join(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high));
    if (few) storeFew(out, n, y);
    else v128.store(out + (last ? end : (<usize>i) << 2), y);
  }
}

export function fill(out: usize, n: i32, value: f32): void {
  for (let i = 0; i < n; i++) store<f32>(out + ((<usize>i) << 2), value);
}
