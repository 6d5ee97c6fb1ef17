// Passes down the columns of a tile, over all its strips: the loops that read every element.
import { scratch } from './env';
import { BASE, Exp, LEAST, Vector, ZERO } from './exp';
import { finite } from './exp64';
import { betaHi, betaLo, betaLog2e } from './reference';
import { CLAMP, ERROR, HIGH, LOG, LOW, LOWEST, MAGIC, MAX, SLOT, SUM, slots, TOP } from './slot';
import { pitchOf } from './tile';

/** The largest element of each lane, −Infinity if there is none, in MAX and TOP; NaN is passed over. */
export function maxima(strips: i32, cols: i32): void {
  const pitch = pitchOf(cols);
  let tile = scratch;
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    let m0 = f32x4.splat(LEAST);
    let m1 = m0;
    let at = tile;
    const end = tile + ((<usize>cols) << 5);
    if (cols & 1) {
      m0 = f32x4.pmax(m0, v128.load(at));
      m1 = f32x4.pmax(m1, v128.load(at, 16));
      at += 32;
    }
    let m2 = m0;
    let m3 = m1;
    for (; at < end; at += 64) {
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      const x2 = v128.load(at, 32);
      const x3 = v128.load(at, 48);
      m0 = f32x4.pmax(m0, x0);
      m1 = f32x4.pmax(m1, x1);
      m2 = f32x4.pmax(m2, x2);
      m3 = f32x4.pmax(m3, x3);
    }
    m0 = f32x4.pmax(m0, m2);
    m1 = f32x4.pmax(m1, m3);
    v128.store(s, m1, MAX + 16);
    v128.store(s, m0, MAX);
    v128.store(s, m1, TOP + 16);
    v128.store(s, m0, TOP);
    tile += pitch;
  }
}

/** The largest element of each lane in TOP, and in MAX that of all the others. */
export function twoMaxima(strips: i32, cols: i32): void {
  const pitch = pitchOf(cols);
  let tile = scratch;
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    let m0 = f32x4.splat(LEAST);
    let m1 = m0;
    let n0 = m0;
    let n1 = m0;
    for (let at = tile, end = tile + ((<usize>cols) << 5); at < end; at += 32) {
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      // The smaller of the two, or the largest so far beside NaN.
      n0 = f32x4.pmax(n0, f32x4.pmin(m0, x0));
      n1 = f32x4.pmax(n1, f32x4.pmin(m1, x1));
      m0 = f32x4.pmax(m0, x0);
      m1 = f32x4.pmax(m1, x1);
    }
    v128.store(s, m1, TOP + 16);
    v128.store(s, m0, TOP);
    v128.store(s, n1, MAX + 16);
    v128.store(s, n0, MAX);
    tile += pitch;
  }
}

class Sums {
  /** Sums of exponentials, which take the elements' places if `store`; else no element is taken for more than CLAMP. */
  @inline static of(strips: i32, cols: i32, product: bool, store: bool): void {
    const pitch = pitchOf(cols);
    const log2e = f32x4.splat(betaLog2e);
    const bHi = f32x4.splat(betaHi);
    const bLo = f32x4.splat(betaLo);
    let tile = scratch;
    for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
      const magic0 = v128.load(s, MAGIC);
      const magic1 = v128.load(s, MAGIC + 16);
      const lowest0 = v128.load(s, LOWEST);
      const lowest1 = v128.load(s, LOWEST + 16);
      const most0 = v128.load(s, CLAMP);
      const most1 = v128.load(s, CLAMP + 16);
      let a0 = f32x4.splat(BASE);
      let a1 = a0;
      let e0 = f32x4.splat(ZERO);
      let e1 = e0;
      for (let at = tile, end = tile + ((<usize>cols) << 5); at < end; at += 32) {
        let x0 = v128.load(at);
        let x1 = v128.load(at, 16);
        if (!store) {
          x0 = f32x4.pmin(x0, most0);
          x1 = f32x4.pmin(x1, most1);
        }
        let y0: v128;
        let y1: v128;
        if (product) {
          y0 = Exp.ofProduct(x0, log2e, bHi, bLo, magic0, lowest0);
          y1 = Exp.ofProduct(x1, log2e, bHi, bLo, magic1, lowest1);
        } else {
          y0 = Exp.of(x0, magic0, lowest0);
          y1 = Exp.of(x1, magic1, lowest1);
        }
        const s0 = f32x4.add(a0, y0);
        const s1 = f32x4.add(a1, y1);
        e0 = f32x4.add(e0, f32x4.sub(y0, f32x4.sub(s0, a0)));
        e1 = f32x4.add(e1, f32x4.sub(y1, f32x4.sub(s1, a1)));
        a0 = s0;
        a1 = s1;
        if (store) {
          v128.store(at, y1, 16);
          v128.store(at, y0);
        }
      }
      v128.store(s, a1, SUM + 16);
      v128.store(s, a0, SUM);
      v128.store(s, e1, ERROR + 16);
      v128.store(s, e0, ERROR);
      tile += pitch;
    }
  }
}

