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
}

export const allowedSplits: Splits<AllowedKernels> = {
  allowF32: { rows: { x: MATRIX, bits: (_, [bitsBytes]) => bitsBytes, out: MATRIX } },
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
