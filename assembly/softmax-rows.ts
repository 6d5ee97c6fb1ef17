// Softmax of many rows: what each row costs beside its elements is shared by four of them, the constants by all.
// The same bits as softmax.ts, to which rows go that PLAIN does not cover.
import { C2, C3, C4, C5, C6, Exp, LN2_HI, LN2_LO, LOG2_E, ROUNDER, Vector } from './exp';
import { LARGE } from './reference';
import { fill, Pass } from './row';
import { softmaxRow } from './softmax';

/** The next lane in the first. */
function rotate(v: v128): v128 {
  return i8x16.shuffle(v, v, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
}

/**
 * The largest summand is at least √2 and the total no less: only of a larger reciprocal could a product round to
 * more than 1.
 */
const ALMOST_ALL: f64 = 0.3535;

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
        if (factor == factor)
          Pass.scale(out, out, cols, factor, fuses, 1, limits || factor > ALMOST_ALL, false);
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
