// exp(−d) of two float64 at once, d ≥ 0: from +, −, · and bits alone, never fused, so that src/weight.ts computes
// the same bits. What is drawn at random hangs on it, and is the same on every backend. No loads, no stores.
//
// d = −n·ln 2 − r, exp(−d) = 2^n·Σ rⁱ/i!, |r| ≤ ½·ln 2: to i = 11, which leaves 7e-15 at most.
//
// The constants are exported variables for the reason given in exp.ts.
export let W_LOG2_E: f64 = 1.4426950408889634; // 0x1.71547652b82fep+0
export let W_LN2_HI: f64 = 0.6931471803691238; // 0x1.62e42fee00000p-1: 33 bits, so that n·W_LN2_HI is exact
export let W_LN2_LO: f64 = 1.9082149292705877e-10; // 0x1.a39ef35793c76p-33
export let W_ROUNDER: f64 = 6755399441056767; // 0x1.8p+52 + 1023: the sum's low bits are n + 1023, an exponent
export let W_LIMIT: f64 = 700; // here and beyond, 0
export let W1: f64 = 1;
export let W2: f64 = 1.0 / 2.0;
export let W3: f64 = 1.0 / 6.0;
export let W4: f64 = 1.0 / 24.0;
export let W5: f64 = 1.0 / 120.0;
export let W6: f64 = 1.0 / 720.0;
export let W7: f64 = 1.0 / 5040.0;
export let W8: f64 = 1.0 / 40320.0;
export let W9: f64 = 1.0 / 362880.0;
export let W10: f64 = 1.0 / 3628800.0;
export let W11: f64 = 1.0 / 39916800.0;

export class Weight {
  /** d where exp(−d) is not 0, W_LIMIT beyond: finite, so that its product with 0 is 0. */
  @inline static limit(d: v128): v128 {
    return f64x2.pmin(f64x2.splat(W_LIMIT), d);
  }

  /** exp(−d) for d from `limit`. */
  @inline static of(d: v128): v128 {
    const rounder = f64x2.splat(W_ROUNDER);
    const t = f64x2.sub(rounder, f64x2.mul(d, f64x2.splat(W_LOG2_E)));
    const n = f64x2.sub(t, rounder);
    const r = f64x2.sub(
      f64x2.sub(f64x2.neg(d), f64x2.mul(n, f64x2.splat(W_LN2_HI))),
      f64x2.mul(n, f64x2.splat(W_LN2_LO)),
    );
    const r2 = f64x2.mul(r, r);
    const r4 = f64x2.mul(r2, r2);
    const low = Weight.four(r, r2, W1, W1, W2, W3);
    const middle = Weight.four(r, r2, W4, W5, W6, W7);
    const high = Weight.four(r, r2, W8, W9, W10, W11);
    const p = f64x2.add(low, f64x2.mul(r4, f64x2.add(middle, f64x2.mul(r4, high))));
    const w = f64x2.mul(p, i64x2.shl(t, 52));
    return v128.and(w, f64x2.lt(d, f64x2.splat(W_LIMIT)));
  }

  /** (a + b·r) + r²·(c + d·r) */
  @inline static four(r: v128, r2: v128, a: f64, b: f64, c: f64, d: f64): v128 {
    return f64x2.add(
      f64x2.add(f64x2.splat(a), f64x2.mul(f64x2.splat(b), r)),
      f64x2.mul(r2, f64x2.add(f64x2.splat(c), f64x2.mul(f64x2.splat(d), r))),
    );
  }
}
