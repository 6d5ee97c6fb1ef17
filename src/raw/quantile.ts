/** Draws by a share of the mass, of short rows. */
import type { Views } from './js/views.ts';
import { DOUBLES, MATRIX, type Splits, WORDS } from './split.ts';

/** See `RawKernels`. */
export interface QuantileKernels {
  /**
   * `out` = the first index in order, the largest `x` first and the lower index first among equals, at which the
   * softmax of β·x sums to the row's share, int32 `[rows]`; −1 where that is too close to tell, is one of several equal
   * ones, or is none. `losses` = −log p of it, float64 `[rows]`, with the bits of `crossEntropyF32`, NaN where there is
   * none. Rows have up to LANE_COLS columns, and `shares` are float32 `[rows]`. Backends may differ in what is too
   * close, not in what is told.
   */
  quantileF32(
    x: number,
    shares: number,
    out: number,
    losses: number,
    rows: number,
    cols: number,
    beta: number,
  ): void;
}

export const quantileSplits: Splits<QuantileKernels> = {
  quantileF32: { rows: { x: MATRIX, shares: WORDS, out: WORDS, losses: DOUBLES } },
};

export function createQuantile(views: () => Views): QuantileKernels {
  return {
    // Exactly is as fast without vectors.
    quantileF32(_x, _shares, out, losses, rows) {
      views().i32.fill(-1, out >>> 2, (out >>> 2) + rows);
      views().f64.fill(NaN, losses >>> 3, (losses >>> 3) + rows);
    },
  };
}
