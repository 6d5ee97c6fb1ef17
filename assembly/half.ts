// Half precision, float16 or bfloat16, into float32 and back: eight elements at a time, from the first to the last, so
// that what is widened may be the last half of the bytes of `out`, and `out` the first half of those of what is narrowed.
import { scratch } from './env';

/** Elements narrowed in a turn: V8 joins two vectors of results. */
const STEP: i32 = WIDE ? 16 : 8;

/**
 * Exact, in the bits of NaN, too. What is made of literals is made of `brain` as well, which is 0 where it is used: so
 * engines cannot know it, and do not make it anew in every turn of the loop.
 */
export function widenHalves(x: usize, out: usize, n: i32, brain: i32): void {
  const sizes = i16x8.splat(<i16>(brain + 0x7fff));
  const rebase = i16x8.splat(<i16>(brain + (112 << 7)));
  const smallest = i16x8.splat(<i16>(brain + (1 << 10)));
  const largest = i16x8.splat(<i16>(brain + (31 << 10) - 1));
  const last = x + ((<usize>n & ~7) << 1);
  if (WIDE && brain) {
    const zero = i16x8.splat(0);
    for (; x < last; x += 16, out += 32) {
      const h = v128.load(x);
      v128.store(out, Halves.first(zero, h));
      v128.store(out, Halves.second(zero, h), 16);
    }
  }
  const bits = i32x4.splat(brain + <i32>0x8fffe000);
  const rise = i32x4.splat(brain + (112 << 23));
  // Without its sign and moved so far, a code with the first or the last exponent is beyond all others.
  const second = i16x8.splat(<i16>(brain + 0x7800));
  const beyond = i16x8.splat(<i16>(brain + 0x6fff));
  for (; x < last; x += 16, out += 32) {
    // Two vectors without subnormal numbers, zeros, infinities and NaN, or else both go the usual way.
    if (WIDE && !(x & 16)) {
      // As integers, of whose sign's copies one is kept.
      for (; x + 32 <= last; x += 32, out += 64) {
        const h0 = v128.load(x);
        const h1 = v128.load(x, 16);
        const special0 = i16x8.gt_s(i16x8.add(i16x8.shl(h0, 1), second), beyond);
        const special1 = i16x8.gt_s(i16x8.add(i16x8.shl(h1, 1), second), beyond);
        if (v128.any_true(v128.or(special0, special1))) break;
        const f0 = v128.and(i32x4.shl(i32x4.extend_low_i16x8_s(h0), 13), bits);
        const f1 = v128.and(i32x4.shl(i32x4.extend_high_i16x8_s(h0), 13), bits);
        const f2 = v128.and(i32x4.shl(i32x4.extend_low_i16x8_s(h1), 13), bits);
        const f3 = v128.and(i32x4.shl(i32x4.extend_high_i16x8_s(h1), 13), bits);
        v128.store(out, i32x4.add(f3, rise), 48);
        v128.store(out, i32x4.add(f2, rise), 32);
        v128.store(out, i32x4.add(f1, rise), 16);
        v128.store(out, i32x4.add(f0, rise));
      }
      if (x == last) break;
    }
    const h = v128.load(x);
    // A bfloat16 is the upper half of a float32.
    let low = i16x8.splat(0);
    let high = h;
    if (WIDE || !brain) {
      const size = v128.and(h, sizes);
      const sign = v128.xor(h, size);
      low = i16x8.shl(h, 13);
      high = i16x8.add(i16x8.shr_u(size, 3), rebase);
      const small = i16x8.lt_s(size, smallest);
      const large = i16x8.gt_s(size, largest);
      if (v128.any_true(v128.or(small, large))) {
        // A subnormal number has no leading one: it gets one, which is subtracted again.
        high = i16x8.sub(high, i16x8.shl(small, 7));
        const one = v128.and(small, i16x8.splat(113 << 7));
        const top = v128.or(sign, v128.and(large, i16x8.splat(255 << 7)));
        const f0 = f32x4.sub(Halves.first(low, high), i32x4.shl(i32x4.extend_low_i16x8_u(one), 16));
        const f1 = f32x4.sub(Halves.second(low, high), i32x4.shl(i32x4.extend_high_i16x8_u(one), 16));
        v128.store(out, v128.or(f0, i32x4.shl(i32x4.extend_low_i16x8_u(top), 16)));
        v128.store(out, v128.or(f1, i32x4.shl(i32x4.extend_high_i16x8_u(top), 16)), 16);
        continue;
      }
      high = v128.or(high, sign);
    }
    v128.store(out, Halves.first(low, high));
    v128.store(out, Halves.second(low, high), 16);
  }
  n &= 7;
  if (!n) return;
  memory.copy(scratch, x, n << 1);
  widenHalves(scratch, scratch + 64, 8, brain);
  memory.copy(out, scratch + 64, n << 2);
}

