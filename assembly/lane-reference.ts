// Relative to what the exponentials of each lane are computed: as reference.ts has it for one row, for all lanes of a
// tile, each for itself, so that no lane's bits depend on its neighbours.
import { scratch } from './env';
import { Exp, LEAST, LN2_HI, LN2_LO, LOG2_E, ROUNDER, UPPER_HALF, Vector } from './exp';
import { betaHi, betaLo, betaLog2e, LARGE, LN2, prepareProduct } from './reference';
import { CLAMP, LACK, LARGEST, LOWEST, MAGIC, MAX, SLOT, slots, TOP } from './slot';
import { pitchOf } from './tile';

/** β of `prepareLanes` is such that every element but −Infinity gives 1, or every one but the maxima gives 0. */
let uniform: bool = false;
let hard: bool = false;
/** Whether sums are to be taken by products with β. */
export let product: bool = false;
/** Whether elements of the tile are no longer those gathered. */
export let changed: bool = false;

/** Beyond, β·x is so large that the next float32 below it is far. */
const HARD_PRODUCT: f32 = 4294967296;
const HARD_BETA: f64 = 1.4615016373309029e48;
const UNIFORM_BETA: f64 = 6.842277657836021e-49;

/** A sum less its largest summand keeps enough digits while the next is exp(−5) of that or more. */
export const LEAD: f32 = 5;

export class Largest {
  /** The largest summand, as the passes compute it, and what it lacks. */
  @inline static store(
    at: usize,
    x: v128,
    log2e: v128,
    bHi: v128,
    bLo: v128,
    magic: v128,
    product: bool,
  ): void {
    const ln2Hi = f32x4.splat(LN2_HI);
    const ln2Lo = f32x4.splat(LN2_LO);
    let high = x;
    let rest = x;
    if (product) {
      const xHi = v128.and(x, i32x4.splat(UPPER_HALF));
      rest = Vector.madd(f32x4.sub(x, xHi), bHi, f32x4.mul(x, bLo));
      high = f32x4.mul(xHi, bHi);
    }
    const t = Vector.madd(x, log2e, magic);
    const n = f32x4.sub(t, magic);
    const rHigh = Vector.nmadd(n, ln2Hi, high);
    rest = Vector.nmadd(n, ln2Lo, rest);
    const r = product ? f32x4.add(rHigh, rest) : Vector.nmadd(n, ln2Lo, rHigh);
    const lost = f32x4.sub(rHigh, r);
    const rLow = product ? f32x4.add(lost, rest) : Vector.nmadd(n, ln2Lo, lost);
    const s = i32x4.shl(t, 23);
    v128.store(at, Exp.scaled(r, s), LARGEST);
    v128.store(at, Exp.lack(r, rLow, s), LACK);
  }
}

/** From the maxima all that `expSums` needs; where it has to, moves the elements of a lane to about 0. */
export function prepareLanes(strips: i32, cols: i32, beta: f64): void {
  uniform = beta < UNIFORM_BETA;
  hard = beta >= HARD_BETA;
  product = beta != 1.0 && !uniform && !hard;
  changed = false;
  const scaled = product ? prepareProduct(beta) : 1;
  const pre = f32x4.splat(<f32>scaled);
  const b = f32x4.splat(<f32>(beta / scaled));
  const log2e = f32x4.splat(product ? betaLog2e : LOG2_E);
  const bHi = f32x4.splat(betaHi);
  const bLo = f32x4.splat(betaLo);
  const octave = f32x4.splat(product ? <f32>((LN2 * scaled) / beta) : LN2_HI + LN2_LO);
  const infinite = f32x4.splat(beta < Infinity ? f32.MAX_VALUE : Infinity);
  const all = i32x4.splat(uniform || hard ? -1 : 0);
  const pitch = pitchOf(cols);
  let tile = scratch;
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    for (let half: usize = 0; half < 32; half += 16) {
      const at = s + half;
      const max = v128.load(at, MAX);
      const empty = f32x4.eq(max, f32x4.splat(LEAST));
      const top = v128.andnot(max, empty);
      let m = f32x4.mul(top, pre);
      const z = f32x4.abs(f32x4.mul(m, b));
      const moved = v128.or(all, f32x4.gt(z, f32x4.splat(LARGE)));
      if (scaled != 1.0 || v128.any_true(moved)) {
        const counted = v128.or(all, f32x4.gt(z, f32x4.splat(HARD_PRODUCT)));
        const finite = f32x4.splat(-f32.MAX_VALUE);
        count(tile + half, cols, uniform ? finite : f32x4.pmax(max, finite), counted);
        // From what was counted there is nothing left to subtract.
        move(tile + half, cols, pre, v128.and(m, v128.andnot(moved, counted)));
        changed = true;
        m = v128.andnot(m, moved);
      }
      const n = f32x4.nearest(f32x4.mul(m, log2e));
      const magic = f32x4.sub(f32x4.splat(ROUNDER + 128), n);
      v128.store(at, v128.bitselect(max, m, empty), CLAMP);
      v128.store(at, magic, MAGIC);
      v128.store(at, f32x4.mul(f32x4.sub(n, f32x4.splat(128)), octave), LOWEST);
      Largest.store(at, m, log2e, bHi, bLo, magic, product);
      // With Infinity there is no softmax: NaN.
      v128.store(at, v128.or(v128.load(at, LACK), f32x4.gt(max, infinite)), LACK);
    }
    tile += pitch;
  }
}

/** For sums without their largest term: where that outweighs the next by far, MAX is the next element. */
export function leaveTops(strips: i32, beta: f64): void {
  const b = f32x4.splat(<f32>beta);
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    for (let at = s; at < s + 32; at += 16) {
      const top = v128.load(at, TOP);
      const next = v128.load(at, MAX);
      const far = f32x4.gt(f32x4.mul(f32x4.sub(top, next), b), f32x4.splat(LEAD));
      v128.store(at, v128.bitselect(next, top, far), MAX);
    }
  }
}

/** In the lanes of `counted`: 0 where an element is at least `limit`, −Infinity elsewhere, NaN for NaN. */
function count(at: usize, cols: i32, limit: v128, counted: v128): void {
  const bottom = f32x4.splat(LEAST);
  for (const end = at + ((<usize>cols) << 5); at < end; at += 32) {
    const x = v128.load(at);
    const below = v128.or(v128.and(f32x4.lt(x, limit), bottom), f32x4.ne(x, x));
    v128.store(at, v128.bitselect(below, x, counted));
  }
}

/** For β = Infinity: elements become 0, which TOP does too, or −Infinity, so that an infinite TOP needs no care. */
export function countTops(strips: i32, cols: i32): void {
  let tile = scratch;
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    for (let half: usize = 0; half < 32; half += 16) {
      count(tile + half, cols, v128.load(s + half, TOP), i32x4.splat(-1));
      v128.store(s + half, i32x4.splat(0), TOP);
    }
    tile += pitchOf(cols);
  }
}

/** x·pre − by. */
function move(at: usize, cols: i32, pre: v128, by: v128): void {
  for (const end = at + ((<usize>cols) << 5); at < end; at += 32) {
    v128.store(at, f32x4.sub(f32x4.mul(v128.load(at), pre), by));
  }
}
