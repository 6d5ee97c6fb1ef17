/**
 * Selection and masses in plain TypeScript, with the bits of assembly/select.ts and assembly/mass.ts. The functions
 * work on any array, so that rows too long to be copied into the memory are read where they are.
 */
import { BINS_PER_NAT, MASS_BINS, MASS_STRIDE, MOMENTS_STRIDE, type RawKernels } from '../abi.ts';
import { limited, weight } from './exp-minus.ts';
import { finiteBeta } from './passes.ts';

/** The first index of the largest element, −1 if one is NaN. */
export function argmaxOf(f: Float32Array, x: number, n: number): number {
  let max = -Infinity;
  let index = 0;
  for (let i = 0; i < n; i++) {
    const value = f[x + i];
    if (value <= max) continue;
    if (value !== value) return -1;
    max = value;
    index = i;
  }
  return index;
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

/** The `values.length` largest elements, descending, lower index first among equals; false if one is NaN. */
export function topKOf(
  f: Float32Array,
  x: number,
  n: number,
  values: Float32Array,
  indices: Int32Array,
): boolean {
  const k = values.length;
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

/** The largest element, −Infinity if there is none, NaN if one is NaN. */
function maxOrNaN(f: Float32Array, x: number, n: number): number {
  let max = -Infinity;
  for (let i = x; i < x + n; i++) {
    if (f[i] <= max) continue;
    if (f[i] !== f[i]) return NaN;
    max = f[i];
  }
  return max;
}

/** The bin of a distance `d = beta·(max − x)`. */
export function binOf(d: number): number {
  const bin = d * BINS_PER_NAT;
  return bin < MASS_BINS - 1 ? bin | 0 : MASS_BINS - 1;
}

/** As `massBinsF32`, for one row; the results go to `out` from `to` on. */
export function massBinsOf(
  f: Float32Array,
  x: number,
  n: number,
  beta: number,
  out: Float64Array,
  to: number,
): void {
  const max = maxOrNaN(f, x, n);
  out[to] = max;
  if (!(Math.abs(max) < Infinity)) return;
  const bins = to + 1;
  out.fill(0, bins, bins + MASS_BINS);
  const b = finiteBeta(beta);
  for (let i = x; i < x + n; i++) {
    const d = (max - f[i]) * b;
    out[bins + binOf(d)] += weight(d);
  }
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

/** As `momentsF32`, for one row; the results go to `out` from `to` on. */
export function momentsOf(
  f: Float32Array,
  x: number,
  n: number,
  beta: number,
  out: Float64Array,
  to: number,
): void {
  const max = maxOrNaN(f, x, n);
  out.fill(0, to, to + MOMENTS_STRIDE);
  out[to] = max;
  if (!(Math.abs(max) < Infinity)) return;
  const b = finiteBeta(beta);
  // Elements of even and of odd index are summed apart, as the lanes of a vector are.
  const sums = [new Float64Array(4), new Float64Array(4)];
  for (let lane = 0; lane < 2; lane++) {
    let sw = 0;
    let sww = 0;
    let swd = 0;
    let swdd = 0;
    for (let i = lane; i < n; i += 2) {
      const d = limited((max - f[x + i]) * b);
      const w = weight(d);
      const wd = w * d;
      sw += w;
      sww += w * w;
      swd += wd;
      swdd += wd * d;
    }
    sums[lane].set([sw, sww, swd, swdd]);
  }
  for (let i = 0; i < 4; i++) out[to + 1 + i] = sums[0][i] + sums[1][i];
}

type SelectKernels = Pick<RawKernels, 'argmaxF32' | 'topKF32' | 'massBinsF32' | 'selectF32' | 'momentsF32'>;

/** These kernels over `memory.buffer`; see `createFallback`. */
export function createSelectFallback(memory: { readonly buffer: ArrayBufferLike }): SelectKernels {
  let buffer = memory.buffer;
  let f32 = new Float32Array(buffer);
  let f64 = new Float64Array(buffer);
  let i32 = new Int32Array(buffer);

  function refresh(): void {
    if (memory.buffer === buffer) return;
    buffer = memory.buffer;
    f32 = new Float32Array(buffer);
    f64 = new Float64Array(buffer);
    i32 = new Int32Array(buffer);
  }

  return {
    argmaxF32(x, out, rows, cols) {
      refresh();
      for (let row = 0; row < rows; row++)
        i32[(out >>> 2) + row] = argmaxOf(f32, (x >>> 2) + row * cols, cols);
    },
    topKF32(x, values, indices, rows, cols, k) {
      refresh();
      for (let row = 0; row < rows; row++) {
        const from = (values >>> 2) + row * k;
        const to = (indices >>> 2) + row * k;
        const found = topKOf(
          f32,
          (x >>> 2) + row * cols,
          cols,
          f32.subarray(from, from + k),
          i32.subarray(to, to + k),
        );
        if (!found) i32[to] = -1;
      }
    },
    massBinsF32(x, out, rows, cols, beta) {
      refresh();
      for (let row = 0; row < rows; row++) {
        massBinsOf(f32, (x >>> 2) + row * cols, cols, beta, f64, (out >>> 3) + row * MASS_STRIDE);
      }
    },
    selectF32(x, indices, n, low, high) {
      refresh();
      return selectOf(f32, x >>> 2, n, low, high, i32, indices >>> 2);
    },
    momentsF32(x, out, rows, cols, beta) {
      refresh();
      for (let row = 0; row < rows; row++) {
        momentsOf(f32, (x >>> 2) + row * cols, cols, beta, f64, (out >>> 3) + row * MOMENTS_STRIDE);
      }
    },
  };
}
