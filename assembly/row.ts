// Passes over a part of one row; the only loads and stores of float32 data.
import { C2, C3, C4, C5, C6, Exp, LN2_HI, LN2_LO, LOG2_E, LOWEST, MAGIC } from './exp';

/** Columns per block: sums run within blocks, then over blocks. */
export const BLOCK_COLS: i32 = 4096;

/** The n < 4 elements at ptr, the other lanes filled. */
function loadTail(ptr: usize, n: i32, fill: f32): v128 {
  let v = f32x4.replace_lane(f32x4.splat(fill), 0, load<f32>(ptr));
  if (n > 1) v = f32x4.replace_lane(v, 1, load<f32>(ptr, 4));
  if (n > 2) v = f32x4.replace_lane(v, 2, load<f32>(ptr, 8));
  return v;
}

function storeTail(ptr: usize, n: i32, v: v128): void {
  store<f32>(ptr, f32x4.extract_lane(v, 0));
  if (n > 1) store<f32>(ptr, f32x4.extract_lane(v, 1), 4);
  if (n > 2) store<f32>(ptr, f32x4.extract_lane(v, 2), 8);
}

/** The largest element, −Infinity if there is none; NaN is passed over. */
export function maxF32(x: usize, n: i32): f32 {
  let m0 = f32x4.splat(-Infinity);
  let m1 = m0;
  const end = x + ((<usize>n & ~3) << 2);
  for (const end8 = x + ((<usize>n & ~7) << 2); x < end8; x += 32) {
    m0 = f32x4.pmax(m0, v128.load(x));
    m1 = f32x4.pmax(m1, v128.load(x, 16));
  }
  if (x < end) m0 = f32x4.pmax(m0, v128.load(x));
  if (n & 3) m1 = f32x4.pmax(m1, loadTail(end, n & 3, -Infinity));
  m0 = f32x4.pmax(m0, m1);
  m0 = f32x4.pmax(m0, i8x16.shuffle(m0, m0, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  m0 = f32x4.pmax(m0, i8x16.shuffle(m0, m0, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return f32x4.extract_lane(m0, 0);
}

/** The first index at which x is value, or NaN if that is, or −1. */
export function indexOfF32(x: usize, n: i32, value: f32): i32 {
  const v = f32x4.splat(value);
  let i = 0;
  if (value != value) {
    for (; i < n; i++) {
      const element = load<f32>(x + ((<usize>i) << 2));
      if (element != element) return i;
    }
    return -1;
  }
  for (; i + 4 <= n; i += 4) {
    const equal = i32x4.bitmask(f32x4.eq(v128.load(x + ((<usize>i) << 2)), v));
    if (equal) return i + ctz(equal);
  }
  for (; i < n; i++) if (load<f32>(x + ((<usize>i) << 2)) == value) return i;
  return -1;
}

/** Σ exp(β(x − max)) over one block; the summands go to `out`, if it is not 0. */
export function blockSum(x: usize, out: usize, n: i32, max: f32, beta: f64): f64 {
  const log2e = f32x4.splat(LOG2_E);
  const magic = f32x4.splat(MAGIC);
  const ln2Hi = f32x4.splat(LN2_HI);
  const ln2Lo = f32x4.splat(LN2_LO);
  const c2 = f32x4.splat(C2);
  const c3 = f32x4.splat(C3);
  const c4 = f32x4.splat(C4);
  const c5 = f32x4.splat(C5);
  const c6 = f32x4.splat(C6);
  const lowest = f32x4.splat(LOWEST);
  const m = f32x4.splat(max);
  const b = f32x4.splat(<f32>beta);
  let sum: f64 = 0;
  let i = 0;
  while (i < n) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    const end = min(n, i + 128);
    for (; i + 8 <= end; i += 8) {
      const p = x + ((<usize>i) << 2);
      const y0 = Exp.x4(
        f32x4.mul(f32x4.sub(v128.load(p), m), b),
        log2e,
        magic,
        ln2Hi,
        ln2Lo,
        c2,
        c3,
        c4,
        c5,
        c6,
        lowest,
      );
      const y1 = Exp.x4(
        f32x4.mul(f32x4.sub(v128.load(p, 16), m), b),
        log2e,
        magic,
        ln2Hi,
        ln2Lo,
        c2,
        c3,
        c4,
        c5,
        c6,
        lowest,
      );
      if (out) {
        v128.store(out + ((<usize>i) << 2), y0);
        v128.store(out + ((<usize>i) << 2), y1, 16);
      }
      s0 = f32x4.add(s0, y0);
      s1 = f32x4.add(s1, y1);
    }
    for (; i < end; i += 4) {
      const p = x + ((<usize>i) << 2);
      const rest = end - i;
      const v = rest < 4 ? loadTail(p, rest, -Infinity) : v128.load(p);
      const y = Exp.x4(f32x4.mul(f32x4.sub(v, m), b), log2e, magic, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, lowest);
      if (out) {
        if (rest < 4) storeTail(out + ((<usize>i) << 2), rest, y);
        else v128.store(out + ((<usize>i) << 2), y);
      }
      s0 = f32x4.add(s0, y);
    }
    s0 = f32x4.add(s0, s1);
    sum +=
      <f64>f32x4.extract_lane(s0, 0) +
      <f64>f32x4.extract_lane(s0, 1) +
      (<f64>f32x4.extract_lane(s0, 2) + <f64>f32x4.extract_lane(s0, 3));
  }
  return sum;
}

/** The sums of all blocks of a part of a row; the element at `skip`, if not −1, is left out. */
export function expSumF32(x: usize, out: usize, sums: usize, n: i32, skip: i32, max: f32, beta: f64): void {
  for (let i = 0; i < n; i += BLOCK_COLS) {
    const count = min(BLOCK_COLS, n - i);
    const at = x + ((<usize>i) << 2);
    const to = out ? out + ((<usize>i) << 2) : 0;
    store<f64>(sums, blockSumWithout(at, to, count, skip - i, max, beta));
    sums += 8;
  }
}

/** blockSum without the element at `skip`, if that lies in the block. */
function blockSumWithout(x: usize, out: usize, n: i32, skip: i32, max: f32, beta: f64): f64 {
  if (<u32>skip >= <u32>n) return blockSum(x, out, n, max, beta);
  const at = (<usize>skip) << 2;
  const left = blockSum(x, out, skip, max, beta);
  if (out) blockSum(x + at, out + at, 1, max, beta);
  const after = at + 4;
  return left + blockSum(x + after, out ? out + after : 0, n - skip - 1, max, beta);
}

/** Σ exp(β(x − max)) from the sum over the blocks. */
export function totalF32(sum: f64, skipped: i32, max: f32, beta: f64): f64 {
  return sum;
}

/** Σ exp(β(x − max)) of a whole row, as expSumF32 and totalF32 make it. */
export function rowSum(x: usize, out: usize, n: i32, skip: i32, max: f32, beta: f64): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i += BLOCK_COLS) {
    const at = x + ((<usize>i) << 2);
    const to = out ? out + ((<usize>i) << 2) : 0;
    total += blockSumWithout(at, to, min(BLOCK_COLS, n - i), skip - i, max, beta);
  }
  return total;
}

/** out = x / total. */
export function scaleF32(x: usize, out: usize, n: i32, max: f32, beta: f64, total: f64): void {
  const s = f32x4.splat(<f32>(1.0 / total));
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(out + at, f32x4.mul(v128.load(x + at), s));
  }
  const at = (<usize>i) << 2;
  if (i < n) storeTail(out + at, n - i, f32x4.mul(loadTail(x + at, n - i, 0), s));
}

/** out = β(x − max) − logTotal. */
export function logScaleF32(x: usize, out: usize, n: i32, max: f32, beta: f64, logTotal: f64): void {
  const m = f32x4.splat(max);
  const b = f32x4.splat(<f32>beta);
  const l = f32x4.splat(<f32>logTotal);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(out + at, f32x4.sub(f32x4.mul(f32x4.sub(v128.load(x + at), m), b), l));
  }
  const at = (<usize>i) << 2;
  if (i < n) storeTail(out + at, n - i, f32x4.sub(f32x4.mul(f32x4.sub(loadTail(x + at, n - i, 0), m), b), l));
}

export function fill(out: usize, n: i32, value: f32): void {
  for (let i = 0; i < n; i++) store<f32>(out + ((<usize>i) << 2), value);
}
