/** From the gradient by what softmax and log-softmax give to the gradient by the logits. */
import { targetGradient } from './js/target.ts';
import { NONE, type Views } from './js/views.ts';
import { dot, productGradient } from './parts.ts';
import { BLOCK_COLS } from './sizes.ts';
import { MATRIX, type Splits } from './split.ts';

/** See `RawKernels`. */
export interface GradientKernels {
  /** `out = beta·p·(dp − Σ p·dp)`, row by row; `out` may be `p` or `dp`, here and below. */
  softmaxGradientF32(p: number, dp: number, out: number, rows: number, cols: number, beta: number): void;
  /** `out = beta·(dLogP − exp(logP)·Σ dLogP)`, row by row. */
  logSoftmaxGradientF32(
    logP: number,
    dLogP: number,
    out: number,
    rows: number,
    cols: number,
    beta: number,
  ): void;
}

export const gradientSplits: Splits<GradientKernels> = {
  softmaxGradientF32: { rows: { p: MATRIX, dp: MATRIX, out: MATRIX }, numbers: ['beta'] },
  logSoftmaxGradientF32: { rows: { logP: MATRIX, dLogP: MATRIX, out: MATRIX }, numbers: ['beta'] },
};

export function createGradients(views: () => Views): GradientKernels {
  return {
    softmaxGradientF32(p, dp, out, rows, cols, beta) {
      const { f32 } = views();
      for (let row = 0; row < rows; row++) {
        const from = (p >>> 2) + row * cols;
        const by = (dp >>> 2) + row * cols;
        const to = (out >>> 2) + row * cols;
        productGradient(f32, from, by, to, cols, dotOfRow(f32, by, from, cols), beta);
      }
    },
    logSoftmaxGradientF32(logP, dLogP, out, rows, cols, beta) {
      const { f32 } = views();
      for (let row = 0; row < rows; row++) {
        const from = (logP >>> 2) + row * cols;
        const by = (dLogP >>> 2) + row * cols;
        const to = (out >>> 2) + row * cols;
        const sum = dotOfRow(f32, by, NONE, cols);
        targetGradient(f32, from, by, NONE, to, cols, 0, 1, sum, -beta, 1, 0);
      }
    },
  };
}

/** `Σ a·b` over a row, its blocks added in order; `Σ a` without b. */
function dotOfRow(f: Float32Array, a: number, b: number, cols: number): number {
  let sum = 0;
  for (let start = 0; start < cols; start += BLOCK_COLS) {
    sum += dot(f, a + start, b < 0 ? b : b + start, Math.min(BLOCK_COLS, cols - start));
  }
  return sum;
}
