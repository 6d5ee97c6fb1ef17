// Which elements of a row are the largest: comparisons alone, so the results are exact and the same everywhere.

import { argmaxLanes, topKLanes } from './any-axis';
import { ZERO } from './exp';
import { indexOfF32, maxF32 } from './row';
import { LIST_MOST } from './slot';
import { fitsTile } from './tile';

/** Columns searched at a time, so that what is read twice or thrice is in the first-level cache. */
const BLOCK: i32 = 4096;

/** The largest element, −Infinity if there is none, NaN if one is NaN. */
export function maxOrNaN(x: usize, n: i32): f32 {
  return hasNaN(x, n) ? NaN : maxF32(x, n);
}

function hasNaN(x: usize, n: i32): bool {
  // A sum is NaN if an element is; if it is for another reason (infinities), or was not all taken, a search tells.
  let sum = f32x4.splat(ZERO);
  const end = x + ((<usize>n & ~15) << 2);
  for (let at = x; at < end; at += 64) {
    const low = f32x4.add(v128.load(at), v128.load(at, 16));
    sum = f32x4.add(sum, f32x4.add(low, f32x4.add(v128.load(at, 32), v128.load(at, 48))));
  }
  const from = v128.any_true(f32x4.ne(sum, sum)) ? 0 : n & ~15;
  return indexOfF32(x + ((<usize>from) << 2), n - from, NaN) >= 0;
}

/** out = the first index of the largest element of each row; −1 if it holds NaN, or is −Infinity throughout. */
export function argmaxF32(x: usize, out: usize, rows: i32, cols: i32, inner: i32, from: i32): void {
  if (inner > 1 || fitsTile(cols)) {
    argmaxLanes(x, out, rows, cols, inner, from);
    return;
  }
  const bytes = (<usize>cols) << 2;
  x += from * bytes;
  for (let row = 0; row < rows; row++) {
    store<i32>(out, argmaxOf(x, cols));
    x += bytes;
    out += 4;
  }
}

function argmaxOf(x: usize, n: i32): i32 {
  let max: f32 = -Infinity;
  let block = -1;
  for (let i = 0; i < n; i += BLOCK) {
    const m = maxOrNaN(x + ((<usize>i) << 2), min(BLOCK, n - i));
    if (m != m) return -1;
    if (m > max) {
      max = m;
      block = i;
    }
  }
  if (block < 0) return -1;
  return block + indexOfF32(x + ((<usize>block) << 2), min(BLOCK, n - block), max);
}

/**
 * The k largest elements of each row and their indices, descending, lower index first among equals; the first
 * index is −1 if the row holds NaN.
 */
export function topKF32(x: usize, values: usize, indices: usize, rows: i32, cols: i32, k: i32): void {
  if (fitsTile(cols) && k <= LIST_MOST) {
    topKLanes(x, values, indices, rows, cols, k);
    return;
  }
  const bytes = (<usize>cols) << 2;
  const outBytes = (<usize>k) << 2;
  for (let row = 0; row < rows; row++) {
    if (heapOfLargest(x, values, indices, cols, k)) sortHeap(values, indices, k);
    else store<i32>(indices, -1);
    x += bytes;
    values += outBytes;
    indices += outBytes;
  }
}

/** Gathers the k largest elements into a heap, the last in order at its root; false if there is a NaN. */
function heapOfLargest(x: usize, values: usize, indices: usize, n: i32, k: i32): bool {
  for (let i = 0; i < k; i++) {
    const at = (<usize>i) << 2;
    const value = load<f32>(x + at);
    if (value != value) return false;
    store<f32>(values + at, value);
    store<i32>(indices + at, i);
  }
  for (let i = (k >> 1) - 1; i >= 0; i--) {
    const at = (<usize>i) << 2;
    siftDown(values, indices, i, k, load<f32>(values + at), load<i32>(indices + at));
  }
  let i = k;
  while (i < n) {
    // Only what is above the root enters: what equals it comes later in the row, hence later in order.
    i = skipSmall(x, i, n, load<f32>(values));
    for (const end = min(i + 16, n); i < end; i++) {
      const value = load<f32>(x + ((<usize>i) << 2));
      if (value != value) return false;
      if (value > load<f32>(values)) siftDown(values, indices, 0, k, value, i);
    }
  }
  return true;
}

/** The first index from i on, in steps of 16, at which one of 16 elements is above `limit` or NaN, or fewer are left. */
function skipSmall(x: usize, i: i32, n: i32, limit: f32): i32 {
  const t = f32x4.splat(limit);
  for (; i + 16 <= n; i += 16) {
    const at = x + ((<usize>i) << 2);
    const low = v128.and(f32x4.le(v128.load(at), t), f32x4.le(v128.load(at, 16), t));
    const high = v128.and(f32x4.le(v128.load(at, 32), t), f32x4.le(v128.load(at, 48), t));
    if (!i32x4.all_true(v128.and(low, high))) break;
  }
  return i;
}

/** Puts an element into the heap's place i, or further down, where everything below it comes before it in order. */
function siftDown(values: usize, indices: usize, i: i32, k: i32, value: f32, index: i32): void {
  for (let child = 2 * i + 1; child < k; child = 2 * i + 1) {
    let at = (<usize>child) << 2;
    let v = load<f32>(values + at);
    let j = load<i32>(indices + at);
    if (child + 1 < k) {
      const v2 = load<f32>(values + at, 4);
      const j2 = load<i32>(indices + at, 4);
      if (isAfter(v2, j2, v, j)) {
        child++;
        at += 4;
        v = v2;
        j = j2;
      }
    }
    if (!isAfter(v, j, value, index)) break;
    store<f32>(values + ((<usize>i) << 2), v);
    store<i32>(indices + ((<usize>i) << 2), j);
    i = child;
  }
  store<f32>(values + ((<usize>i) << 2), value);
  store<i32>(indices + ((<usize>i) << 2), index);
}

/** Whether a comes after b: smaller, or equal and further back in the row. */
function isAfter(a: f32, aIndex: i32, b: f32, bIndex: i32): bool {
  return a < b || (a == b && aIndex > bIndex);
}

/** Turns the heap into a list in order: the root, the last of those left, goes to the end of them. */
function sortHeap(values: usize, indices: usize, k: i32): void {
  for (let last = k - 1; last > 0; last--) {
    const at = (<usize>last) << 2;
    const value = load<f32>(values + at);
    const index = load<i32>(indices + at);
    store<f32>(values + at, load<f32>(values));
    store<i32>(indices + at, load<i32>(indices));
    siftDown(values, indices, 0, last, value, index);
  }
}

/** Lists the indices of the elements from `low` to `high` of a part of a row, ascending; returns how many. */
export function selectF32(x: usize, indices: usize, n: i32, low: f32, high: f32): i32 {
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  const start = indices;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x + ((<usize>i) << 2));
    let found = i32x4.bitmask(v128.and(f32x4.ge(v, l), f32x4.le(v, h)));
    for (; found; found &= found - 1) {
      store<i32>(indices, i + ctz(found));
      indices += 4;
    }
  }
  for (; i < n; i++) {
    const v = load<f32>(x + ((<usize>i) << 2));
    if (v >= low && v <= high) {
      store<i32>(indices, i);
      indices += 4;
    }
  }
  return <i32>((indices - start) >> 2);
}
