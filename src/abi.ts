/**
 * The interface between the operations and the kernels. The Wasm binaries and the TypeScript fallback both
 * implement it, over byte offsets into one memory; nothing above it knows which one runs.
 */

import { BLOCK_COLS, MASS_STRIDE, MOMENTS_STRIDE } from './raw/sizes.ts';

export * from './raw/sizes.ts';

/** Bytes to which `alloc` aligns: a cache line. */
export const ALIGNMENT = 64;

/** Bytes in a page of WebAssembly memory. */
export const PAGE_BYTES = 65536;

/** How far results may be off, whatever the input, in rows of up to 2^20 columns: what is promised, tested, measured. */
export const ACCURACY = {
  /** Steps (float32 numbers from the correctly rounded one) of an element, or of the loss of a row. */
  steps: { simd: 2, 'relaxed-simd': 2, js: 1 },
  /** Steps of a loss reduced to a sum or a mean. */
  reducedLoss: 4,
  /** Of a gradient, in units of 2^-23 of the largest entry in its row. */
  gradient: 4,
} as const;

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
   * `losses[row] = Σ q·(−log softmax(beta·x)) + zLoss·logSumExp(beta·x)²`, float64 `[rows]`, with
   * `q[j] = weight[j]·((1 − smoothing)·target[j] + smoothing/cols)`. The target: `labels`, int32 `[rows]`, where
   * a row labelled `ignoreIndex` gets 0 and is not read; or `probabilities`, float32 `[rows, cols]`; the other
   * one is 0. `weight`: float32 `[cols]`, or 0. If `gradient` is not 0 it gets `scale · d(losses[row])/dx`, zeros
   * in ignored rows.
   */
  crossEntropyF32(
    x: number,
    labels: number,
    probabilities: number,
    weight: number,
    losses: number,
    gradient: number,
    rows: number,
    cols: number,
    beta: number,
    ignoreIndex: number,
    scale: number,
    smoothing: number,
    zLoss: number,
  ): void;

  /** `out = 1/(1 + exp(−beta·x))`. */
  sigmoidF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /** `out = −log(1 + exp(−beta·x))`. */
  logSigmoidF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /**
   * `loss = P·t·log(1 + exp(−beta·x)) + (1 − t)·log(1 + exp(beta·x))` of each element, with
   * `P = posWeight·weights[column]`: float32 to `losses` if that is not 0, and the sum of each row, float64, to
   * `sums`. If `gradient` is not 0 it gets `scale · d(loss)/dx`. `weights`: float32 `[cols]`, or 0.
   */
  binaryCrossEntropyF32(
    x: number,
    target: number,
    weights: number,
    losses: number,
    sums: number,
    gradient: number,
    rows: number,
    cols: number,
    beta: number,
    posWeight: number,
    scale: number,
  ): void;

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
  /** `out = beta·p·(1 − p)·dp`. */
  sigmoidGradientF32(p: number, dp: number, out: number, rows: number, cols: number, beta: number): void;

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

  /** The largest element of a part of a row, −Infinity if there is none; NaN elements may be passed over. */
  maxF32(x: number, n: number): number;
  /** The first index at which a part of a row equals `value`, or is NaN if `value` is, or −1. */
  indexOfF32(x: number, n: number, value: number): number;
  /**
   * `sums[block] = Σ exp(beta·(x − max))` for each block of a part of a row, float64, up to a factor that
   * `totalF32` and `scaleF32` share; `out`, if not 0, gets the summands. `skip` is the index of an element to
   * leave out, or −1; its place in `out` gets anything. `max` is that of all elements that are not left out.
   */
  expSumF32(x: number, out: number, sums: number, n: number, skip: number, max: number, beta: number): void;
  /** The sum of a row's summands, from `sum`: the sums of all its blocks, added in order. */
  totalF32(sum: number, max: number, beta: number): number;
  /** `log Σ exp(beta·(x − max))`, from `totalF32`. */
  logTotalF32(total: number, max: number, beta: number): number;
  /** `out = x·factor`, at most 1 if `limit` is 1. */
  scaleF32(x: number, out: number, n: number, factor: number, limit: number): void;
  /** `out = beta·(x − max) − logTotal`. */
  logScaleF32(x: number, out: number, n: number, max: number, beta: number, logTotal: number): void;
  /**
   * For each block of a part of a row three sums, float64, without the element at `skip`, or with all if that is
   * −1: `Σ exp(beta·(x − max))`, `Σ q` and `Σ q·(max − x)`, where `q[j] = weight[j]·(share·target[j] + spread)`.
   * `target` and `weight` may be 0: no target, weights of 1.
   */
  targetSumsF32(
    x: number,
    target: number,
    weight: number,
    sums: number,
    n: number,
    skip: number,
    max: number,
    beta: number,
    share: number,
    spread: number,
  ): void;
  /** `out = slope·(factor·exp(beta·(x − max)) − q)`, with the `q` of `targetSumsF32`. */
  targetGradientF32(
    x: number,
    target: number,
    weight: number,
    out: number,
    n: number,
    max: number,
    beta: number,
    factor: number,
    slope: number,
    share: number,
    spread: number,
  ): void;
  /** `sums[block] = Σ a·b` for each block of a part of a row, float64; `Σ a` if `b` is 0. */
  dotSumsF32(a: number, b: number, sums: number, n: number): void;
  /** `out = slope·p·(dp − dot)`. */
  productGradientF32(p: number, dp: number, out: number, n: number, dot: number, slope: number): void;
  /** `exp(x)` in float64 for x ≤ 0. */
  exp(x: number): number;
  /** `log(1 + x)` in float64 for x ≥ 0. */
  log1p(x: number): number;
  /** `log(1 + exp(x))` in float64. */
  softplus(x: number): number;
  /** `1/(1 + exp(−x))` in float64. */
  sigmoid(x: number): number;

  // The five below give the same bits on every backend.

  /** `out[row]` = the first index of the largest element, int32 `[rows]`; −1 in a row that holds NaN. */
  argmaxF32(x: number, out: number, rows: number, cols: number): void;
  /**
   * The `k` largest elements of each row, float32 `[rows, k]`, and their indices, int32 `[rows, k]`: descending,
   * lower index first among equals. The first index is −1 in a row that holds NaN.
   */
  topKF32(x: number, values: number, indices: number, rows: number, cols: number, k: number): void;
  /**
   * `out[row] = [max, m₀, m₁, …]`, float64 `[rows, MASS_STRIDE]`: the row's maximum, NaN if it holds NaN, and, if
   * that is finite, `m[b] = Σ exp(beta·(x − max))` over the elements whose `beta·(max − x)·BINS_PER_NAT` lies from
   * b to b + 1, or above in the last.
   */
  massBinsF32(x: number, out: number, rows: number, cols: number, beta: number): void;
  /** Lists the indices at which a part of a row lies from `low` to `high`, ascending, int32; returns how many. */
  selectF32(x: number, indices: number, n: number, low: number, high: number): number;
  /**
   * `out[row] = [max, Σw, Σw², Σw·d, Σw·d²]`, `d = beta·(max − x)`, `w = exp(−d)`, float64 `[rows,
   * MOMENTS_STRIDE]`. The maximum is NaN in a row that holds NaN; unless it is finite, the sums are 0.
   */
  momentsF32(x: number, out: number, rows: number, cols: number, beta: number): void;
}

