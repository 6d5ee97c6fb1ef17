/** Options of the operations. */

/** Rows of class scores: how they lie in the array, and how sharp the distribution is. */
export interface RowOptions {
  /** Columns per row; all of `x` in one row by default. */
  cols?: number;
  /** T > 0 divides the logits; 0 gives the limit, a hard maximum, and Infinity a uniform distribution. Default 1. */
  temperature?: number;
  /** 1/T, instead of `temperature`. */
  beta?: number;
}

export interface RowsOptions extends RowOptions {
  /** Where the result goes: `x` itself or an array that does not overlap it. A new array by default. */
  out?: Float32Array;
}

/** Rows of which a mask may leave out elements, as attention does. */
export interface MaskedRowsOptions extends RowsOptions {
  /**
   * Which elements count: 1 = keep, 0 = leave out, `[rows, cols]` or `[cols]` for all rows alike. What is left
   * out is not read: it may be NaN.
   */
  mask?: Uint8Array;
}

/** Functions of each element by itself. */
export interface ElementOptions {
  /** T > 0 divides the logits. Default 1. */
  temperature?: number;
  /** 1/T, instead of `temperature`. */
  beta?: number;
  /** Where the result goes: an input itself or an array that does not overlap it. A new array by default. */
  out?: Float32Array;
}

/** What becomes of the losses of the rows. */
export type Reduction = 'none' | 'mean' | 'sum';

/** Rows of numbers, as they lie in the array. */
export interface ColsOptions {
  /** Columns per row; all of `x` in one row by default. */
  cols?: number;
}

/** Bins of a reliability diagram, unless the caller says otherwise. */
export const DEFAULT_BINS = 15;
