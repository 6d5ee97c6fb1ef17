/** Sums over the weights of a row's elements, in float64: the same bits on every backend. */
import { massBinsOf, momentsOf } from './js/masses.ts';
import type { Views } from './js/views.ts';
import { MASS_STRIDE, MOMENTS_STRIDE } from './sizes.ts';
import { MATRIX, type Splits } from './split.ts';

/** See `RawKernels`. */
export interface MassKernels {
  /**
   * `out[row] = [max, m₀, m₁, …]`, float64 `[rows, MASS_STRIDE]`: the row's maximum, NaN if it holds NaN, and, if
   * that is finite, `m[b] = Σ exp(b/BINS_PER_NAT − beta·(max − x))` over the elements whose
   * `beta·(max − x)·BINS_PER_NAT` rounds to b; in the last, of which what is beyond it is part, their number, about.
   */
  massBinsF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /**
   * `out[row] = [max, Σw, Σw², Σw·d, Σw·d²]`, `d = beta·(max − x)`, `w = exp(−d)`, float64 `[rows,
   * MOMENTS_STRIDE]`. The maximum is NaN in a row that holds NaN; unless it is finite, the sums are 0.
   */
  momentsF32(x: number, out: number, rows: number, cols: number, beta: number): void;
}

export const massSplits: Splits<MassKernels> = {
  massBinsF32: { rows: { x: MATRIX, out: () => 8 * MASS_STRIDE } },
  momentsF32: { rows: { x: MATRIX, out: () => 8 * MOMENTS_STRIDE } },
};

export function createMasses(views: () => Views): MassKernels {
  return {
    massBinsF32(x, out, rows, cols, beta) {
      const { f32, f64 } = views();
      for (let row = 0; row < rows; row++) {
        massBinsOf(f32, (x >>> 2) + row * cols, cols, beta, f64, (out >>> 3) + row * MASS_STRIDE);
      }
    },
    momentsF32(x, out, rows, cols, beta) {
      const { f32, f64 } = views();
      for (let row = 0; row < rows; row++) {
        momentsOf(f32, (x >>> 2) + row * cols, cols, beta, f64, (out >>> 3) + row * MOMENTS_STRIDE);
      }
    },
  };
}
