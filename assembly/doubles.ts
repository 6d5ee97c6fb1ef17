// Float64 in the scratch, for engines that join vectors: four elements have a slot, in which pairs of vectors lie side by
// side. What is not joined, the conversions from and to float32, has loops of its own.
import { Scratch } from './env';
import { Vector } from './exp';
import { Math64 } from './exp64';
import { loadFew, storeFew } from './row';

/** Elements that are worked on at a time. */
export const AT_ONCE: i32 = 256;
/** Bytes of a slot, and where in it a vector's four numbers lie: an argument, its exponential, and others. */
export const STEP: usize = 160;
export const X: usize = 0;
export const E: usize = 32;
export const P: usize = 64;
export const Q: usize = 96;
export const R: usize = 128;

export class Doubles {
  /** The first slot. */
  @inline static first(): usize {
    return Scratch.spare();
  }

  /** Behind the slots of n elements. */
  @inline static end(n: i32): usize {
    return Doubles.first() + <usize>((n + 3) >> 2) * STEP;
  }

  /** 0 for the j-th element. */
  @inline static clear(j: i32, where: usize): void {
    store<f64>(Doubles.first() + <usize>(j >> 2) * STEP + ((<usize>(j & 3)) << 3) + where, 0);
  }
}

/** The n float32 at x, to `where` in the slots; what fills the last one is any. */
export function promote(x: usize, n: i32, where: usize): void {
  let to = Doubles.first() + where;
  for (; n > 0; n -= 4) {
    const v = n < 4 ? loadFew(x, n) : v128.load(x);
    v128.store(to, f64x2.promote_low_f32x4(v));
    v128.store(to, f64x2.promote_low_f32x4(Vector.high(v)), 16);
    x += 16;
    to += STEP;
  }
}

/** Back to float32, rounded. */
export function demote(where: usize, out: usize, n: i32): void {
  let from = Doubles.first() + where;
  for (; n > 0; n -= 4) {
    const low = f32x4.demote_f64x2_zero(v128.load(from));
    const v = Vector.join(low, f32x4.demote_f64x2_zero(v128.load(from, 16)));
    if (n < 4) storeFew(out, n, v);
    else v128.store(out, v);
    out += 16;
    from += STEP;
  }
}

/** Of numbers up to 0, their exponentials. */
export function exponentials(n: i32): void {
  for (let at = Doubles.first(), end = Doubles.end(n); at < end; at += STEP) {
    const e0 = Math64.exp(v128.load(at, E));
    const e1 = Math64.exp(v128.load(at, E + 16));
    v128.store(at, e1, E + 16);
    v128.store(at, e0, E);
  }
}
