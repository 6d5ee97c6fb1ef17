// exp of four float32 at once: x = n·ln 2 + r, exp(x) = 2^n·p(r), p of degree 6. No loads, no stores.
//
// The constants are exported variables, not literals: engines rebuild a literal vector in every turn of a loop,
// whereas a variable is splatted once, before it.
export let LOG2_E: f32 = 1.4426950216293335; // 0x1.715476p+0
export let LN2_HI: f32 = 0.693145751953125; // 0x1.62e4p-1: few bits, so that n·LN2_HI is exact
export let LN2_LO: f32 = 1.428606765330187e-6; // 0x1.7f7d1cp-20
export let MAGIC: f32 = 12583039.0; // 0x1.8000fe0000000p+23: adding it rounds to an integer, whose bits hold 127 + n
export let C2: f32 = 0.4999999403953552; // 0x1.fffffcp-2
export let C3: f32 = 0.1666652113199234; // 0x1.555492p-3
export let C4: f32 = 0.04166826978325844; // 0x1.5558b2p-5
export let C5: f32 = 0.008368678390979767; // 0x1.12399p-7
export let C6: f32 = 0.0013820327585563064; // 0x1.6a4aa6p-10
/** Here and below, exp gives 0: −127·ln 2. */
export let LOWEST: f32 = -88.02969193;

export class Vector {
  /** a·b + c, fused where the build may. */
  @inline static madd(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
    return f32x4.add(f32x4.mul(a, b), c);
  }

  /** c − a·b, fused where the build may. */
  @inline static nmadd(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
    return f32x4.sub(c, f32x4.mul(a, b));
  }
}

export class Exp {
  /** exp(x) for x ≤ 0; NaN for NaN. */
  @inline static x4(
    x: v128,
    log2e: v128,
    magic: v128,
    ln2Hi: v128,
    ln2Lo: v128,
    c2: v128,
    c3: v128,
    c4: v128,
    c5: v128,
    c6: v128,
    lowest: v128,
  ): v128 {
    x = f32x4.pmax(x, lowest);
    const t = Vector.madd(x, log2e, magic);
    const n = f32x4.sub(t, magic);
    const r = Vector.nmadd(n, ln2Lo, Vector.nmadd(n, ln2Hi, x));
    const s = i32x4.shl(t, 23);
    const r2 = f32x4.mul(r, r);
    const q = Vector.madd(Vector.madd(c6, r2, Vector.madd(c5, r, c4)), r2, Vector.madd(c3, r, c2));
    return Vector.madd(Vector.madd(q, r2, r), s, s);
  }
}
