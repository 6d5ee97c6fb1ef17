// Which elements of each lane are the largest: comparisons alone, so that the results are exact.
import { scratch } from './env';
import { LEAST } from './exp';
import { INDEX, LIST, SLOT, slots } from './slot';
import { pitchOf } from './tile';

/** INDEX = the first column of the largest element of each lane, −1 if it holds NaN. */
export function argmaxes(strips: i32, cols: i32): void {
  let tile = scratch;
  for (let s = slots(), last = s + strips * SLOT; s < last; s += SLOT) {
    let m0 = f32x4.splat(LEAST);
    let m1 = m0;
    let i0 = i32x4.splat(0);
    let i1 = i0;
    let nan0 = i0;
    let nan1 = i0;
    for (let c = 0; c < cols; c++) {
      const at = tile + ((<usize>c) << 5);
      const column = i32x4.splat(c);
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      // What is no larger leaves the first; a lane of nothing but −Infinity has column 0.
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
