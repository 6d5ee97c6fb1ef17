// Functions of one element at a time, through float64: right to the last bit or so, down to subnormal results.
// Rows matter only to weights by column and to sums.
import { AT_ONCE, Doubles, demote, E, exponentials, P, promote, Q, R, STEP, X } from './doubles';
import { ONE, ZERO } from './exp';
import { finite, finiteSlope, log1p64, Math64, Vector64 } from './exp64';

const SIGMOID: i32 = 0;
const LOG_SIGMOID: i32 = 1;
const BINARY: i32 = 2;

/** 1/(1 + exp(−βx)). */
export function sigmoidF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  if (WIDE) Fours.of(SIGMOID, x, 0, 0, out, 0, rows * cols, beta, 0, 0);
  else elements(SIGMOID, x, 0, 0, out, 0, rows * cols, beta, 0, 0);
}

/** −log(1 + exp(−βx)). */
export function logSigmoidF32(x: usize, out: usize, rows: i32, cols: i32, beta: f64): void {
  if (WIDE) Fours.of(LOG_SIGMOID, x, 0, 0, out, 0, rows * cols, beta, 0, 0);
  else elements(LOG_SIGMOID, x, 0, 0, out, 0, rows * cols, beta, 0, 0);
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
    const sum = WIDE
      ? Fours.of(BINARY, x, target, weights, losses, gradient, cols, beta, posWeight, scale * beta)
      : elements(BINARY, x, target, weights, losses, gradient, cols, beta, posWeight, scale * beta);
    store<f64>(sums, sum);
    x += bytes;
    target += bytes;
    sums += 8;
    if (losses) losses += bytes;
    if (gradient) gradient += bytes;
  }
}

/** Of two elements, e = exp(−|z|) and log = log(1 + e). */
class One {
  @inline static sigmoid(z: v128, e: v128, zero: v128, one: v128): v128 {
    const negative = f64x2.lt(z, zero);
    return f64x2.div(v128.bitselect(e, one, negative), f64x2.add(one, e));
  }

  @inline static logSigmoid(z: v128, log: v128, zero: v128): v128 {
    return f64x2.sub(f64x2.pmin(z, zero), log);
  }

  @inline static loss(z: v128, log: v128, miss: v128, hit: v128, zero: v128): v128 {
    // A share of 0 contributes 0, even of an infinite loss; a NaN logit is in both.
    const whenHit = f64x2.add(log, f64x2.neg(f64x2.pmin(z, zero)));
    const whenMissed = f64x2.add(log, f64x2.pmax(z, zero));
    const loss = f64x2.add(
      v128.and(f64x2.mul(hit, whenHit), f64x2.ne(hit, zero)),
      v128.and(f64x2.mul(miss, whenMissed), f64x2.ne(miss, zero)),
    );
    return v128.or(loss, f64x2.ne(z, z));
  }

  @inline static gradient(z: v128, e: v128, miss: v128, hit: v128, by: v128, zero: v128, one: v128): v128 {
    const share = f64x2.div(one, f64x2.add(one, e));
    const small = f64x2.mul(e, share);
    const negative = f64x2.lt(z, zero);
    const up = f64x2.mul(miss, v128.bitselect(small, share, negative));
    const down = f64x2.mul(hit, v128.bitselect(share, small, negative));
    return f64x2.mul(by, f64x2.sub(up, down));
  }
}

