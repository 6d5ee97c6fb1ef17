// Softmax of many rows: what each row costs beside its elements is shared by four of them, the constants by all.
// The same bits as softmax.ts, to which rows go that PLAIN does not cover.
import { C2, C3, C4, C5, C6, Exp, LN2_HI, LN2_LO, LOG2_E, ROUNDER, Vector } from './exp';
import { LARGE } from './reference';
import { fill, Pass } from './row';
import { ALMOST_ALL, softmaxRow } from './softmax';

/** The next lane in the first. */
function rotate(v: v128): v128 {
  return i8x16.shuffle(v, v, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
}

/** Rows of up to so many columns go through softmaxFours even if they are fewer than four. */
const FEW_COLS: i32 = 64;

/** Rows of one block and more than 3 columns, β = 1, four by four; returns how many it did. */
export function softmaxFours(x: usize, out: usize, rows: i32, cols: i32): i32 {
  const log2e = f32x4.splat(LOG2_E);
  const ln2Hi = f32x4.splat(LN2_HI);
  const ln2Lo = f32x4.splat(LN2_LO);
  const c2 = f32x4.splat(C2);
  const c3 = f32x4.splat(C3);
  const c4 = f32x4.splat(C4);
  const c5 = f32x4.splat(C5);
  const c6 = f32x4.splat(C6);
  const fuses = Vector.fuses();
  const bytes = (<usize>cols) << 2;
  // In short rows a minimum too many costs less than a branch mispredicted.
  const limits = cols < 128;
  if (cols > FEW_COLS) rows &= ~3;
  const lastRow = x + <usize>(rows - 1) * bytes;
  let row = 0;
  while (row < rows) {
    let m0 = c2;
    let m1 = c2;
    let m2 = c2;
    let m3 = c2;
    for (let i: usize = 0; i < 4; i++) {
      m0 = m1;
      m1 = m2;
      m2 = m3;
      // Of fewer than four rows the last stands in for those that there are not.
      m3 = Pass.maxima(min(x + i * bytes, lastRow), cols, false);
    }
    const max = Vector.maxOfEach(m0, m1, m2, m3);
    const plain = i32x4.all_true(f32x4.le(f32x4.abs(max), f32x4.splat(LARGE)));
    const n = f32x4.nearest(f32x4.mul(max, log2e));
    let magic = f32x4.sub(f32x4.splat(ROUNDER + 128), n);
    let lowest = f32x4.mul(f32x4.sub(n, f32x4.splat(128)), f32x4.splat(LN2_HI + LN2_LO));
    let lack = Exp.lackOf(max, log2e, magic, ln2Hi, ln2Lo, c2, c3, c4, c5, c6);
    const end = min(row + 4, rows);
    for (; row < end; row++) {
      if (plain) {
        const m = Vector.first(magic);
        const low = Vector.first(lowest);
        const sum = Pass.plainSum(x, out, cols, m, low, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, false);
        const factor = 1.0 / (sum + <f64>f32x4.extract_lane(lack, 0));
        if (factor == factor) Pass.scale(out, out, cols, factor, fuses, limits || factor > ALMOST_ALL, false);
        else fill(out, cols, NaN);
        magic = rotate(magic);
        lowest = rotate(lowest);
        lack = rotate(lack);
      } else softmaxRow(x, out, cols, 1);
      x += bytes;
      out += bytes;
    }
  }
  return rows;
}

/** Rows of 2 or 3 columns, β = 1, four by four, a vector to a column; returns how many it did. */
export function softmaxPairs(x: usize, out: usize, rows: i32, cols: i32): i32 {
  const log2e = f32x4.splat(LOG2_E);
  const ln2Hi = f32x4.splat(LN2_HI);
  const ln2Lo = f32x4.splat(LN2_LO);
  const c2 = f32x4.splat(C2);
  const c3 = f32x4.splat(C3);
  const c4 = f32x4.splat(C4);
  const c5 = f32x4.splat(C5);
  const c6 = f32x4.splat(C6);
  const top = f32x4.splat(1);
  const large = f32x4.splat(LARGE);
  const fuses = Vector.fuses();
  const two = cols == 2;
  const bytes = (<usize>cols) << 4;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    let x0: v128;
    let x1: v128;
    let x2 = f32x4.splat(-Infinity);
    if (two) {
      x0 = i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
      x1 = i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    } else {
      const c = v128.load(x, 32);
      x0 = Vector.pick(a, b, c, 0);
      x1 = Vector.pick(a, b, c, 1);
      x2 = Vector.pick(a, b, c, 2);
    }
    const max = f32x4.pmax(f32x4.pmax(x0, x1), x2);
    const n = f32x4.nearest(f32x4.mul(max, log2e));
    const magic = f32x4.sub(f32x4.splat(ROUNDER + 128), n);
    const lowest = f32x4.mul(f32x4.sub(n, f32x4.splat(128)), f32x4.splat(LN2_HI + LN2_LO));
    const lack = Exp.lackOf(max, log2e, magic, ln2Hi, ln2Lo, c2, c3, c4, c5, c6);
    const y0 = Exp.of(x0, log2e, magic, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, lowest);
    const y1 = Exp.of(x1, log2e, magic, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, lowest);
    const y2 = two ? f32x4.splat(0) : Exp.of(x2, log2e, magic, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, lowest);
    const low = f64x2.div(f64x2.splat(1), Vector.sum3(y0, y1, y2, lack));
    const high = f64x2.div(
      f64x2.splat(1),
      Vector.sum3(Vector.high(y0), Vector.high(y1), Vector.high(y2), Vector.high(lack)),
    );
    // The summands of a row that PLAIN does not cover, or one with NaN, are of no use.
    const plain = v128.and(f32x4.le(f32x4.abs(max), large), f32x4.lt(Vector.demote(low, high), large));
    if (i32x4.all_true(plain)) {
      // As Pass.scale.
      const lowPart = fuses ? low : Vector.powerOfTwoNear(low);
      const highPart = fuses ? high : Vector.powerOfTwoNear(high);
      const f = Vector.demote(lowPart, highPart);
      const g = Vector.demote(
        f64x2.sub(low, f64x2.promote_low_f32x4(f)),
        f64x2.sub(high, f64x2.promote_low_f32x4(Vector.high(f))),
      );
      const p0 = f32x4.pmin(Vector.madd(y0, f, f32x4.mul(y0, g)), top);
      const p1 = f32x4.pmin(Vector.madd(y1, f, f32x4.mul(y1, g)), top);
      if (two) {
        v128.store(out, i8x16.shuffle(p0, p1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23));
        v128.store(
          out,
          i8x16.shuffle(p0, p1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31),
          16,
        );
      } else {
        const p2 = f32x4.pmin(Vector.madd(y2, f, f32x4.mul(y2, g)), top);
        // p0 p1 p2 of one row, then p0 of the next: two shuffles a vector.
        const p01 = i8x16.shuffle(p0, p1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
        const p12 = i8x16.shuffle(p1, p2, 4, 5, 6, 7, 20, 21, 22, 23, 8, 9, 10, 11, 24, 25, 26, 27);
        const p20 = i8x16.shuffle(p2, p0, 0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 28, 29, 30, 31);
        v128.store(out, i8x16.shuffle(p01, p20, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
        const p02 = i8x16.shuffle(p12, p0, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 8, 9, 10, 11);
        v128.store(out, i8x16.shuffle(p02, p12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 24, 25, 26, 27), 16);
        const p12b = i8x16.shuffle(p1, p2, 12, 13, 14, 15, 28, 29, 30, 31, 8, 9, 10, 11, 24, 25, 26, 27);
        v128.store(
          out,
          i8x16.shuffle(p20, p12b, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23),
          32,
        );
      }
      x += bytes;
      out += bytes;
    } else {
      for (let i = 0; i < 4; i++) {
        softmaxRow(x, out, cols, 1);
        x += (<usize>cols) << 2;
        out += (<usize>cols) << 2;
      }
    }
  }
  return row;
}
