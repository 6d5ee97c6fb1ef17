// Losses of labels: what is one number a row.
import { scratch } from './env';
import { LEAST, ONE, Vector } from './exp';
import { finite, finiteSlope, HUGE } from './exp64';
import { Two } from './lane-totals';
import { F32_MAX } from './row';
import { FACTOR, INDEX, LOG, MAX, OWN, SHARE, SLOPE, SLOT, Slot, slots, TOP, WEIGHT } from './slot';
import { pitchOf, STRIP } from './tile';

/** The label of a lane; those without a row of their own have the last one's. */
function labelOf(labels: usize, lane: i32, n: i32): i32 {
  return load<i32>(labels + ((<usize>min(lane, n - 1)) << 2));
}

/** The same of four lanes without weights; false, and nothing done, if one is ignored. */
function takeFour(tile: usize, s: usize, labels: usize, ignored: v128): bool {
  const label = v128.load(labels);
  if (v128.any_true(i32x4.eq(label, ignored))) return false;
  const at = i32x4.shl(label, 5);
  let own = v128.load32_zero(tile + i32x4.extract_lane(at, 0));
  own = v128.load32_lane(tile + i32x4.extract_lane(at, 1) + 4, own, 1);
  own = v128.load32_lane(tile + i32x4.extract_lane(at, 2) + 8, own, 2);
  own = v128.load32_lane(tile + i32x4.extract_lane(at, 3) + 12, own, 3);
  v128.store(s, own, OWN);
  v128.store(s, f32x4.splat(<f32>ONE), WEIGHT);
  return true;
}

/** OWN and WEIGHT of all lanes. An ignored row, which may hold anything, becomes zeros, of weight 0. */
export function takeLabels(
  labels: usize,
  weight: usize,
  n: i32,
  strips: i32,
  cols: i32,
  ignoreIndex: i32,
): void {
  let tile = scratch;
  let s = slots();
  const ignored = i32x4.splat(ignoreIndex);
  for (let first = 0; first < strips * STRIP; first += 4) {
    const half = ((<usize>first) << 2) & 16;
    const isTaken =
      !weight && first + 4 <= n && takeFour(tile + half, s + half, labels + ((<usize>first) << 2), ignored);
    for (let i = isTaken ? 16 : 0; i < 16; i += 4) {
      const lane = half + i;
      const label = labelOf(labels, first + (i >> 2), n);
      let own: f32 = 0;
      let w: f32 = 0;
      if (label == ignoreIndex) {
        for (let c = 0; c < cols; c++) store<f32>(tile + ((<usize>c) << 5) + lane, 0);
      } else {
        own = load<f32>(tile + ((<usize>label) << 5) + lane);
        w = weight ? load<f32>(weight + ((<usize>label) << 2)) : 1;
      }
      store<f32>(s + lane, own, OWN);
      store<f32>(s + lane, w, WEIGHT);
    }
    if (half) {
      tile += pitchOf(cols);
      s += SLOT;
    }
  }
}

/** Takes out of the tile the largest elements where MAX is the next; INDEX tells where they were. */
export function takeTops(strips: i32, cols: i32): void {
  let tile = scratch;
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    for (let half: usize = 0; half < 32; half += 16) {
      const top = v128.load(s + half, TOP);
      const isLeft = f32x4.ne(top, v128.load(s + half, MAX));
      const end = v128.any_true(isLeft) ? cols : 0;
      let index = isLeft;
      for (let c = 0; c < end; c++) {
        const at = tile + half + ((<usize>c) << 5);
        const v = v128.load(at);
        // Far above all others, so in one place.
        const isTop = v128.and(f32x4.eq(v, top), isLeft);
        v128.store(at, v128.bitselect(f32x4.splat(LEAST), v, isTop));
        index = v128.bitselect(i32x4.splat(c), index, isTop);
      }
      v128.store(s + half, index, INDEX);
    }
    tile += pitchOf(cols);
  }
}

/** The losses of n rows, weighted; with a gradient FACTOR and SHARE become those of scale·loss. */
export function weigh(losses: usize, n: i32, strips: i32, beta: f64, slope: f64, gradient: bool): void {
  const b = f64x2.splat(finite(beta));
  const by = f64x2.splat(finiteSlope(slope));
  const zero = f64x2.splat(0);
  const huge = f64x2.splat(HUGE);
  const fuses = Vector.fuses();
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    for (let half: usize = 0; half < 32; half += 8) {
      const at = s + half;
      const to = s + 2 * half;
      const w = Slot.two(at, WEIGHT);
      const own = Slot.two(at, OWN);
      const top = Slot.two(at, TOP);
      const distance = v128.andnot(f64x2.sub(top, own), f64x2.eq(top, own));
      const loss = f64x2.add(f64x2.mul(b, distance), v128.load(to, LOG));
      // A target of 0 contributes 0, even of an infinite loss.
      const nothing = v128.and(f64x2.eq(w, zero), f64x2.eq(loss, f64x2.splat(Infinity)));
      const weighted = v128.andnot(f64x2.mul(w, loss), nothing);
      if (n > 1) v128.store(losses, weighted);
      else if (n == 1) store<f64>(losses, f64x2.extract_lane(weighted, 0));
      n -= 2;
      losses += 16;
      if (gradient) {
        const steep = v128.andnot(f64x2.mul(w, by), f64x2.eq(w, zero));
        // Finite, so that its product with 0 is 0.
        const scale = f64x2.pmax(f64x2.pmin(steep, huge), f64x2.neg(huge));
        const factor = f64x2.mul(scale, v128.load(to, FACTOR));
        const limited = f64x2.pmax(f64x2.pmin(factor, huge), f64x2.neg(huge));
        v128.store(to, limited, FACTOR);
        // What float32 cannot hold, putGradients does.
        const wide = f64x2.gt(f64x2.abs(limited), f64x2.splat(F32_MAX));
        Two.storeFactor(at, v128.bitselect(f64x2.splat(1), limited, wide), fuses);
        v128.store(to, f64x2.mul(scale, v128.load(to, SHARE)), SHARE);
        v128.store(to, scale, SLOPE);
      }
    }
  }
}

/** What the scaled exponentials are not: the gradients of labels, of what was taken out, of what float32 cannot hold. */
export function putGradients(labels: usize, n: i32, strips: i32, cols: i32, ignoreIndex: i32): void {
  let tile = scratch;
  let s = slots();
  for (let first = 0; first < strips * STRIP; first += STRIP) {
    for (let i: usize = 0; i < 32; i += 4) {
      const lane = tile + i;
      const share = load<f64>(s + 2 * i, SHARE);
      const slope = load<f64>(s + 2 * i, SLOPE);
      const factor = load<f64>(s + 2 * i, FACTOR);
      if (abs(factor) > F32_MAX) {
        for (let c = 0; c < cols; c++) {
          const at = lane + ((<usize>c) << 5);
          store<f32>(at, <f32>(factor * load<f32>(at)));
        }
      }
      const top = load<f32>(s + i, TOP);
      if (top != load<f32>(s + i, MAX)) {
        store<f32>(lane + ((<usize>load<i32>(s + i, INDEX)) << 5), <f32>(slope - share));
      }
      const label = labelOf(labels, first + <i32>(i >> 2), n);
      if (label == ignoreIndex) continue;
      const at = lane + ((<usize>label) << 5);
      // 1 − p, which of the largest is what the others have.
      store<f32>(at, load<f32>(s + i, OWN) == top ? <f32>(0.0 - share) : <f32>(<f64>load<f32>(at) - slope));
    }
    tile += pitchOf(cols);
    s += SLOT;
  }
}
