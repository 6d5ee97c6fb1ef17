/**
 * The interface between the operations and the kernels. The Wasm binaries and the TypeScript fallback both
 * implement it, over byte offsets into one memory; nothing above it knows which one runs.
 */

/** Columns per block: a row's sum is the sum of its blocks' sums, in order, whoever computes them. */
export const BLOCK_COLS = 4096;

/** Bytes to which `alloc` aligns: a cache line. */
export const ALIGNMENT = 64;

/** Bytes in a page of WebAssembly memory. */
export const PAGE_BYTES = 65536;

/**
 * Kernels over byte offsets. No argument is checked, nothing is allocated, nothing is kept between calls.
 * `x`, `out`, `gradient`: float32 `[rows, cols]`; `out` and `gradient` may be `x`. `beta` is 1/T, from 0 to
 * Infinity. In the functions over a part of a row, `n` counts its elements and a part starts at a multiple of
 * `BLOCK_COLS` in its row.
 */
export interface RawKernels {
  /** `out = exp(beta·x − logSumExp(beta·x))`, row by row. */
  softmaxF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /** `out = beta·x − logSumExp(beta·x)`, row by row. */
  logSoftmaxF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /** `out[row] = log Σ exp(beta·x)`, float32 `[rows]`. */
  logSumExpF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /**
   * `losses[row] = −log softmax(beta·x)[label]`, float64 `[rows]`; 0 where the label is `ignoreIndex`.
   * `labels`: int32 `[rows]`. If `gradient` is not 0 it gets `scale · d(losses[row])/dx`, zeros in ignored rows.
   */
  crossEntropyF32(
    x: number,
    labels: number,
    losses: number,
    gradient: number,
    rows: number,
    cols: number,
    beta: number,
    ignoreIndex: number,
    scale: number,
  ): void;

  /** The largest element of a part of a row, −Infinity if there is none; NaN elements may be passed over. */
  maxF32(x: number, n: number): number;
  /** The first index at which a part of a row equals `value`, or is NaN if `value` is, or −1. */
  indexOfF32(x: number, n: number, value: number): number;
  /**
   * `sums[block] = Σ exp(beta·(x − max))` for each block of a part of a row, float64, up to a factor that
   * `totalF32` knows; `out`, if not 0, gets the summands, up to a factor that `scaleF32` knows. `skip` is the
   * index of an element to leave out of the sums (not out of `out`), or −1. `max` is the row's, and finite.
   */
  expSumF32(x: number, out: number, sums: number, n: number, skip: number, max: number, beta: number): void;
  /**
   * `Σ exp(beta·(x − max))` of a row from `sum`, the sums of its blocks added in order. If `skipped` is 1, an
   * element equal to `max` was left out of them and is left out of the result.
   */
  totalF32(sum: number, skipped: number, max: number, beta: number): number;
  /** `out = x / total` for the summands `x` of a part of a row. */
  scaleF32(x: number, out: number, n: number, max: number, beta: number, total: number): void;
  /** `out = beta·(x − max) − logTotal` for a part of a row. */
  logScaleF32(x: number, out: number, n: number, max: number, beta: number, logTotal: number): void;

  /** The backend's float64 exponential function of x ≤ 0 and logarithms of x > 0 and 1 + x, x ≥ 0. */
  exp(x: number): number;
  log(x: number): number;
  log1p(x: number): number;
}
