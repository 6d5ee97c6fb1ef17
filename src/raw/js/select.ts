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

/** Up to so many elements are kept in order while the row is gone through; for more it is sorted. */
const MOST_KEPT = 512;

/** The `values.length` largest elements, descending, lower index first among equals; false if one is NaN. */
export function topKOf(
  f: Float32Array,
  x: number,
  n: number,
  values: Float32Array,
  indices: Int32Array,
): boolean {
  const last = values.length - 1;
  if (last >= MOST_KEPT) return sortedOf(f.subarray(x, x + n), values, indices);
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

function sortedOf(row: Float32Array, values: Float32Array, indices: Int32Array): boolean {
  if (row.some(Number.isNaN)) return false;
  const order = Int32Array.from(row, (_, i) => i).sort((a, b) => row[b] - row[a] || a - b);
  for (let i = 0; i < values.length; i++) {
    indices[i] = order[i];
    values[i] = row[order[i]];
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
