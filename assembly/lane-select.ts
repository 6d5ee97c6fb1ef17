// Which elements of each lane are the largest: comparisons alone, so that the results are exact.
import { scratch } from './env';
import { LEAST } from './exp';
import { INDEX, LIST, SLOT, slots } from './slot';
import { pitchOf } from './tile';

/** INDEX = the first column of the largest element of each lane; −1 if it holds NaN, or is −Infinity throughout. */
export function argmaxes(strips: i32, cols: i32): void {
  let tile = scratch;
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    let m0 = f32x4.splat(LEAST);
    let m1 = m0;
    // Column −1, until an element is larger than that.
    let i0 = i32x4.splat(-1);
    let i1 = i0;
    let nan0 = i32x4.splat(0);
    let nan1 = nan0;
    for (let c = 0; c < cols; c++) {
      const at = tile + ((<usize>c) << 5);
      const column = i32x4.splat(c);
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      // What is no larger leaves the first.
      i0 = v128.bitselect(column, i0, f32x4.gt(x0, m0));
      i1 = v128.bitselect(column, i1, f32x4.gt(x1, m1));
      nan0 = v128.or(nan0, f32x4.ne(x0, x0));
      nan1 = v128.or(nan1, f32x4.ne(x1, x1));
      m0 = f32x4.pmax(m0, x0);
      m1 = f32x4.pmax(m1, x1);
    }
    v128.store(s, v128.or(i1, nan1), INDEX + 16);
    v128.store(s, v128.or(i0, nan0), INDEX);
    tile += pitchOf(cols);
  }
}

/** The same of one row, `step` bytes from column to column. */
export function argmaxAlong(x: usize, cols: i32, step: usize): i32 {
  let max: f32 = -Infinity;
  let index = -1;
  for (let c = 0; c < cols; c++, x += step) {
    const value = load<f32>(x);
    if (value != value) return -1;
    index = value > max ? c : index;
    max = value > max ? value : max;
  }
  return index;
}

/** Lanes worked on at a time by `argmaxRuns`, their largest elements so far in the scratch. */
export const RUN: i32 = 8192;

/**
 * The same of n ≥ 4 lanes side by side, `step` bytes from column to column, straight to `out`: four columns in turn, in
 * the order in which they lie in memory.
 */
export function argmaxRuns(x: usize, out: usize, n: i32, cols: i32, step: usize): void {
  const bytes = (<usize>n) << 2;
  memory.fill(out, 255, bytes);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(scratch + i, f32x4.splat(LEAST));
  let nan = i32x4.splat(0);
  for (let c = 0; c < cols; c += 4) {
    // The last column, seen again, changes nothing; nor do lanes of the last vector.
    const c1 = min(c + 1, cols - 1);
    const c2 = min(c + 2, cols - 1);
    const c3 = min(c + 3, cols - 1);
    const x0 = x + c * step;
    const x1 = x + c1 * step;
    const x2 = x + c2 * step;
    const x3 = x + c3 * step;
    const column0 = i32x4.splat(c);
    const column1 = i32x4.splat(c1);
    const column2 = i32x4.splat(c2);
    const column3 = i32x4.splat(c3);
    for (let i: usize = 0; i < bytes; i += 16) {
      const at = min(i, bytes - 16);
      const v0 = v128.load(x0 + at);
      const v1 = v128.load(x1 + at);
      const v2 = v128.load(x2 + at);
      const v3 = v128.load(x3 + at);
      const nan01 = v128.or(f32x4.ne(v0, v0), f32x4.ne(v1, v1));
      nan = v128.or(nan, v128.or(nan01, v128.or(f32x4.ne(v2, v2), f32x4.ne(v3, v3))));
      let m = v128.load(scratch + at);
      let index = v128.load(out + at);
      // Its column, or −1 if it is no larger.
      index = i32x4.max_s(index, v128.or(column0, f32x4.le(v0, m)));
      m = f32x4.pmax(m, v0);
      index = i32x4.max_s(index, v128.or(column1, f32x4.le(v1, m)));
      m = f32x4.pmax(m, v1);
      index = i32x4.max_s(index, v128.or(column2, f32x4.le(v2, m)));
      m = f32x4.pmax(m, v2);
      index = i32x4.max_s(index, v128.or(column3, f32x4.le(v3, m)));
      m = f32x4.pmax(m, v3);
      v128.store(out + at, index);
      v128.store(scratch + at, m);
    }
  }
  if (!v128.any_true(nan)) return;
  for (let c = 0; c < cols; c++) {
    for (let i: usize = 0; i < bytes; i += 4) {
      const v = load<f32>(x + i);
      if (v != v) store<i32>(out + i, -1);
    }
    x += step;
  }
}

/** The k largest elements of one half of a strip, and their columns, in order; the first column −1 if there is NaN. */
function listHalf(at: usize, list: usize, cols: i32, k: i32): void {
  let nan = i32x4.splat(0);
  const end = list + ((<usize>k) << 6);
  // What is empty, NaN, is never above an element.
  for (let to = list; to < end; to += 64) v128.store(to, i32x4.splat(-1));
  for (let c = 0; c < cols; c++) {
    let x = v128.load(at + ((<usize>c) << 5));
    let i = i32x4.splat(c);
    nan = v128.or(nan, f32x4.ne(x, x));
    // From where an element has its place on, the others move up, equal ones too.
    let moving = i32x4.splat(0);
    for (let to = list; to < end; to += 64) {
      const y = v128.load(to);
      const j = v128.load(to, 32);
      const stays = v128.andnot(f32x4.le(x, y), moving);
      moving = v128.not(stays);
      v128.store(to, v128.bitselect(y, x, stays));
      v128.store(to, v128.bitselect(j, i, stays), 32);
      x = v128.bitselect(x, y, stays);
      i = v128.bitselect(i, j, stays);
    }
  }
  v128.store(list, v128.or(v128.load(list, 32), nan), 32);
}

/** Lists of the k largest elements of each lane. */
export function largestLists(strips: i32, cols: i32, k: i32): void {
  let tile = scratch;
  for (let list = slots(), last = list + strips * LIST; list < last; list += LIST) {
    listHalf(tile, list, cols, k);
    listHalf(tile + 16, list + 16, cols, k);
    tile += pitchOf(cols);
  }
}

/** The lists' values, or their columns, as a tile of k columns. */
export function listsToTile(strips: i32, k: i32, columns: bool): void {
  let tile = scratch;
  const offset: usize = columns ? 32 : 0;
  for (let list = slots(), last = list + strips * LIST; list < last; list += LIST) {
    for (let j: usize = 0; j < (<usize>k) << 5; j += 32) {
      const from = list + 2 * j + offset;
      v128.store(tile + j, v128.load(from));
      v128.store(tile + j, v128.load(from, 16), 16);
    }
    tile += pitchOf(k);
  }
}
