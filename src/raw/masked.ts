/** Rows of which a mask leaves out elements. */
import { inBatches } from './js/batch.ts';
import type { Views } from './js/views.ts';
import { logSoftmaxRows, softmaxRows } from './softmax.ts';
import { MATRIX, type Split, type Splits } from './split.ts';

/** See `RawKernels`. */
export interface MaskedKernels {
  /**
   * As `softmaxF32` of the elements whose byte in `mask` is not 0; the others are not read and get 0, as do rows
   * without any that is. From one row's mask to the next one's it is `maskBytes`: `cols`, or 0 for one mask.
   */
  maskedSoftmaxF32(
    x: number,
    mask: number,
    out: number,
    rows: number,
    cols: number,
    maskBytes: number,
    beta: number,
  ): void;
  /** The same for `logSoftmaxF32`, with −Infinity for 0. */
  maskedLogSoftmaxF32(
    x: number,
    mask: number,
    out: number,
    rows: number,
    cols: number,
    maskBytes: number,
    beta: number,
  ): void;
  /** `out = x`, or −Infinity where the byte in `mask` is 0. */
  maskF32(x: number, mask: number, out: number, rows: number, cols: number, maskBytes: number): void;
}

const maskedRows: Split = { rows: { x: MATRIX, mask: (_, [maskBytes]) => maskBytes, out: MATRIX } };

export const maskedSplits: Splits<MaskedKernels> = {
  maskedSoftmaxF32: maskedRows,
  maskedLogSoftmaxF32: maskedRows,
  maskF32: maskedRows,
};

export function createMasked(views: () => Views): MaskedKernels {
  return {
    maskedSoftmaxF32(x, mask, out, rows, cols, maskBytes, beta) {
      const all = views();
      inBatches(rows, cols, (row, count) => {
        const to = (out >>> 2) + row * cols;
        workOnKept(all, x, mask, to, row, count, cols, maskBytes, 0, () =>
          softmaxRows(all.f32, to, to, count, cols, beta),
        );
      });
    },
    maskedLogSoftmaxF32(x, mask, out, rows, cols, maskBytes, beta) {
      const all = views();
      inBatches(rows, cols, (row, count) => {
        const to = (out >>> 2) + row * cols;
        workOnKept(all, x, mask, to, row, count, cols, maskBytes, -Infinity, () =>
          logSoftmaxRows(all.f32, to, to, count, cols, beta),
        );
      });
    },
    maskF32(x, mask, out, rows, cols, maskBytes) {
      workOnKept(views(), x, mask, out >>> 2, 0, rows, cols, maskBytes, -Infinity, () => {});
    },
  };
}

/** Copies the rows that a mask keeps something of, works on them, and sets the others to `empty`. */
function workOnKept(
  { f32, u8 }: Views,
  x: number,
  mask: number,
  to: number,
  first: number,
  rows: number,
  cols: number,
  maskBytes: number,
  empty: number,
  work: () => void,
): void {
  const emptied: number[] = [];
  for (let row = 0; row < rows; row++) {
    const from = (x >>> 2) + (first + row) * cols;
    const bytes = (mask >>> 0) + (first + row) * maskBytes;
    if (!maskRow(f32, from, u8, bytes, to + row * cols, cols)) emptied.push(to + row * cols);
  }
  work();
  for (const row of emptied) f32.fill(empty, row, row + cols);
}

/** `out = x`, or −Infinity where the mask is 0; true if it keeps anything. */
function maskRow(
  f: Float32Array,
  x: number,
  bytes: Uint8Array,
  mask: number,
  out: number,
  n: number,
): boolean {
  let any = false;
  for (let i = 0; i < n; i++) {
    const kept = bytes[mask + i] !== 0;
    any ||= kept;
    f[out + i] = kept ? f[x + i] : -Infinity;
  }
  return any;
}