/** Exponentials in the elements' places, and their sums. */
export function expSums(strips: i32, cols: i32, product: bool): void {
  if (product) Sums.of(strips, cols, true, true);
  else Sums.of(strips, cols, false, true);
}

/** The sums alone, of elements that are clamped. */
export function clampedSums(strips: i32, cols: i32, product: bool): void {
  if (product) Sums.of(strips, cols, true, false);
  else Sums.of(strips, cols, false, false);
}

/** The tile times the factors HIGH + LOW, but at most `most`. */
export function scaleLanes(strips: i32, cols: i32, most: f32): void {
  const pitch = pitchOf(cols);
  const top = f32x4.splat(most);
  let tile = scratch;
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    const high0 = v128.load(s, HIGH);
    const high1 = v128.load(s, HIGH + 16);
    const low0 = v128.load(s, LOW);
    const low1 = v128.load(s, LOW + 16);
    let at = tile;
    const end = tile + ((<usize>cols) << 5);
    if (cols & 1) {
      const y0 = v128.load(at);
      const y1 = v128.load(at, 16);
      v128.store(at, f32x4.pmin(Vector.madd(y1, high1, f32x4.mul(y1, low1)), top), 16);
      v128.store(at, f32x4.pmin(Vector.madd(y0, high0, f32x4.mul(y0, low0)), top));
      at += 32;
    }
    for (; at < end; at += 64) {
      const y0 = v128.load(at);
      const y1 = v128.load(at, 16);
      const y2 = v128.load(at, 32);
      const y3 = v128.load(at, 48);
      v128.store(at, f32x4.pmin(Vector.madd(y3, high1, f32x4.mul(y3, low1)), top), 48);
      v128.store(at, f32x4.pmin(Vector.madd(y2, high0, f32x4.mul(y2, low0)), top), 32);
      v128.store(at, f32x4.pmin(Vector.madd(y1, high1, f32x4.mul(y1, low1)), top), 16);
      v128.store(at, f32x4.pmin(Vector.madd(y0, high0, f32x4.mul(y0, low0)), top));
    }
    tile += pitch;
  }
}

/** The tile becomes β(x − TOP) − LOG, in float64, rounded once. */
export function logScaleLanes(strips: i32, cols: i32, beta: f64): void {
  const pitch = pitchOf(cols);
  const b = f64x2.splat(finite(beta));
  let tile = scratch;
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    // Four lanes at a time.
    for (let half: usize = 0; half < 32; half += 16) {
      const top = v128.load(s + half, TOP);
      const m0 = f64x2.promote_low_f32x4(top);
      const m1 = f64x2.promote_low_f32x4(Vector.high(top));
      const l0 = v128.load(s + 2 * half, LOG);
      const l1 = v128.load(s + 2 * half, LOG + 16);
      const start = tile + half;
      for (let at = start, end = start + ((<usize>cols) << 5); at < end; at += 32) {
        const x = v128.load(at);
        const low = f64x2.sub(f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(x), m0), b), l0);
        const high = f64x2.sub(f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(Vector.high(x)), m1), b), l1);
        v128.store(at, Vector.join(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high)));
      }
    }
    tile += pitch;
  }
}
