// exp of four float32 at once: x = n·ln 2 + r, exp(x) = 2^n·(1 + r + r²·q(r)), q of degree 4. No loads, no stores.
// Worst error 0.998 ULP, fused 1.031 (every float32: npm run verify:exp). n is exact for |x| < 355, n·LN2_HI too.
//
// The constants are exported variables, not literals: engines rebuild a literal vector in every turn of a loop,
// whereas a variable is splatted once: wherever its splat is written, tools/build/hoist.mjs takes it out of loops.
export let LOG2_E: f32 = 1.4426950216293335; // 0x1.715476p+0
export let LN2_HI: f32 = 0.693145751953125; // 0x1.62e4p-1: few bits, so that n·LN2_HI is exact
export let LN2_LO: f32 = 1.428606765330187e-6; // 0x1.7f7d1cp-20
export let C2: f32 = 0.4999999403953552; // 0x1.fffffcp-2
export let C3: f32 = 0.1666652113199234; // 0x1.555492p-3
export let C4: f32 = 0.04166826978325844; // 0x1.5558b2p-5
export let C5: f32 = 0.008368678390979767; // 0x1.12399p-7
export let C6: f32 = 0.0013820327585563064; // 0x1.6a4aa6p-10

// Where an engine puts a literal vector together in one instruction, a variable saves the binary 14 bytes.
export let ZERO: f32 = 0;
export let ONE: f64 = 1;
export let LEAST: f32 = -1e39; // −Infinity, as a literal
/** Where compensated sums start: above every summand, which is less than 2√2. */
export let BASE: f32 = 4;

/** The 12 leading bits of a float32's significand. */
export let UPPER_HALF: i32 = 0xfffff000;

/** Added to |x| < 2^22 it rounds to an integer, which stands in the low bits of the result. */
export const ROUNDER: f32 = 12582912; // 0x1.8p+23

/** A variable, so that no compiler folds the question whether the host fuses. */
export let ULP_OF_1: f32 = 1.1920928955078125e-7;

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

  /** The sum of the lanes of a, b and c, in float64. */
  static sum3(a: v128, b: v128, c: v128): f64 {
    const sum = f64x2.add(f64x2.add(Vector.halves(a), Vector.halves(b)), Vector.halves(c));
    return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  }

  /** Two sums of two lanes each, in float64. */
  @inline static halves(a: v128): v128 {
    return f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(Vector.high(a)));
  }

  /** Whether the host fuses: the product's last bit survives. */
  @inline static fuses(): bool {
    if (!ASC_FEATURE_RELAXED_SIMD) return false;
    const a = f32x4.splat(1.0 + ULP_OF_1);
    return f32x4.extract_lane(Vector.madd(a, a, f32x4.splat(-1.0 - 2.0 * ULP_OF_1)), 0) != 0;
  }

  /** The lower halves of a and b. */
  @inline static join(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  }

  /** The power of two nearest to each normal float64, by ratio: 2^52·(2 − √2) carries into the exponent from √2 on. */
  @inline static powerOfTwoNear(x: v128): v128 {
    return v128.and(i64x2.add(x, i64x2.splat(0x00095f619980c433)), i64x2.splat(0xfff0000000000000));
  }

  /** Where x is value, or NaN where `nan` is all ones. */
  @inline static matches(x: v128, value: v128, nan: v128): v128 {
    return v128.or(f32x4.eq(x, value), v128.and(f32x4.ne(x, x), nan));
  }

  /** The upper half in the lower. */
  @inline static high(a: v128): v128 {
    return i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  }
}

export class Exp {
  /** q(r), which is (exp(r) − 1 − r)/r² for |r| ≤ ½·ln 2. */
  @inline static quotient(r: v128, r2: v128): v128 {
    const high = Vector.madd(f32x4.splat(C5), r, f32x4.splat(C4));
    const low = Vector.madd(f32x4.splat(C3), r, f32x4.splat(C2));
    return Vector.madd(Vector.madd(f32x4.splat(C6), r2, high), r2, low);
  }

