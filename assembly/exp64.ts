// exp and log1p of two float64 at once, for results in which summands cancel or that reach below float32's normal
// numbers, and for what is drawn at random. No loads, no stores.
//
// exp: x = n·ln 2 + r, 2^n·Σ rⁱ/i!, |r| ≤ ½·ln 2, to i = 11, which leaves 7e-15 at most; never fused, so that
// src/raw/js/exp-minus.ts computes the same bits. Variables instead of literals: one load each, where an engine would
// put a literal vector together from integers.
import { ONE } from './exp';
export let X_LOG2_E: f64 = 1.4426950408889634; // 0x1.71547652b82fep+0
export let X_LN2_HI: f64 = 0.6931471803691238; // 0x1.62e42fee00000p-1: 33 bits, so that n·X_LN2_HI is exact
export let X_LN2_LO: f64 = 1.9082149292705877e-10; // 0x1.a39ef35793c76p-33
export let X_ROUNDER: f64 = 6755399441056767; // 0x1.8p+52 + 1023: the sum's low bits are n + 1023, an exponent
export let X_LOWEST: f64 = -700; // here and below, 0
export let X2: f64 = 0.5; // 1/2
export let X3: f64 = 0.16666666666666666; // 1/6
export let X4: f64 = 0.041666666666666664; // 1/24
export let X5: f64 = 0.008333333333333333; // 1/120
export let X6: f64 = 0.001388888888888889; // 1/720
export let X7: f64 = 0.0001984126984126984; // 1/5040
export let X8: f64 = 2.48015873015873e-5; // 1/40320
export let X9: f64 = 2.7557319223985893e-6; // 1/362880
export let X10: f64 = 2.755731922398589e-7; // 1/3628800
export let X11: f64 = 2.505210838544172e-8; // 1/39916800

// 2·artanh(s)/s by powers of s² ≤ 1/9, within 3e-12.
export let L0: f64 = 2.000000000004996;
export let L1: f64 = 0.6666666622945342;
export let L2: f64 = 0.4000006231542775;
export let L3: f64 = 0.2856811127317061;
export let L4: f64 = 0.22305727948016463;
export let L5: f64 = 0.17117719282544616;
export let L6: f64 = 0.2187505224990739;

export class Vector64 {
  /** a·b + c, fused where the build may. */
  @inline static madd(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
    return f64x2.add(f64x2.mul(a, b), c);
  }

  @inline static sum(a: v128): f64 {
    return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  }

  /** Two float32 as float64, or one and a 0 where `single`. */
  @inline static load(ptr: usize, single: bool): v128 {
    return f64x2.promote_low_f32x4(single ? v128.load32_zero(ptr) : v128.load64_zero(ptr));
  }

  @inline static store(ptr: usize, v: v128, single: bool): void {
    const rounded = f32x4.demote_f64x2_zero(v);
    if (single) v128.store32_lane(ptr, rounded, 0);
    else v128.store64_lane(ptr, rounded, 0);
  }
}

export let LN2: f64 = 0.6931471805599453;

// 2·artanh(s)/s by powers of s² ≤ 0.04, within 5e-11.
export let R0: f64 = 2.0000000000422076;
export let R1: f64 = 0.6666666145944118;
export let R2: f64 = 0.400010248793679;
export let R3: f64 = 0.2850113640179817;
export let R4: f64 = 0.24170710035616524;
export let HALF_BIT: i64 = 0x0008000000000000; // 2^51
export let INTEGER: i64 = 0x4330000000000000; // the bits of 2^52, behind which an integer stands

/** In line, for loops: their constants are many. */
export class Math64 {
  /** exp(x) for x ≤ 0; 0 up to X_LOWEST, NaN for NaN. */
  @inline static exp(x: v128): v128 {
    const rounder = f64x2.splat(X_ROUNDER);
    const t = f64x2.add(rounder, f64x2.mul(x, f64x2.splat(X_LOG2_E)));
    const n = f64x2.sub(t, rounder);
    const r = f64x2.sub(
      f64x2.sub(x, f64x2.mul(n, f64x2.splat(X_LN2_HI))),
      f64x2.mul(n, f64x2.splat(X_LN2_LO)),
    );
    const r2 = f64x2.mul(r, r);
    const r4 = f64x2.mul(r2, r2);
    const low = f64x2.add(
      f64x2.add(f64x2.splat(ONE), r),
      f64x2.mul(r2, f64x2.add(f64x2.splat(X2), f64x2.mul(f64x2.splat(X3), r))),
    );
    const middle = Math64.four(r, r2, f64x2.splat(X4), f64x2.splat(X5), f64x2.splat(X6), f64x2.splat(X7));
    const high = Math64.four(r, r2, f64x2.splat(X8), f64x2.splat(X9), f64x2.splat(X10), f64x2.splat(X11));
    const p = f64x2.add(low, f64x2.mul(r4, f64x2.add(middle, f64x2.mul(r4, high))));
    const y = f64x2.mul(p, i64x2.shl(t, 52));
    return v128.andnot(y, f64x2.le(x, f64x2.splat(X_LOWEST)));
  }

