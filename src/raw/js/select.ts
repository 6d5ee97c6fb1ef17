/**
 * Selection in plain TypeScript, with the bits of assembly/select.ts. The functions work on any array, so that rows
 * too long to be copied into the memory are read where they are.
 */

/** The first index of the largest element; −1 if one is NaN, or all are −Infinity. */
export function argmaxOf(f: Float32Array, x: number, n: number): number {
  let max = -Infinity;
  let index = -1;
  for (let at = x; at < x + n; at++) {
    const value = f[at];
    if (value <= max) continue;
    if (value !== value) return -1;
    max = value;
    index = at - x;
  }
  return index;
}

/** Lanes at a time: their largest elements so far stay in the cache. */
const MOST_LANES = 4096;
const maxima = new Float32Array(MOST_LANES);

/** The same of n lanes side by side, in the order in which they lie in memory. */
export function argmaxOfLanes(
  f: Float32Array,
  x: number,
  to: Int32Array,
  out: number,
  n: number,
  cols: number,
  inner: number,
): void {
  for (let first = 0; first < n; first += MOST_LANES) {
    const count = Math.min(MOST_LANES, n - first);
    const ids = out + first;
    maxima.fill(-Infinity, 0, count);
    to.fill(-1, ids, ids + count);
    for (let col = 0; col < cols; col++) {
      const at = x + first + col * inner;
      for (let lane = 0; lane < count; lane++) {
        const value = f[at + lane];
        const max = maxima[lane];
        if (value <= max || max !== max) continue;
        to[ids + lane] = value > max ? col : -1;
        maxima[lane] = value;
      }
    }
  }
}

/** Whether a comes after b in order: smaller, or equal and further back in the row. */
function isAfter(a: number, aIndex: number, b: number, bIndex: number): boolean {
  return a < b || (a === b && aIndex > bIndex);
}

/** A heap of elements and their indices, the last in order at the root. */
interface Heap {
  readonly values: Float32Array;
  readonly indices: Int32Array;
}

/** Puts an element into place i of a heap of k, or further down, where all below it comes before it in order. */
function siftDown({ values, indices }: Heap, i: number, k: number, value: number, index: number): void {
  let place = i;
  for (let child = 2 * place + 1; child < k; child = 2 * place + 1) {
    if (child + 1 < k && isAfter(values[child + 1], indices[child + 1], values[child], indices[child])) {
      child++;
    }
    if (!isAfter(values[child], indices[child], value, index)) break;
    values[place] = values[child];
    indices[place] = indices[child];
    place = child;
  }
  values[place] = value;
  indices[place] = index;
}

/** So many elements are kept in order, not in a heap. */
const FEW = 8;

function fewOf(f: Float32Array, x: number, n: number, values: Float32Array, indices: Int32Array): boolean {
  const last = values.length - 1;
  for (let i = 0; i < n; i++) {
    const value = f[x + i];
    if (i > last && value <= values[last]) continue;
    if (value !== value) return false;
    let place = Math.min(i, last);
    for (; place > 0 && value > values[place - 1]; place--) {
      values[place] = values[place - 1];
      indices[place] = indices[place - 1];
    }
    values[place] = value;
    indices[place] = i;
  }
  return true;
}

/** The `values.length` largest elements, descending, lower index first among equals; false if one is NaN. */
export function topKOf(
  f: Float32Array,
  x: number,
  n: number,
  values: Float32Array,
  indices: Int32Array,
): boolean {
  const k = values.length;
  if (k <= FEW) return fewOf(f, x, n, values, indices);
  const heap = { values, indices };
  for (let i = 0; i < k; i++) {
    if (f[x + i] !== f[x + i]) return false;
    values[i] = f[x + i];
    indices[i] = i;
  }
  for (let i = (k >> 1) - 1; i >= 0; i--) siftDown(heap, i, k, values[i], indices[i]);
  for (let i = k; i < n; i++) {
    const value = f[x + i];
    // What equals the root comes later in the row, hence later in order.
    if (value <= values[0]) continue;
    if (value !== value) return false;
    siftDown(heap, 0, k, value, i);
  }
  for (let last = k - 1; last > 0; last--) {
    const value = values[last];
    const index = indices[last];
    values[last] = values[0];
    indices[last] = indices[0];
    siftDown(heap, 0, last, value, index);
  }
  return true;
}

/** As `selectF32`; the indices go to `indices` from `to` on. */
export function selectOf(
  f: Float32Array,
  x: number,
  n: number,
  low: number,
  high: number,
  indices: Int32Array,
  to: number,
): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const value = f[x + i];
    if (value >= low && value <= high) indices[to + count++] = i;
  }
  return count;
}
