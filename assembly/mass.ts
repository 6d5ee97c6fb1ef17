// How the probability of a row is spread, in float64: the same bits as src/raw/js/masses.ts computes.

import { BINS_PER_NAT, MASS_BINS, MASS_STRIDE, MOMENTS_STRIDE } from '../src/raw/sizes';
import { ONE, ZERO } from './exp';
import { exp64, finite, HUGE, X_LOWEST } from './exp64';
import { maxOrNaN } from './select';

// exp(−f/128) by powers of f, |f| ≤ ½, within 5e-16; never fused.
export let M1: f64 = -0.007812499999995263;
export let M2: f64 = 3.0517578124991364e-5;
export let M3: f64 = -7.947293549177489e-8;
export let M4: f64 = 1.5522053963148365e-10;
/** 2^52: what is added to it is rounded to an integer, which its low bits then hold. */
export let M_ROUNDER: f64 = 4503599627370496;

/**
 * out[0] = the row's maximum, NaN if it holds NaN; out[1 + b] = Σ exp(b/128 − β(max − x)) over the elements of bin b,
 * whose 128·β(max − x) rounds to b; float64 [rows, MASS_STRIDE]; nothing but the maximum unless that is finite.
 */
export function massBinsF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  const b = finite(beta);
  for (let row = 0; row < rows; row++) {
    const max = maxOrNaN(x, cols);
    store<f64>(out, max);
    if (abs(max) < Infinity) addMasses(x, out + 8, cols, max, b);
    x += bytes;
    out += (<usize>MASS_STRIDE) << 3;
  }
}

function addMasses(x: usize, bins: usize, n: i32, max: f32, beta: f64): void {
  memory.fill(bins, 0, MASS_BINS << 3);
  const m = f64x2.splat(max);
  // Of a power of two the product is exact, so it may be taken before that with max − x.
  const perBin = f64x2.splat(min(beta * <f64>BINS_PER_NAT, HUGE));
  const most = f64x2.splat(MASS_BINS - 1);
  const rounder = f64x2.splat(M_ROUNDER);
  for (let i = 0; i < n; i += 2) {
    const d = f64x2.pmin(most, f64x2.mul(f64x2.sub(m, loadTwo(x, i, n)), perBin));
    const t = f64x2.add(d, rounder);
    const f = f64x2.sub(d, f64x2.sub(t, rounder));
    const f2 = f64x2.mul(f, f);
    const low = f64x2.add(f64x2.splat(ONE), f64x2.mul(f64x2.splat(M1), f));
    const high = f64x2.add(f64x2.splat(M2), f64x2.mul(f64x2.splat(M3), f));
    const w = f64x2.add(low, f64x2.mul(f2, f64x2.add(high, f64x2.mul(f64x2.splat(M4), f2))));
    add(bins, i32x4.extract_lane(t, 0), f64x2.extract_lane(w, 0));
    // One too many goes to the last bin.
    add(bins, i32x4.extract_lane(t, 2), f64x2.extract_lane(w, 1));
  }
}

/** The elements i and i + 1 of n in float64; −Infinity, which has no mass, for one too many. */
function loadTwo(x: usize, i: i32, n: i32): v128 {
  const at = x + ((<usize>i) << 2);
  if (i + 1 < n) return f64x2.promote_low_f32x4(v128.load64_zero(at));
  return f64x2.replace_lane(f64x2.splat(-Infinity), 0, <f64>load<f32>(at));
}

function add(bins: usize, bin: i32, mass: f64): void {
  const at = bins + ((<usize>bin) << 3);
  store<f64>(at, load<f64>(at) + mass);
}

/**
 * out = [max, Σw, Σw², Σw·d, Σw·d²] of each row, where d = β(max − x) and w = exp(−d), float64 [rows, 5]; the
 * maximum is NaN if the row holds NaN, and the sums are 0 unless it is finite.
 */
export function momentsF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  const bytes = (<usize>cols) << 2;
  const b = finite(beta);
  for (let row = 0; row < rows; row++) {
    const max = maxOrNaN(x, cols);
    store<f64>(out, max);
    if (abs(max) < Infinity) sumMoments(x, out + 8, cols, max, b);
    else memory.fill(out + 8, 0, (MOMENTS_STRIDE - 1) << 3);
    x += bytes;
    out += MOMENTS_STRIDE << 3;
  }
}

/** Elements of even index are summed in the one lane, those of odd index in the other. */
function sumMoments(x: usize, out: usize, n: i32, max: f32, beta: f64): void {
  const m = f64x2.splat(max);
  const b = f64x2.splat(beta);
  const most = f64x2.splat(-X_LOWEST);
  let sw = f32x4.splat(ZERO);
  let sww = sw;
  let swd = sw;
  let swdd = sw;
  for (let i = 0; i < n; i += 2) {
    // Finite, so that its product with a weight of 0 is 0.
    const d = f64x2.pmin(most, f64x2.mul(f64x2.sub(m, loadTwo(x, i, n)), b));
    const w = exp64(f64x2.neg(d));
    const wd = f64x2.mul(w, d);
    sw = f64x2.add(sw, w);
    sww = f64x2.add(sww, f64x2.mul(w, w));
    swd = f64x2.add(swd, wd);
    swdd = f64x2.add(swdd, f64x2.mul(wd, d));
  }
  store<f64>(out, f64x2.extract_lane(sw, 0) + f64x2.extract_lane(sw, 1));
  store<f64>(out, f64x2.extract_lane(sww, 0) + f64x2.extract_lane(sww, 1), 8);
  store<f64>(out, f64x2.extract_lane(swd, 0) + f64x2.extract_lane(swd, 1), 16);
  store<f64>(out, f64x2.extract_lane(swdd, 0) + f64x2.extract_lane(swdd, 1), 24);
}