/** How a kernel's work divides: into rows, or into the elements of a part of a row. */
export interface Split {
  /** Index of the argument that counts what is divided. Those before it are addresses, where 0 stays 0 (none). */
  readonly count: number;
  /** Index of the argument that counts the elements in each; one element if left out. */
  readonly cols?: number;
  /** By how much each argument grows with every one counted; trailing zeros may be left out. */
  readonly steps: (args: readonly number[]) => readonly number[];
  /** What the results of the divisions make together: the largest, or the first that is not −1. */
  readonly merge?: 'max' | 'first';
}

/**
 * Every kernel that may be divided among threads; a kernel that is not listed runs on the calling thread. Divisions
 * of a part start at multiples of `BLOCK_COLS`.
 */
export const SPLITS: Partial<Record<keyof RawKernels, Split>> = {
  softmaxF32: { count: 2, cols: 3, steps: (args) => [4 * args[3], 4 * args[3]] },
  logSoftmaxF32: { count: 2, cols: 3, steps: (args) => [4 * args[3], 4 * args[3]] },
  logSumExpF32: { count: 2, cols: 3, steps: (args) => [4 * args[3], 4] },
  crossEntropyF32: {
    count: 6,
    cols: 7,
    steps: (args) => [4 * args[7], 4, 4 * args[7], 0, 8, 4 * args[7]],
  },
  sigmoidF32: { count: 2, cols: 3, steps: (args) => [4 * args[3], 4 * args[3]] },
  logSigmoidF32: { count: 2, cols: 3, steps: (args) => [4 * args[3], 4 * args[3]] },
  binaryCrossEntropyF32: {
    count: 6,
    cols: 7,
    steps: (args) => [4 * args[7], 4 * args[7], 0, 4 * args[7], 8, 4 * args[7]],
  },
  softmaxGradientF32: { count: 3, cols: 4, steps: (args) => [4 * args[4], 4 * args[4], 4 * args[4]] },
  logSoftmaxGradientF32: { count: 3, cols: 4, steps: (args) => [4 * args[4], 4 * args[4], 4 * args[4]] },
  sigmoidGradientF32: { count: 3, cols: 4, steps: (args) => [4 * args[4], 4 * args[4], 4 * args[4]] },
  maskedSoftmaxF32: { count: 3, cols: 4, steps: (args) => [4 * args[4], args[5], 4 * args[4]] },
  maskedLogSoftmaxF32: { count: 3, cols: 4, steps: (args) => [4 * args[4], args[5], 4 * args[4]] },
  maskF32: { count: 3, cols: 4, steps: (args) => [4 * args[4], args[5], 4 * args[4]] },
  argmaxF32: { count: 2, cols: 3, steps: (args) => [4 * args[3], 4] },
  topKF32: { count: 3, cols: 4, steps: (args) => [4 * args[4], 4 * args[5], 4 * args[5]] },
  massBinsF32: { count: 2, cols: 3, steps: (args) => [4 * args[3], 8 * MASS_STRIDE] },
  momentsF32: { count: 2, cols: 3, steps: (args) => [4 * args[3], 8 * MOMENTS_STRIDE] },
  maxF32: { count: 1, steps: () => [4], merge: 'max' },
  indexOfF32: { count: 1, steps: () => [4], merge: 'first' },
  expSumF32: { count: 3, steps: () => [4, 4, 8 / BLOCK_COLS, 0, -1] },
  scaleF32: { count: 2, steps: () => [4, 4] },
  logScaleF32: { count: 2, steps: () => [4, 4] },
  targetSumsF32: { count: 4, steps: () => [4, 4, 4, 24 / BLOCK_COLS, 0, -1] },
  targetGradientF32: { count: 4, steps: () => [4, 4, 4, 4] },
  dotSumsF32: { count: 3, steps: () => [4, 4, 8 / BLOCK_COLS] },
  productGradientF32: { count: 3, steps: () => [4, 4, 4] },
};
