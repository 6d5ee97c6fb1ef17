// Passes over a part of a row for targets that are spread over its columns, in float64, because the gradient is a
// difference that may cancel: the target of column j is q[j] = w[j]·(share·t[j] + spread).
// `target` and `weight` may be 0: no t, all weights 1.
import { BLOCK_COLS } from '../src/raw/sizes';
import { AT_ONCE, Doubles, demote, E, exponentials, P, promote, Q, STEP, X } from './doubles';
import { ZERO } from './exp';
import { exp64, finite, finiteSlope, Vector64 } from './exp64';

/** Σ exp(β(x − max)), Σ q and Σ q·(max − x), as the passes below leave them. */
export let expSum: f64 = 0;
export let targetSum: f64 = 0;
export let distanceSum: f64 = 0;

/** q of one column. */
export function targetOf(target: usize, weight: usize, at: i32, share: f64, spread: f64): f64 {
  const bytes = (<usize>at) << 2;
  const t: f64 = target ? load<f32>(target + bytes) : 0;
  const w: f64 = weight ? load<f32>(weight + bytes) : 1;
  return w * (share * t + spread);
}

/**
 * Over a block: adds to the sums above, with the element at `skip` left out, or, if `out` is not 0, sets
 * out = slope·(factor·exp(β(x − max)) − q).
 */
function pass(
  x: usize,
  target: usize,
  weight: usize,
  out: usize,
  n: i32,
  skip: i32,
  max: f32,
  beta: f64,
  factor: f64,
  slope: f64,
  share: f64,
  spread: f64,
): void {
  const b = f64x2.splat(finite(beta));
  const m = f64x2.splat(max);
  const f = f64x2.splat(factor);
  const by = f64x2.splat(finiteSlope(slope));
  const a = f64x2.splat(share);
  const c = f64x2.splat(spread);
  const zero = f32x4.splat(ZERO);
  let exps = zero;
  let targets = zero;
  let distances = zero;
  if (WIDE) {
    for (let i = 0; i < n; i += AT_ONCE) {
      const count = min(AT_ONCE, n - i);
      const begin = (<usize>i) << 2;
      const end = Doubles.end(count);
      promote(x + begin, count, X);
      if (target) promote(target + begin, count, P);
      if (weight) promote(weight + begin, count, Q);
      for (let at = Doubles.first(); at < end; at += STEP) {
        const v0 = v128.load(at, X);
        const v1 = v128.load(at, X + 16);
        const d0 = v128.andnot(f64x2.sub(v0, m), f64x2.eq(v0, m));
        const d1 = v128.andnot(f64x2.sub(v1, m), f64x2.eq(v1, m));
        v128.store(at, d1, X + 16);
        v128.store(at, d0, X);
        v128.store(at, f64x2.mul(d1, b), E + 16);
        v128.store(at, f64x2.mul(d0, b), E);
      }
      exponentials(count);
      for (let at = Doubles.first(); at < end; at += STEP) {
        if (target) {
          const q0 = f64x2.add(f64x2.mul(a, v128.load(at, P)), c);
          const q1 = f64x2.add(f64x2.mul(a, v128.load(at, P + 16)), c);
          v128.store(at, q1, P + 16);
          v128.store(at, q0, P);
        } else {
          v128.store(at, c, P + 16);
          v128.store(at, c, P);
        }
        if (weight) {
          const q0 = f64x2.mul(v128.load(at, P), v128.load(at, Q));
          const q1 = f64x2.mul(v128.load(at, P + 16), v128.load(at, Q + 16));
          v128.store(at, q1, P + 16);
          v128.store(at, q0, P);
        }
      }
      if (out) {
        for (let at = Doubles.first(); at < end; at += STEP) {
          const g0 = f64x2.mul(by, f64x2.sub(f64x2.mul(f, v128.load(at, E)), v128.load(at, P)));
          const g1 = f64x2.mul(by, f64x2.sub(f64x2.mul(f, v128.load(at, E + 16)), v128.load(at, P + 16)));
          v128.store(at, g1, P + 16);
          v128.store(at, g0, P);
        }
        demote(P, out + begin, count);
        continue;
      }
      // What is not to count: the element to skip, and what fills the last slot.
      if (<u32>(skip - i) < <u32>count) leaveOut(skip - i);
      for (let j = count; j & 3; j++) leaveOut(j);
      // Not joined: sums are made in the order of the columns.
      for (let at = Doubles.first(); at < end; at += STEP) {
        const q0 = v128.load(at, P);
        const q1 = v128.load(at, P + 16);
        exps = f64x2.add(f64x2.add(exps, v128.load(at, E)), v128.load(at, E + 16));
        targets = f64x2.add(f64x2.add(targets, q0), q1);
        const s0 = v128.and(f64x2.mul(q0, v128.load(at, X)), f64x2.ne(q0, zero));
        const s1 = v128.and(f64x2.mul(q1, v128.load(at, X + 16)), f64x2.ne(q1, zero));
        distances = f64x2.sub(f64x2.sub(distances, s0), s1);
      }
    }
  } else {
    for (let i = 0; i < n; i += 2) {
      const at = (<usize>i) << 2;
      const single = i + 1 == n;
      const v = Vector64.load(x + at, single);
      // 0 for the maximum, even an infinite one.
      const d = v128.andnot(f64x2.sub(v, m), f64x2.eq(v, m));
      const e = exp64(f64x2.mul(d, b));
      let q = c;
      if (target) q = f64x2.add(f64x2.mul(a, Vector64.load(target + at, single)), c);
      if (weight) q = f64x2.mul(q, Vector64.load(weight + at, single));
      if (out) {
        Vector64.store(out + at, f64x2.mul(by, f64x2.sub(f64x2.mul(f, e), q)), single);
        continue;
      }
      // Lanes to count: neither what a single element leaves empty, nor the one to skip.
      const left = single ? i64x2(-1, 0) : i64x2(-1, -1);
      const kept = skip - i == 0 ? v128.and(left, i64x2(0, -1)) : skip - i == 1 ? i64x2(-1, 0) : left;
      q = v128.and(q, kept);
      exps = f64x2.add(exps, v128.and(e, kept));
      targets = f64x2.add(targets, q);
      // A target of 0 contributes 0, even at −Infinity.
      distances = f64x2.sub(distances, v128.and(f64x2.mul(q, d), f64x2.ne(q, zero)));
    }
  }
  expSum += Vector64.sum(exps);
  targetSum += Vector64.sum(targets);
  distanceSum += Vector64.sum(distances);
}