  /** s·exp(r) for |r| ≤ ½·ln 2 and s a power of two or 0. */
  @inline static scaled(r: v128, s: v128): v128 {
    const r2 = f32x4.mul(r, r);
    const q = Exp.quotient(r, r2);
    return Vector.madd(Vector.madd(q, r2, r), s, s);
  }

  /**
   * What scaled(r, s) lacks of s·exp(r + rLow), to a few hundredths of its ULP: the roundings of r (rLow), of
   * r + r²·q and of the last sum, each of which a Fast2Sum recovers.
   */
  @inline static lack(r: v128, rLow: v128, s: v128): v128 {
    const r2 = f32x4.mul(r, r);
    const q = Exp.quotient(r, r2);
    const p = Vector.madd(q, r2, r);
    const y = Vector.madd(p, s, s);
    const pLow = f32x4.add(f32x4.sub(f32x4.mul(q, r2), f32x4.sub(p, r)), rLow);
    const yLow = f32x4.sub(f32x4.mul(p, s), f32x4.sub(y, s));
    return f32x4.add(yLow, f32x4.mul(pLow, s));
  }

  /** 2^−R·exp(x), where magic is ROUNDER + 127 − R; 0 up to lowest, which is (R − 127)·ln 2; NaN for NaN. */
  @inline static of(x: v128, magic: v128, lowest: v128): v128 {
    x = f32x4.pmax(x, lowest);
    const t = Vector.madd(x, f32x4.splat(LOG2_E), magic);
    return Exp.scaled(Exp.rest(x, f32x4.sub(t, magic)), i32x4.shl(t, 23));
  }

  /** r = x − n·ln 2. */
  @inline static rest(x: v128, n: v128): v128 {
    return Vector.nmadd(n, f32x4.splat(LN2_LO), Vector.nmadd(n, f32x4.splat(LN2_HI), x));
  }

  /** What `of` lacks, for x above lowest. */
  @inline static lackOf(x: v128, magic: v128): v128 {
    const log2e = f32x4.splat(LOG2_E);
    const ln2Hi = f32x4.splat(LN2_HI);
    const ln2Lo = f32x4.splat(LN2_LO);
    const t = Vector.madd(x, log2e, magic);
    const n = f32x4.sub(t, magic);
    const rHigh = Vector.nmadd(n, ln2Hi, x);
    const r = Vector.nmadd(n, ln2Lo, rHigh);
    const rLow = Vector.nmadd(n, ln2Lo, f32x4.sub(rHigh, r));
    return Exp.lack(r, rLow, i32x4.shl(t, 23));
  }

  /**
   * 2^−R·exp(β·d) as though the product were exact: β = betaHi + betaLo, where betaHi has 12 bits, as has dHi, so
   * that the product of the two is exact, whether the host fuses or not. betaLog2e is β·log2 e; lowest is
   * (R − 127)·ln 2/β.
   */
  @inline static ofProduct(
    d: v128,
    betaLog2e: v128,
    betaHi: v128,
    betaLo: v128,
    magic: v128,
    lowest: v128,
  ): v128 {
    d = f32x4.pmax(d, lowest);
    const t = Vector.madd(d, betaLog2e, magic);
    const r = Exp.restOfProduct(d, f32x4.sub(t, magic), betaHi, betaLo);
    return Exp.scaled(r, i32x4.shl(t, 23));
  }

  /** r = β·d − n·ln 2. */
  @inline static restOfProduct(d: v128, n: v128, betaHi: v128, betaLo: v128): v128 {
    const dHi = v128.and(d, i32x4.splat(UPPER_HALF));
    const low = Vector.madd(f32x4.sub(d, dHi), betaHi, f32x4.mul(d, betaLo));
    return f32x4.add(
      Vector.nmadd(n, f32x4.splat(LN2_HI), f32x4.mul(dHi, betaHi)),
      Vector.nmadd(n, f32x4.splat(LN2_LO), low),
    );
  }
}
