/** Rows of which a mask of bits allows some elements. */
import type { Views } from './js/views.ts';
import { MATRIX, type Splits } from './split.ts';

/** See `RawKernels`. */
export interface AllowedKernels {
  /**
   * `out = x`, or −Infinity where the element's bit is 0, the least significant first, 32 in a word; `x` itself if
   * `bits` is 0. From one row's bits to the next one's it is `bitsBytes`: 4·ceil(cols/32), or 0 for the same bits.
   * `out` may be `x`.
   */
  allowF32(x: number, bits: number, out: number, rows: number, cols: number, bitsBytes: number): void;
  /**
   * Changes some elements z of each row of `out`, listed at `lists`: int32 how many, and behind 8 bytes for each int32
   * its index and its count, float64 what is added to z, and float64 what is taken away where the count is not 0: then
   * `z > 0 ? z/repetition : z·repetition`, less that, less `presence`. In float64, rounded once. From one row's list to
   * the next one's it is `listBytes`, a multiple of 8, or 0 for the same list.
   */
  patchF32(
    out: number,
    lists: number,
    rows: number,
    cols: number,
    listBytes: number,
    repetition: number,
    presence: number,
  ): void;
}

export const allowedSplits: Splits<AllowedKernels> = {
  allowF32: { rows: { x: MATRIX, bits: (_, [bitsBytes]) => bitsBytes, out: MATRIX } },
  patchF32: { rows: { out: MATRIX, lists: (_, [listBytes]) => listBytes } },
};

export function createAllowed(views: () => Views): AllowedKernels {
  return {
    allowF32(x, bits, out, rows, cols, bitsBytes) {
      const { f32, i32 } = views();
      const from = x >>> 2;
      const to = out >>> 2;
      if (bits === 0) f32.copyWithin(to, from, from + rows * cols);
      else {
        for (let row = 0; row < rows; row++) {
          const words = (bits + row * bitsBytes) >>> 2;
          allowRow(f32, from + row * cols, i32, words, f32, to + row * cols, cols);
        }
      }
    },
    patchF32(out, lists, rows, cols, listBytes, repetition, presence) {
      const { f32, f64, i32 } = views();
      for (let row = 0; row < rows; row++) {
        const list = lists + row * listBytes;
        const end = (list >>> 3) + 1 + 3 * i32[list >>> 2];
        for (let at = (list >>> 3) + 1; at < end; at += 3) {
          const to = (out >>> 2) + row * cols + i32[2 * at];
          let z = f32[to] + f64[at + 1];
          if (i32[2 * at + 1]) z = (z > 0 ? z / repetition : z * repetition) - f64[at + 2] - presence;
          f32[to] = z;
        }
      }
    },
  };
}

/** `out = x` where a bit is 1, −Infinity elsewhere. */
export function allowRow(
  x: Float32Array,
  from: number,
  bits: Int32Array,
  word: number,
  out: Float32Array,
  to: number,
  n: number,
): void {
  for (let i = 0; i < n; i++) {
    const isAllowed = (bits[word + (i >>> 5)] >>> (i & 31)) & 1;
    out[to + i] = isAllowed ? x[from + i] : -Infinity;
  }
}
