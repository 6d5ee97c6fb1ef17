// What the passes over a tile know of each strip: a slot of vectors, eight float32 each, or eight float64.
import { scratch } from './env';

/** Bytes of a slot. */
export const SLOT: usize = 768;
/** Where the slots begin, behind the tile. */
const SLOTS_AT: usize = 65536 + 64;

/** The element relative to which exponentials are computed, if it is not too far from 0: the largest, or the next. */
export const MAX: usize = 0;
/** The largest element. */
export const TOP: usize = 32;
/** At most so much is an element in sums that clamp. */
export const CLAMP: usize = 64;
export const MAGIC: usize = 96;
export const LOWEST: usize = 128;
/** The exponential of MAX, and what it lacks of its exact value. */
export const LARGEST: usize = 160;
export const LACK: usize = 192;
/** The exponentials' compensated sum, from BASE, and the compensation. */
export const SUM: usize = 224;
export const ERROR: usize = 256;
/** A factor in two parts. */
export const HIGH: usize = 288;
export const LOW: usize = 320;
/** Of a label: its logit, and its weight. */
export const OWN: usize = 352;
export const WEIGHT: usize = 384;
/** The column of TOP, int32, where that was taken out. */
export const INDEX: usize = 416;

// float64:
/** log Σ exp(β(x − TOP)). */
export const LOG: usize = 448;
/** For gradients: what makes probabilities of exponentials, then gradients; 1 − p of TOP, then its gradient; the slope. */
export const FACTOR: usize = 512;
export const SHARE: usize = 576;
export const SLOPE: usize = 640;

/** The first slot. */
export function slots(): usize {
  return scratch + SLOTS_AT;
}

export class Slot {
  /** Two of a slot's float32 as float64. */
  @inline static two(at: usize, offset: usize): v128 {
    return f64x2.promote_low_f32x4(v128.load64_zero(at + offset));
  }
}
