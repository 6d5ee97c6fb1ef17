// A part of a row in float64, in the scratch, on which loops work one after the other; those with much to compute on pairs of
// vectors, which an engine may join.
import { LANE_SCRATCH_BYTES } from '../src/raw/sizes';
import { scratch } from './env';
import { Math64, Vector64 } from './exp64';

/** Elements of a part. */
export const PART: i32 = 512;

/** Where z = β·(x − less) of the first element is, 0 where x is `less`, even an infinite one; of the next one, 8 bytes further. */
export function part(): usize {
  return scratch + 64;
}

/** From there to exp(z), or exp(−|z|), and to what is made of both: the bytes of a part, and of a pair of vectors that begins in it. */
export const E: usize = 4096 + 64;
export const RESULT: usize = 2 * E;

/** z of n elements, and exp(z), or exp(−|z|) if `sign` is −0. */
export function expsOf(x: usize, n: i32, less: v128, beta: v128, sign: v128): void {
  let at = part();
  for (let i = 0; i < n; i += 2) {
    const v = Vector64.load(x, i + 1 == n);
    const z = f64x2.mul(v128.andnot(f64x2.sub(v, less), f64x2.eq(v, less)), beta);
    v128.store(at, z);
    v128.store(at, v128.or(z, sign), E);
    x += 8;
    at += 16;
  }
  exps(part() + E, n);
}

/** exp of n float64 ≤ 0, in their places. */
function exps(at: usize, n: i32): void {
  for (const end = at + ((<usize>n) << 3); at < end; at += 32) {
    const x0 = v128.load(at);
    const x1 = v128.load(at, 16);
    const y0 = Math64.exp(x0);
    const y1 = Math64.exp(x1);
    v128.store(at, y1, 16);
    v128.store(at, y0);
  }
}

/** Where two stand that are by themselves: behind all else that may be in the scratch. */
const ALONE_AT: usize = LANE_SCRATCH_BYTES - 64;

/** exp of two float64 ≤ 0. */
export function exp64(x: v128): v128 {
  const at = scratch + ALONE_AT;
  v128.store(at, x);
  exps(at, 2);
  return v128.load(at);
}

/** RESULT = log(1 + exp(−|z|)). */
export function log1ps(n: i32): void {
  for (let at = part(), end = at + ((<usize>n) << 3); at < end; at += 32) {
    const e0 = v128.load(at, E);
    const e1 = v128.load(at, E + 16);
    const y0 = Math64.log1pTo1(e0);
    const y1 = Math64.log1pTo1(e1);
    v128.store(at, y1, RESULT + 16);
    v128.store(at, y0, RESULT);
  }
}

/** RESULT = 1/(1 + exp(−z)). */
export function sigmoids(n: i32, one: v128): void {
  // A literal: of one that is used elsewhere, too, V8 under its flag makes a crash.
  const zero = f64x2.splat(0);
  for (let at = part(), end = at + ((<usize>n) << 3); at < end; at += 32) {
    const z0 = v128.load(at);
    const z1 = v128.load(at, 16);
    const e0 = v128.load(at, E);
    const e1 = v128.load(at, E + 16);
    const y0 = f64x2.div(v128.bitselect(e0, one, f64x2.lt(z0, zero)), f64x2.add(one, e0));
    const y1 = f64x2.div(v128.bitselect(e1, one, f64x2.lt(z1, zero)), f64x2.add(one, e1));
    v128.store(at, y1, RESULT + 16);
    v128.store(at, y0, RESULT);
  }
}