  /** (a + b·r) + r²·(c + d·r) */
  @inline static four(r: v128, r2: v128, a: v128, b: v128, c: v128, d: v128): v128 {
    return f64x2.add(f64x2.add(a, f64x2.mul(b, r)), f64x2.mul(r2, f64x2.add(c, f64x2.mul(d, r))));
  }

  /** log(1 + e) for 0 ≤ e ≤ 1. */
  @inline static log1pTo1(e: v128): v128 {
    return Math64.artanh2(f64x2.div(e, f64x2.add(f64x2.splat(2), e)));
  }

  /** log(a/b) for normal a ≥ b > 0 or a little below, exact also near 0; NaN if a is. */
  @inline static logRatio(a: v128, b: v128): v128 {
    // a/b = 2^k·m/b, m/b in [⅔, 1½]: as numbers the bits of floats are logarithms, roughly.
    const k = i64x2.shr_u(i64x2.add(i64x2.sub(a, b), i64x2.splat(HALF_BIT)), 52);
    const m = i64x2.sub(a, i64x2.shl(k, 52));
    const s = f64x2.div(f64x2.sub(m, b), f64x2.add(m, b));
    const integer = i64x2.splat(INTEGER);
    const n = f64x2.mul(f64x2.sub(v128.or(k, integer), integer), f64x2.splat(LN2));
    const z = f64x2.mul(s, s);
    const z2 = f64x2.mul(z, z);
    const low = Vector64.madd(f64x2.splat(R1), z, f64x2.splat(R0));
    const high = Vector64.madd(f64x2.splat(R3), z, f64x2.splat(R2));
    const p = Vector64.madd(Vector64.madd(f64x2.splat(R4), z2, high), z2, low);
    return f64x2.add(Vector64.madd(s, p, n), f64x2.sub(a, a));
  }

  /** 2·artanh(s) for |s| ≤ 1/3. */
  @inline static artanh2(s: v128): v128 {
    const z = f64x2.mul(s, s);
    const z2 = f64x2.mul(z, z);
    const l01 = Vector64.madd(f64x2.splat(L1), z, f64x2.splat(L0));
    const l23 = Vector64.madd(f64x2.splat(L3), z, f64x2.splat(L2));
    const l45 = Vector64.madd(f64x2.splat(L5), z, f64x2.splat(L4));
    const high = Vector64.madd(f64x2.splat(L6), z2, l45);
    return f64x2.mul(s, Vector64.madd(Vector64.madd(high, z2, l23), z2, l01));
  }
}

export function exp64(x: v128): v128 {
  return Math64.exp(x);
}

/** log(1 + z) for z ≥ 0 in these lanes. */
export function log1p64(z: v128, lanes: v128): v128 {
  const near = Math64.log1pTo1(z);
  // From where on what 1 + z rounds away does not matter: seldom.
  const far = v128.and(lanes, f64x2.ge(z, f64x2.splat(0.25)));
  if (!v128.any_true(far)) return near;
  const one = f64x2.splat(ONE);
  return v128.bitselect(Math64.logRatio(f64x2.add(one, z), one), near, far);
}

/** Variables for the binary's size alone. */
export let TINY: f64 = 5e-324;
export let HUGE: f64 = 1.7976931348623157e308;

/** β as a factor that makes no NaN of 0·Infinity: 0 keeps infinities, Infinity keeps 0. */
export function finite(beta: f64): f64 {
  return min(Math.max(beta, TINY), HUGE);
}

/** A slope that keeps 0, as `finite` does, and its sign. */
export function finiteSlope(slope: f64): f64 {
  return min(Math.max(slope, -HUGE), HUGE);
}
