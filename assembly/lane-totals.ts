// From a lane's sums to what its results take: factors, logarithms; in float64, where they are exact.
import { BASE, ONE, Vector } from './exp';
import { exp64, finite, log1p64, Math64 } from './exp64';
import {
  ERROR,
  FACTOR,
  HIGH,
  LACK,
  LARGEST,
  LOG,
  LOW,
  MAX,
  SHARE,
  SLOT,
  Slot,
  SUM,
  slots,
  TOP,
} from './slot';

export class Two {
  /** The sum of two lanes' exponentials, as they were computed. */
  @inline static sum(at: usize): v128 {
    const sum = f32x4.sub(v128.load64_zero(at + SUM), f32x4.splat(BASE));
    return f64x2.add(f64x2.promote_low_f32x4(sum), Slot.two(at, ERROR));
  }

  /** A float64 factor of two lanes, in two parts of float32: y·HIGH + y·LOW is all but y·factor. */
  @inline static storeFactor(at: usize, factor: v128, fuses: bool): void {
    // Fused, it rounds once. Without, it rounds thrice, but y·HIGH is exact for a power of two.
    const high = f32x4.demote_f64x2_zero(fuses ? factor : Vector.powerOfTwoNear(factor));
    const low = f32x4.demote_f64x2_zero(f64x2.sub(factor, f64x2.promote_low_f32x4(high)));
    v128.store64_lane(at + HIGH, high, 0);
    v128.store64_lane(at + LOW, low, 0);
  }
}

/** softmax: 1/Σ in two parts. */
export function softmaxFactors(strips: i32): void {
  const fuses = Vector.fuses();
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    for (let at = s; at < s + 32; at += 8) {
      const total = f64x2.add(Two.sum(at), Slot.two(at, LACK));
      Two.storeFactor(at, f64x2.div(f64x2.splat(ONE), total), fuses);
    }
  }
}

class Aside {
  /** As logTotals, for those lanes whose largest element was left out of the sum. */
  @inline static put(at: usize, to: usize, others: v128, exact: v128, lanes: v128, beta: f64): void {
    const one = f64x2.splat(ONE);
    const below = f64x2.sub(Slot.two(at, MAX), Slot.two(at, TOP));
    const e = exp64(f64x2.mul(f64x2.splat(finite(beta)), below));
    const odds = f64x2.div(f64x2.mul(others, e), exact);
    const part = f64x2.div(one, f64x2.add(one, odds));
    Aside.select(to + LOG, log1p64(odds, lanes), lanes);
    Aside.select(to + FACTOR, f64x2.mul(f64x2.div(e, exact), part), lanes);
    Aside.select(to + SHARE, f64x2.mul(odds, part), lanes);
  }

  @inline static select(at: usize, v: v128, lanes: v128): void {
    v128.store(at, v128.bitselect(v, v128.load(at), lanes));
  }
}

/**
 * LOG = log Σ exp(β(x − TOP)) of so many pairs of lanes, exact also near 0; NaN without a softmax. For gradients also
 * FACTOR and SHARE. Where MAX is not TOP, that is not in the sum, or, if `clamped`, as a second MAX.
 */
export function logTotals(pairs: i32, beta: f64, clamped: bool, gradient: bool): void {
  const one = f64x2.splat(ONE);
  const most = f32x4.splat(beta < Infinity ? f32.MAX_VALUE : Infinity);
  const least = f32x4.splat(-f32.MAX_VALUE);
  for (let i = 0; i < pairs; i++) {
    const s = slots() + (i >> 2) * SLOT;
    const half = (<usize>(i & 3)) << 3;
    const at = s + half;
    const to = s + 2 * half;
    const max = v128.load64_zero(at + MAX);
    const top = v128.load64_zero(at + TOP);
    const lack = Slot.two(at, LACK);
    const exact = f64x2.add(Slot.two(at, LARGEST), lack);
    // Without a softmax it is NaN.
    const none = f64x2.promote_low_f32x4(v128.or(f32x4.gt(top, most), f32x4.lt(top, least)));
    const total = v128.or(f64x2.add(Two.sum(at), lack), none);
    v128.store(to, Math64.logRatio(total, exact), LOG);
    if (gradient) {
      const unit = f64x2.div(one, total);
      v128.store(to, unit, FACTOR);
      v128.store(to, f64x2.mul(f64x2.sub(total, exact), unit), SHARE);
    }
    const left = f64x2.ne(f64x2.promote_low_f32x4(max), f64x2.promote_low_f32x4(top));
    if (v128.any_true(left)) {
      const others = clamped ? f64x2.sub(total, Slot.two(at, LARGEST)) : total;
      Aside.put(at, to, others, exact, left, beta);
    }
  }
}

/** logSumExp, in the place of MAX. */
export function logSumExps(strips: i32, beta: f64): void {
  const b = f64x2.splat(finite(beta));
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    for (let half: usize = 0; half < 32; half += 8) {
      const at = s + half;
      const max = Slot.two(at, MAX);
      const value = f64x2.add(f64x2.mul(b, max), v128.load(s + 2 * half, LOG));
      // An infinite maximum is the result, unless there is NaN, which is in the sum.
      const sum = Slot.two(at, ERROR);
      const infinite = f64x2.eq(f64x2.abs(max), f64x2.splat(Infinity));
      const result = v128.bitselect(f64x2.add(max, f64x2.sub(sum, sum)), value, infinite);
      v128.store64_lane(at + MAX, f32x4.demote_f64x2_zero(result), 0);
    }
  }
}
