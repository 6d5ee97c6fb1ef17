// Draws by a share of the mass, of rows side by side in a tile, whose exponentials tell probabilities but roughly.
import { scratch } from './env';
import { ZERO } from './exp';
import { takeTops } from './lane-labels';
import { leaveTops, prepareLanes, product } from './lane-reference';
import { logTotals } from './lane-totals';
import { expSums, twoMaxima } from './lanes';
import { FACTOR, INDEX, LOG, MAX, SHARE, SLOT, slots, TOP } from './slot';
import { gather, pitchOf, STRIP, tileRows } from './tile';

/** What sums of probabilities may be off, by far. */
const SLACK: f32 = 0.000015258789;
/** Exponentials this near to each other, relatively, may be in another order than their elements. */
const NEAR: f32 = 0.00000095367432;
/** Beside so large a weight the others are nothing. */
const MOST: f64 = 1e30;
/** Most rows take one or two, even ones five; equal elements are never told apart. */
const MOST_PASSES: i32 = 12;

// Of a strip, in the place of what its sums have left behind: what sums of its weights may be off, all of these, the
// share of them that is looked for, and the largest one.
const SLACKS: usize = 64;
const ALL: usize = 96;
const TARGET: usize = 128;
const LARGEST: usize = 160;

/**
 * out = the first index in order, the largest first and the lower index first among equals, at which the softmax of βx
 * sums to the row's share, int32 [rows]; −1 where that is too close to tell, or one of several equal ones. losses =
 * −log p of it, float64 [rows]; NaN where there is none.
 */
export function quantileF32(
  x: usize,
  shares: usize,
  out: usize,
  losses: usize,
  rows: i32,
  cols: i32,
  beta: f64,
): void {
  while (rows > 0) {
    const n = tileRows(0, rows, cols, 1);
    const strips = (n + STRIP - 1) / STRIP;
    gather(x, 0, n, cols, 1);
    twoMaxima(strips, cols);
    leaveTops(strips, beta);
    takeTops(strips, cols);
    prepareLanes(strips, cols, beta);
    expSums(strips, cols, product);
    logTotals(4 * strips, beta, false, true);
    let tile = scratch;
    let s = slots();
    for (let left = n; left > 0; left -= STRIP) {
      begin(tile, s, shares, left);
      search(tile, s, cols);
      search(tile + 16, s + 16, cols);
      const end = out + ((<usize>min(STRIP, left)) << 2);
      for (let at = s; out < end; at += 4) {
        const index = load<i32>(at, INDEX);
        const own = index < 0 ? NaN : load<f32>(x + ((<usize>index) << 2));
        store<i32>(out, index);
        store<f64>(losses, beta * (<f64>load<f32>(at, TOP) - <f64>own) + load<f64>(2 * at - s, LOG));
        x += (<usize>cols) << 2;
        out += 4;
        losses += 8;
      }
      shares += 4 * STRIP;
      tile += pitchOf(cols);
      s += SLOT;
    }
    rows -= n;
  }
}

/** Before anything is known; puts back what was left out of the sums. */
function begin(tile: usize, s: usize, shares: usize, n: i32): void {
  for (let i = 0; i < STRIP; i++) {
    const at = s + ((<usize>i) << 2);
    const wide = s + ((<usize>i) << 3);
    const factor = load<f64>(wide, FACTOR);
    const all = <f32>min(1 / factor, MOST);
    if (load<f32>(at, TOP) != load<f32>(at, MAX)) {
      const top = <f32>min((1 - load<f64>(wide, SHARE)) / factor, MOST);
      store<f32>(tile + ((<usize>i) << 2) + ((<usize>load<i32>(at, INDEX)) << 5), top);
      store<f32>(at, top, LARGEST);
    }
    store<f32>(at, all * SLACK, SLACKS);
    store<f32>(at, all * load<f32>(shares + ((<usize>min(i, n - 1)) << 2)), TARGET);
    store<f32>(at, all, ALL);
  }
}

/** INDEX = the column at whose weight the sum of the largest reaches TARGET, in four lanes; −1 where that is too close to tell. */
function search(tile: usize, s: usize, cols: i32): void {
  const target = v128.load(s, TARGET);
  const end = tile + ((<usize>cols) << 5);
  // What it may be is from `low` to `high`; before each come weights with these sums.
  let low = f32x4.splat(ZERO);
  let lowSum = v128.load(s, ALL);
  let high = v128.load(s, LARGEST);
  let highSum = low;
  let found = i32x4.splat(-1);
  let going = found;
  for (let pass = 0; pass < MOST_PASSES && v128.any_true(going); pass++) {
    // As though weights were spread evenly.
    const part = f32x4.div(f32x4.sub(lowSum, target), f32x4.sub(lowSum, highSum));
    let pivot = f32x4.add(low, f32x4.mul(part, f32x4.sub(high, low)));
    pivot = v128.bitselect(pivot, low, v128.and(f32x4.gt(pivot, low), f32x4.lt(pivot, high)));
    let sum = f32x4.splat(ZERO);
    let below = sum;
    let above = f32x4.splat(Infinity);
    for (let at = tile; at < end; at += 32) {
      const y = v128.load(at);
      const isBelow = f32x4.le(y, pivot);
      sum = f32x4.add(sum, v128.andnot(y, isBelow));
      below = f32x4.pmax(below, v128.and(y, isBelow));
      // What is below becomes NaN, which is passed over.
      above = f32x4.pmin(above, v128.or(y, isBelow));
    }
    const isBelow = f32x4.gt(target, sum);
    const weight = v128.bitselect(below, above, isBelow);
    const before = v128.bitselect(sum, f32x4.sub(sum, above), isBelow);
    const through = f32x4.add(before, weight);
    const isFurther = f32x4.gt(target, through);
    const isNearer = f32x4.le(target, before);
    const margin = f32x4.pmin(f32x4.sub(target, before), f32x4.sub(through, target));
    const isSure = f32x4.gt(margin, v128.load(s, SLACKS));
    going = v128.or(isFurther, isNearer);
    found = v128.bitselect(found, v128.or(weight, v128.not(isSure)), going);
    high = v128.bitselect(weight, high, isFurther);
    highSum = v128.bitselect(through, highSum, isFurther);
    low = v128.bitselect(weight, low, isNearer);
    lowSum = v128.bitselect(before, lowSum, isNearer);
  }
  // None or several of them are near it, or it is the one.
  const slack = f32x4.mul(found, f32x4.splat(NEAR));
  let index = i32x4.splat(0);
  let count = index;
  for (let c = 0; c < cols; c++) {
    const y = v128.load(tile + ((<usize>c) << 5));
    const isNear = f32x4.le(f32x4.abs(f32x4.sub(y, found)), slack);
    count = i32x4.add(count, isNear);
    index = v128.or(index, v128.and(isNear, i32x4.splat(c)));
  }
  v128.store(s, v128.or(index, i32x4.ne(count, i32x4.splat(-1))), INDEX);
}
