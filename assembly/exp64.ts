// exp and log1p of two float64 at once, for results in which summands cancel or that reach below float32's normal
// numbers. No loads, no stores. exp: x = n·ln 2 + r, 2^n·(1 + r + r²·g(r)), g of degree 8, within 2e-15.
// The polynomials are power series economized by Chebyshev's. Variables instead of literals: one load each, where an
// engine would put a literal vector together from integers.

export let EXP_LOG2_E: f64 = 1.4426950408889634; // 0x1.71547652b82fep+0
export let EXP_LN2_HI: f64 = 0.6931471803691238; // 0x1.62e42fee00000p-1: n·EXP_LN2_HI is exact
export let EXP_LN2_LO: f64 = 1.9082149292705877e-10; // 0x1.a39ef35793c76p-33
/** The low bits of EXP_ROUNDER + n are n + 1023: a float64's exponent field. */
export let EXP_ROUNDER: f64 = 6755399441056767; // 1.5·2^52 + 1023
export let EXP_LOWEST: f64 = -708;
export let E2: f64 = 0.5000000000000001;
export let E3: f64 = 0.16666666666648228;
export let E4: f64 = 0.04166666666662398;
export let E5: f64 = 0.008333333353780259;
export let E6: f64 = 0.001388888891728367;
export let E7: f64 = 0.00019841208631580606;
export let E8: f64 = 0.000024801521187721228;
export let E9: f64 = 0.0000027625171337164535;
export let E10: f64 = 2.762013975793959e-7;

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

/** exp(x) for x < 709; 0 up to EXP_LOWEST, NaN for NaN. */
export function exp64(x: v128): v128 {
  const lowest = f64x2.splat(EXP_LOWEST);
  const rounder = f64x2.splat(EXP_ROUNDER);
  const above = f64x2.pmax(x, lowest);
  const t = Vector64.madd(above, f64x2.splat(EXP_LOG2_E), rounder);
  const n = f64x2.sub(t, rounder);
  const r = f64x2.sub(
    f64x2.sub(above, f64x2.mul(n, f64x2.splat(EXP_LN2_HI))),
    f64x2.mul(n, f64x2.splat(EXP_LN2_LO)),
  );
  const r2 = f64x2.mul(r, r);
  const e23 = Vector64.madd(f64x2.splat(E3), r, f64x2.splat(E2));
  const e45 = Vector64.madd(f64x2.splat(E5), r, f64x2.splat(E4));
  const e67 = Vector64.madd(f64x2.splat(E7), r, f64x2.splat(E6));
  const e89 = Vector64.madd(f64x2.splat(E9), r, f64x2.splat(E8));
  const low = Vector64.madd(e45, r2, e23);
  const high = Vector64.madd(Vector64.madd(f64x2.splat(E10), r2, e89), r2, e67);
  const g = Vector64.madd(high, f64x2.mul(r2, r2), low);
  const s = i64x2.shl(t, 52);
  const y = Vector64.madd(Vector64.madd(g, r2, r), s, s);
  return v128.andnot(y, f64x2.le(x, lowest));
}

/** log(1 + e) for 0 ≤ e ≤ 1. */
export function log1p64(e: v128): v128 {
  const s = f64x2.div(e, f64x2.add(f64x2.splat(2), e));
  const z = f64x2.mul(s, s);
  const z2 = f64x2.mul(z, z);
  const l01 = Vector64.madd(f64x2.splat(L1), z, f64x2.splat(L0));
  const l23 = Vector64.madd(f64x2.splat(L3), z, f64x2.splat(L2));
  const l45 = Vector64.madd(f64x2.splat(L5), z, f64x2.splat(L4));
  const high = Vector64.madd(f64x2.splat(L6), z2, l45);
  return f64x2.mul(s, Vector64.madd(Vector64.madd(high, z2, l23), z2, l01));
}

/** β as a factor that makes no NaN of 0·Infinity: 0 keeps infinities, Infinity keeps 0. */
export function finite(beta: f64): f64 {
  return min(Math.max(beta, f64.MIN_VALUE), f64.MAX_VALUE);
}

/** A slope that keeps 0, as `finite` does, and its sign. */
export function finiteSlope(slope: f64): f64 {
  return min(Math.max(slope, -f64.MAX_VALUE), f64.MAX_VALUE);
}
