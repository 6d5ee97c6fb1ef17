// Functions of one element at a time, through float64: right to the last bit or so, down to subnormal results.
// Rows matter only to weights by column and to sums.
import { Scratch } from './env';
import { ONE, Vector, ZERO } from './exp';
import { exp64, finite, finiteSlope, Math64, Vector64 } from './exp64';

const SIGMOID: i32 = 0;
const LOG_SIGMOID: i32 = 1;
const BINARY: i32 = 2;

/** 1/(1 + exp(−βx)). */
export function sigmoidF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  Fours.ofAll(SIGMOID, x, out, rows * cols, beta);
}

/** −log(1 + exp(−βx)). */
export function logSigmoidF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  Fours.ofAll(LOG_SIGMOID, x, out, rows * cols, beta);
}

/**
 * loss = P·t·softplus(−βx) + (1 − t)·softplus(βx), to `losses` if that is not 0, and each row's sum to `sums`;
 * gradient = scale·β·((1 − t)·σ(βx) − P·t·σ(−βx)). P is posWeight, times weights[column] if that is not 0.
 */
export function binaryCrossEntropyF32(
  x: usize,
  target: usize,
  weights: usize,
  losses: usize,
  sums: usize,
  gradient: usize,
  rows: i32,
  cols: i32,
  beta: f64,
  posWeight: f64,
  scale: f64,
): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    const sum = elements(BINARY, x, target, weights, losses, gradient, cols, beta, posWeight, scale * beta);
    store<f64>(sums, sum);
    x += bytes;
    target += bytes;
    sums += 8;
    if (losses) losses += bytes;
    if (gradient) gradient += bytes;
  }
}

/** Bytes of a part of the scratch. */
const PART: usize = 2048;

class Fours {
  /** All elements: by fours where those are joined, and what is left. */
  @inline static ofAll(kind: i32, x: usize, out: usize, n: i32, beta: f64): void {
    if (WIDE) {
      const fours = n & ~3;
      Fours.of(kind, x, out, fours, beta);
      x += (<usize>fours) << 2;
      out += (<usize>fours) << 2;
      n &= 3;
    }
    elements(kind, x, 0, 0, out, 0, n, beta, 0, 0);
  }

  /** Four elements at a time, as float64 in the scratch, where pairs of vectors lie side by side. */
  @inline static of(kind: i32, x: usize, out: usize, n: i32, beta: f64): void {
    const zero = f64x2.splat(<f64>ZERO);
    const one = f64x2.splat(ONE);
    const b = f64x2.splat(finite(beta));
    const part = Scratch.spare();
    const last = x + ((<usize>n) << 2);
    while (x < last) {
      const end = part + min(PART, (last - x) << 1);
      let at = part;
      for (; at < end; at += 32) {
        const v = v128.load(x);
        v128.store(at, f64x2.promote_low_f32x4(v));
        v128.store(at, f64x2.promote_low_f32x4(Vector.high(v)), 16);
        x += 16;
      }
      for (at = part; at < end; at += 32) {
        const x0 = v128.load(at);
        const x1 = v128.load(at, 16);
        const z0 = f64x2.mul(x0, b);
        const z1 = f64x2.mul(x1, b);
        const e0 = Math64.exp(f64x2.neg(f64x2.abs(z0)));
        const e1 = Math64.exp(f64x2.neg(f64x2.abs(z1)));
        let y0: v128;
        let y1: v128;
        if (kind == SIGMOID) {
          y0 = f64x2.div(v128.bitselect(e0, one, f64x2.lt(z0, zero)), f64x2.add(one, e0));
          y1 = f64x2.div(v128.bitselect(e1, one, f64x2.lt(z1, zero)), f64x2.add(one, e1));
        } else {
          y0 = f64x2.sub(f64x2.pmin(z0, zero), Math64.log1pTo1(e0));
          y1 = f64x2.sub(f64x2.pmin(z1, zero), Math64.log1pTo1(e1));
        }
        v128.store(at, y1, 16);
        v128.store(at, y0);
      }
      for (at = part; at < end; at += 32) {
        const low = f32x4.demote_f64x2_zero(v128.load(at));
        v128.store(out, Vector.join(low, f32x4.demote_f64x2_zero(v128.load(at, 16))));
        out += 16;
      }
    }
  }
}

/** All of them share what they are made of: e = exp(−|βx|) and log(1 + e). Returns the sum of losses. */
function elements(
  kind: i32,
  x: usize,
  target: usize,
  weights: usize,
  out: usize,
  gradient: usize,
  n: i32,
  beta: f64,
  posWeight: f64,
  slope: f64,
): f64 {
  const zero = f32x4.splat(ZERO);
  const one = f64x2.splat(ONE);
  const b = f64x2.splat(finite(beta));
  const by = f64x2.splat(finiteSlope(slope));
  const positiveWeight = f64x2.splat(posWeight);
  const first = i64x2(-1, 0);
  let sum = zero;
  for (let i = 0; i < n; i += 2) {
    const at = (<usize>i) << 2;
    const single = i + 1 == n;
    const z = f64x2.mul(Vector64.load(x + at, single), b);
    const minus = f64x2.neg(f64x2.abs(z));
    const e = exp64(minus);
    if (kind == SIGMOID) {
      const negative = f64x2.lt(z, zero);
      Vector64.store(out + at, f64x2.div(v128.bitselect(e, one, negative), f64x2.add(one, e)), single);
      continue;
    }
    const log = Math64.log1pTo1(e);
    if (kind == LOG_SIGMOID) {
      Vector64.store(out + at, f64x2.sub(f64x2.pmin(z, zero), log), single);
      continue;
    }
    const t = Vector64.load(target + at, single);
    const miss = f64x2.sub(one, t);
    let hit = f64x2.mul(positiveWeight, t);
    if (weights) hit = f64x2.mul(hit, Vector64.load(weights + at, single));
    // A share of 0 contributes 0, even of an infinite loss; a NaN logit is in both.
    const whenHit = f64x2.add(log, f64x2.neg(f64x2.pmin(z, zero)));
    const whenMissed = f64x2.add(log, f64x2.pmax(z, zero));
    let loss = f64x2.add(
      v128.and(f64x2.mul(hit, whenHit), f64x2.ne(hit, zero)),
      v128.and(f64x2.mul(miss, whenMissed), f64x2.ne(miss, zero)),
    );
    loss = v128.or(loss, f64x2.ne(z, z));
    if (out) Vector64.store(out + at, loss, single);
    sum = f64x2.add(sum, single ? v128.and(loss, first) : loss);
    if (gradient) {
      const share = f64x2.div(one, f64x2.add(one, e));
      const small = f64x2.mul(e, share);
      const negative = f64x2.lt(z, zero);
      const up = f64x2.mul(miss, v128.bitselect(small, share, negative));
      const down = f64x2.mul(hit, v128.bitselect(share, small, negative));
      Vector64.store(gradient + at, f64x2.mul(by, f64x2.sub(up, down)), single);
    }
  }
  return Vector64.sum(sum);
}