/** The j-th element of those in the slots counts for nothing. */
function leaveOut(j: i32): void {
  Doubles.clear(j, E);
  Doubles.clear(j, P);
}

/** The three sums over a part of a row but for the element at `skip`, stored for each block if `sums` is not 0. */
export function targetSumsF32(
  x: usize,
  target: usize,
  weight: usize,
  sums: usize,
  n: i32,
  skip: i32,
  max: f32,
  beta: f64,
  share: f64,
  spread: f64,
): void {
  expSum = 0;
  targetSum = 0;
  distanceSum = 0;
  for (let i = 0; i < n; i += BLOCK_COLS) {
    const at = (<usize>i) << 2;
    const t = target ? target + at : 0;
    const w = weight ? weight + at : 0;
    pass(x + at, t, w, 0, min(BLOCK_COLS, n - i), skip - i, max, beta, 0, 0, share, spread);
    if (sums) {
      store<f64>(sums, expSum);
      store<f64>(sums, targetSum, 8);
      store<f64>(sums, distanceSum, 16);
      sums += 24;
      expSum = 0;
      targetSum = 0;
      distanceSum = 0;
    }
  }
}

/** out = slope·(factor·exp(β(x − max)) − q) over a part of a row. */
export function targetGradientF32(
  x: usize,
  target: usize,
  weight: usize,
  out: usize,
  n: i32,
  max: f32,
  beta: f64,
  factor: f64,
  slope: f64,
  share: f64,
  spread: f64,
): void {
  pass(x, target, weight, out, n, -1, max, beta, factor, slope, share, spread);
}