/**
 * Rounded to the nearest, ties to even. NaN has one pattern: what payload an operation leaves is the engine's choice.
 *
 * Float16: added to 2^13 times its power of two, at least 2^-1, a number is rounded to the places that float16 has.
 * They are in the sum's lower half then, the exponent in its upper one, 126 too high: a dot product puts the two together.
 */
export function narrowHalves(x: usize, out: usize, n: i32, brain: i32): void {
  const quiet = i16x8.splat(brain ? 0x7fc0 : 0x7e00);
  const sizes = i32x4.splat(brain + 0x7fffffff);
  const most = i32x4.splat(brain + (143 << 23));
  const powers = i32x4.splat(brain + (255 << 23));
  const least = i32x4.splat(brain + (113 << 23));
  const rise = i32x4.splat(brain + (13 << 23));
  const rebase = i32x4.splat(brain + (126 << 23));
  const weights = i32x4.splat(brain + 0x00080001);
  const signs = i16x8.splat(<i16>(brain + 0x8000));
  const last = x + ((<usize>n & -STEP) << 2);
  if (WIDE && brain) {
    for (; x < last; x += 4 * STEP, out += 2 * STEP) {
      const f0 = v128.load(x);
      const f1 = v128.load(x, 16);
      const f2 = v128.load(x, 32);
      const f3 = v128.load(x, 48);
      const nan1 = Halves.nan(f2, f3);
      const nan0 = Halves.nan(f0, f1);
      v128.store(out, v128.bitselect(quiet, Halves.brain(f2, f3), nan1), 16);
      v128.store(out, v128.bitselect(quiet, Halves.brain(f0, f1), nan0));
    }
  }
  for (; x < last; x += 4 * STEP, out += 2 * STEP) {
    const f0 = v128.load(x);
    const f1 = v128.load(x, 16);
    if (WIDE) {
      const f2 = v128.load(x, 32);
      const f3 = v128.load(x, 48);
      const nan1 = Halves.nan(f2, f3);
      const h1 = Halves.float(f2, f3, sizes, most, powers, least, rise, rebase, weights, signs);
      v128.store(out, v128.bitselect(quiet, h1, nan1), 16);
    }
    const nan0 = Halves.nan(f0, f1);
    let h0: v128;
    if (!WIDE && brain) h0 = Halves.brain(f0, f1);
    else h0 = Halves.float(f0, f1, sizes, most, powers, least, rise, rebase, weights, signs);
    v128.store(out, v128.bitselect(quiet, h0, nan0));
  }
  n &= STEP - 1;
  if (!n) return;
  memory.copy(scratch, x, n << 2);
  narrowHalves(scratch, scratch + 64, STEP, brain);
  memory.copy(out, scratch + 64, n << 1);
}

class Halves {
  /** Float16, but for NaN. */
  @inline static float(
    f0: v128,
    f1: v128,
    sizes: v128,
    most: v128,
    powers: v128,
    least: v128,
    rise: v128,
    rebase: v128,
    weights: v128,
    signs: v128,
  ): v128 {
    const s0 = i32x4.min_s(v128.and(f0, sizes), most);
    const s1 = i32x4.min_s(v128.and(f1, sizes), most);
    const p0 = i32x4.max_s(v128.and(s0, powers), least);
    const p1 = i32x4.max_s(v128.and(s1, powers), least);
    const r0 = i32x4.sub(f32x4.add(s0, i32x4.add(p0, rise)), rebase);
    const r1 = i32x4.sub(f32x4.add(s1, i32x4.add(p1, rise)), rebase);
    const h = i16x8.narrow_i32x4_s(i32x4.dot_i16x8_s(r0, weights), i32x4.dot_i16x8_s(r1, weights));
    // As integers all that is negative is far below −2^15, where narrowing stops.
    return v128.or(h, v128.and(i16x8.narrow_i32x4_s(f0, f1), signs));
  }

  /** Bfloat16, but for NaN. */
  @inline static brain(f0: v128, f1: v128): v128 {
    return i16x8.narrow_i32x4_s(Halves.upper(f0), Halves.upper(f1));
  }

  /** Which of eight are NaN. */
  @inline static nan(f0: v128, f1: v128): v128 {
    return i16x8.narrow_i32x4_s(f32x4.ne(f0, f0), f32x4.ne(f1, f1));
  }

  /** The first four float32 of their lower and their upper halves. */
  @inline static first(low: v128, high: v128): v128 {
    return i8x16.shuffle(low, high, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
  }

  @inline static second(low: v128, high: v128): v128 {
    return i8x16.shuffle(low, high, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
  }

  /** The upper halves of float32, to which the lower ones are rounded: to even if half of the last place is added, less one where that is even. */
  @inline static upper(f: v128): v128 {
    const odd = i32x4.shr_u(i32x4.shl(f, 15), 31);
    return i32x4.shr_s(i32x4.add(i32x4.add(f, i32x4.splat(0x7fff)), odd), 16);
  }
}