class Fours {
  /** As `elements`, four at a time, which are joined. */
  @inline static of(
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
    let sum = zero;
    for (let i = 0; i < n; i += AT_ONCE) {
      const count = min(AT_ONCE, n - i);
      const begin = (<usize>i) << 2;
      const end = Doubles.end(count);
      promote(x + begin, count, X);
      for (let at = Doubles.first(); at < end; at += STEP) {
        const z0 = f64x2.mul(v128.load(at, X), b);
        const z1 = f64x2.mul(v128.load(at, X + 16), b);
        v128.store(at, z1, X + 16);
        v128.store(at, z0, X);
        v128.store(at, f64x2.neg(f64x2.abs(z1)), E + 16);
        v128.store(at, f64x2.neg(f64x2.abs(z0)), E);
      }
      exponentials(count);
      if (kind == BINARY) {
        promote(target + begin, count, P);
        if (weights) promote(weights + begin, count, Q);
        for (let at = Doubles.first(); at < end; at += STEP) {
          const t0 = v128.load(at, P);
          const t1 = v128.load(at, P + 16);
          let hit0 = f64x2.mul(positiveWeight, t0);
          let hit1 = f64x2.mul(positiveWeight, t1);
          if (weights) {
            hit0 = f64x2.mul(hit0, v128.load(at, Q));
            hit1 = f64x2.mul(hit1, v128.load(at, Q + 16));
          }
          v128.store(at, hit1, Q + 16);
          v128.store(at, hit0, Q);
          v128.store(at, f64x2.sub(one, t1), P + 16);
          v128.store(at, f64x2.sub(one, t0), P);
        }
        if (gradient) {
          for (let at = Doubles.first(); at < end; at += STEP) {
            const z0 = v128.load(at, X);
            const z1 = v128.load(at, X + 16);
            const e0 = v128.load(at, E);
            const e1 = v128.load(at, E + 16);
            const miss0 = v128.load(at, P);
            const miss1 = v128.load(at, P + 16);
            const hit0 = v128.load(at, Q);
            const hit1 = v128.load(at, Q + 16);
            v128.store(at, One.gradient(z1, e1, miss1, hit1, by, zero, one), R + 16);
            v128.store(at, One.gradient(z0, e0, miss0, hit0, by, zero, one), R);
          }
        }
      }
      for (let at = Doubles.first(); at < end; at += STEP) {
        const z0 = v128.load(at, X);
        const z1 = v128.load(at, X + 16);
        const e0 = v128.load(at, E);
        const e1 = v128.load(at, E + 16);
        let y0: v128;
        let y1: v128;
        if (kind == SIGMOID) {
          y0 = One.sigmoid(z0, e0, zero, one);
          y1 = One.sigmoid(z1, e1, zero, one);
        } else if (kind == LOG_SIGMOID) {
          y0 = One.logSigmoid(z0, Math64.log1pTo1(e0), zero);
          y1 = One.logSigmoid(z1, Math64.log1pTo1(e1), zero);
        } else {
          y0 = One.loss(z0, Math64.log1pTo1(e0), v128.load(at, P), v128.load(at, Q), zero);
          y1 = One.loss(z1, Math64.log1pTo1(e1), v128.load(at, P + 16), v128.load(at, Q + 16), zero);
        }
        v128.store(at, y1, X + 16);
        v128.store(at, y0, X);
      }
      if (kind != BINARY || out) demote(X, out + begin, count);
      if (kind == BINARY) {
        if (gradient) demote(R, gradient + begin, count);
        // Not joined: sums are made in the order of the columns.
        for (let j = count; j & 3; j++) Doubles.clear(j, X);
        for (let at = Doubles.first(); at < end; at += STEP) {
          sum = f64x2.add(f64x2.add(sum, v128.load(at, X)), v128.load(at, X + 16));
        }
      }
    }
    return Vector64.sum(sum);
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
    const e = Math64.exp(minus);
    if (kind == SIGMOID) {
      Vector64.store(out + at, One.sigmoid(z, e, zero, one), single);
      continue;
    }
    // By calls, so that the loop keeps no constants beside them.
    const log = log1p64(e, zero);
    if (kind == LOG_SIGMOID) {
      Vector64.store(out + at, One.logSigmoid(z, log, zero), single);
      continue;
    }
    const t = Vector64.load(target + at, single);
    const miss = f64x2.sub(one, t);
    let hit = f64x2.mul(positiveWeight, t);
    if (weights) hit = f64x2.mul(hit, Vector64.load(weights + at, single));
    const loss = One.loss(z, log, miss, hit, zero);
    if (out) Vector64.store(out + at, loss, single);
    sum = f64x2.add(sum, single ? v128.and(loss, first) : loss);
    if (gradient) Vector64.store(gradient + at, One.gradient(z, e, miss, hit, by, zero, one), single);
  }
  return Vector64.sum(sum);
}
