// Many rows at β = 1: softmax, or the loss of a label and its gradient. What each row costs beside its elements is
// shared by four of them. A row that this does not cover goes to the functions for one row, for
// its own values' sake alone, so that its bits do not depend on its neighbours.
import { Exp, LEAST, LN2_HI, LN2_LO, LOG2_E, ROUNDER } from './exp';
import { finiteSlope } from './exp64';
import { labelLoss } from './label-loss';
import { LARGE } from './reference';
import { fill, Maxima, maxima, scaleF32, sumOf } from './row';
import { logRatio } from './scalar';
import { softmaxRow } from './softmax-row';

/** A sum less its largest summand keeps enough digits while the next one is exp(−5) of that or more. */
const LEAD_OF_FOURS: f32 = 5;

/**
 * Rows of 4 columns to one block. With `labels`: `losses`, and gradients if `out` is not 0, of rows that are not
 * ignored; else softmax.
 */
export function fours(
  x: usize,
  out: usize,
  rows: i32,
  cols: i32,
  labels: usize,
  weight: usize,
  losses: usize,
  ignoreIndex: i32,
  scale: f64,
): void {
  const bytes = (<usize>cols) << 2;
  for (; rows > 0; rows -= 4) {
    let m0 = f32x4.splat(LEAST);
    let m1 = m0;
    let m2 = m0;
    let m3 = m0;
    for (let i = 0; i < 4; i++) {
      m0 = m1;
      m1 = m2;
      m2 = m3;
      // Of fewer than four rows the last stands in for those that there are not.
      if (i < rows) {
        const row = x + <usize>i * bytes;
        // V8 joins no accumulators inside another loop.
        m3 = WIDE ? maxima(row, cols) : Maxima.of(row, cols);
      }
    }
    // The larger of each row's lanes 0 and 2, and of 1 and 3.
    const m01 = f32x4.pmax(
      i8x16.shuffle(m0, m1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23),
      i8x16.shuffle(m0, m1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31),
    );
    const m23 = f32x4.pmax(
      i8x16.shuffle(m2, m3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23),
      i8x16.shuffle(m2, m3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31),
    );
    const even = i8x16.shuffle(m01, m23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    const odd = i8x16.shuffle(m01, m23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    const tops = f32x4.pmax(even, odd);
    const seconds = f32x4.pmin(even, odd);
    const n = f32x4.nearest(f32x4.mul(tops, f32x4.splat(LOG2_E)));
    const magics = f32x4.sub(f32x4.splat(ROUNDER + 128), n);
    const lowests = f32x4.mul(f32x4.sub(n, f32x4.splat(128)), f32x4.splat(LN2_HI + LN2_LO));
    const lacks = Exp.lackOf(tops, magics);
    const largests = Exp.of(tops, magics, lowests);
    // The bytes of a row's lane, four times.
    let lane = i32x4.splat(0x03020100);
    for (let i = 0; i < min(rows, 4); i++) {
      const top = f32x4.extract_lane(i8x16.swizzle(tops, lane), 0);
      let plain = abs(top) <= LARGE;
      let at: usize = 0;
      // By how much the label's logit is below the largest.
      let distance: f64 = 0;
      if (labels) {
        const label = load<i32>(labels);
        const ignored = label == ignoreIndex;
        at = ignored ? 0 : (<usize>label) << 2;
        const own = load<f32>(x + at);
        distance = <f64>top - <f64>own;
        plain =
          plain &&
          !ignored &&
          (distance > 0 || top - f32x4.extract_lane(i8x16.swizzle(seconds, lane), 0) <= LEAD_OF_FOURS);
        if (!plain) {
          const loss = ignored ? 0 : labelLoss(x, label, weight, out, cols, 1, scale, false);
          if (ignored && out) fill(out, cols, 0);
          store<f64>(losses, loss);
        }
      } else if (!plain) softmaxRow(x, out, cols, 1);
      if (plain) {
        const magic = f32x4.extract_lane(i8x16.swizzle(magics, lane), 0);
        const lowest = f32x4.extract_lane(i8x16.swizzle(lowests, lane), 0);
        const sum = sumOf(x, out, cols, false, magic, lowest);
        const own = <f64>f32x4.extract_lane(i8x16.swizzle(largests, lane), 0);
        const error = <f64>f32x4.extract_lane(i8x16.swizzle(lacks, lane), 0);
        const total = sum + error;
        let factor = 1.0 / total;
        let slope: f64 = 0;
        if (labels) {
          const w: f64 = weight ? load<f32>(weight + at) : 1;
          let others = sum - own;
          const loss = logRatio(total, own + error) + distance;
          if (out) {
            slope = finiteSlope(scale * w) * factor;
            if (distance > 0) others = total - load<f32>(out + at);
            factor = loss == loss ? slope : NaN;
            slope = 0.0 - slope * others;
          }
          // A target of 0 contributes 0, even of an infinite loss.
          store<f64>(losses, w == 0.0 && loss == Infinity ? 0.0 : w * loss);
        }
        if (out) {
          scaleF32(out, out, cols, factor, !labels);
          if (labels) store<f32>(out + at, <f32>slope);
        }
      }
      lane = i8x16.add(lane, i8x16.splat(4));
      x += bytes;
      if (out) out += bytes;
      if (labels) labels += 4;
      losses += 8;
    }
  }
}
