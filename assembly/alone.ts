// A single row, worked along it rather than down the columns of a tile, which takes several times as long for one row.
// The same bits: of each exponential, and of their sum, which is made in the order of the columns here, too. Only for
// what is usual: β = 1, at least four columns, the largest element not too far from 0; else a function says no.
import { scratch } from './env';
import { BASE, Exp, LEAST, LN2_HI, LN2_LO, LOG2_E, ONE, ROUNDER, Vector } from './exp';
import { Largest, LEAD } from './lane-reference';
import { Totals, Two } from './lane-totals';
import { LARGE } from './reference';
import { ERROR, HIGH, LACK, LOG, LOW, MAX, Slot, SUM, slots, TOP } from './slot';

/** Relative to a maximum, as prepareLanes has it. */
let magic: v128 = i32x4(0, 0, 0, 0);
let lowest: v128 = i32x4(0, 0, 0, 0);

function prepareAlone(max: v128): void {
  const log2e = f32x4.splat(LOG2_E);
  const n = f32x4.nearest(f32x4.mul(max, log2e));
  magic = f32x4.sub(f32x4.splat(ROUNDER + 128), n);
  lowest = f32x4.mul(f32x4.sub(n, f32x4.splat(128)), f32x4.splat(LN2_HI + LN2_LO));
  Largest.store(slots(), max, log2e, max, max, magic, false);
}

/** The compensated sum of a row's exponentials but for that of column `skip`, to the first slot. */
function sumAlone(y: usize, cols: i32, skip: i32): void {
  let a: f32 = BASE;
  let e: f32 = 0;
  for (let i = 0; i < cols; i++) {
    if (i == skip) continue;
    const v = load<f32>(y + ((<usize>i) << 2));
    const s = a + v;
    e = e + (v - (s - a));
    a = s;
  }
  const at = slots();
  v128.store(at, f32x4.splat(a), SUM);
  v128.store(at, f32x4.splat(e), ERROR);
}

class Row {
  /** The largest of four lanes, in all of them. */
  @inline static max(m: v128): v128 {
    m = f32x4.pmax(m, Row.halves(m));
    return f32x4.pmax(m, Row.pairs(m));
  }

  @inline static halves(a: v128): v128 {
    return i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  }

  @inline static pairs(a: v128): v128 {
    return i8x16.shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  }

  @inline static isUsual(max: f32): bool {
    return abs(max) <= LARGE;
  }
}

/** As softmaxLanes for one row; false, and nothing done, if it is unusual. */
export function softmaxAlone(x: usize, out: usize, cols: i32): bool {
  const end = ((<usize>cols) << 2) - 16;
  let m = f32x4.pmax(f32x4.splat(LEAST), v128.load(x + end));
  for (let at: usize = 0; at < end; at += 16) m = f32x4.pmax(m, v128.load(x + at));
  m = Row.max(m);
  if (!Row.isUsual(f32x4.extract_lane(m, 0))) return false;
  prepareAlone(m);
  const g = magic;
  const l = lowest;
  // The last four overlap those before, which may be in place.
  const y = Exp.of(v128.load(x + end), g, l);
  for (let at: usize = 0; at < end; at += 16) v128.store(out + at, Exp.of(v128.load(x + at), g, l));
  v128.store(out + end, y);
  sumAlone(out, cols, -1);
  const s = slots();
  const total = f64x2.add(Two.sum(s), Slot.two(s, LACK));
  Two.storeFactor(s, f64x2.div(f64x2.splat(ONE), total), Vector.fuses());
  const high = v128.load32_splat(s, HIGH);
  const low = v128.load32_splat(s, LOW);
  const most = f32x4.splat(1);
  const p = f32x4.pmin(Vector.madd(y, high, f32x4.mul(y, low)), most);
  for (let at: usize = 0; at < end; at += 16) {
    const v = v128.load(out + at);
    v128.store(out + at, f32x4.pmin(Vector.madd(v, high, f32x4.mul(v, low)), most));
  }
  v128.store(out + end, p);
  return true;
}

/** What labelLossAlone has found. */
export let lossAlone: f64 = 0;

/** As labelLossLanes for one row with a weight, without a gradient; false, and nothing done, if it is unusual. */
export function labelLossAlone(x: usize, label: i32, weight: f64, cols: i32): bool {
  let top: f32 = -Infinity;
  let next: f32 = -Infinity;
  for (let at = x, end = x + ((<usize>cols) << 2); at < end; at += 4) {
    const v = load<f32>(at);
    // NaN is passed over.
    if (v > top) {
      next = top;
      top = v;
    } else if (v > next) next = v;
  }
  const own = load<f32>(x + ((<usize>label) << 2));
  const isFar = top - next > LEAD;
  const max = isFar ? next : top;
  if (!Row.isUsual(max) || !Row.isUsual(top)) return false;
  let skip = -1;
  if (isFar) {
    skip = label;
    if (own != top) for (skip = 0; load<f32>(x + ((<usize>skip) << 2)) != top; ) skip++;
  }
  const m = f32x4.splat(max);
  prepareAlone(m);
  const g = magic;
  const l = lowest;
  const end = ((<usize>cols) << 2) - 16;
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(scratch + at, Exp.of(f32x4.pmin(v128.load(x + at), m), g, l));
  }
  v128.store(scratch + end, Exp.of(f32x4.pmin(v128.load(x + end), m), g, l));
  sumAlone(scratch, cols, skip);
  const s = slots();
  v128.store(s, m, MAX);
  v128.store(s, f32x4.splat(top), TOP);
  Totals.two(s, s, 1, f32x4.splat(f32.MAX_VALUE), false, false);
  const distance: f64 = own == top ? 0 : <f64>top - <f64>own;
  const loss = distance + load<f64>(s, LOG);
  lossAlone = weight == 0.0 && loss == Infinity ? 0 : weight * loss;
  return true;
}
