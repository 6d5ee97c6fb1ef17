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

export type Reduction = 'none' | 'mean' | 'sum';

export interface CrossEntropyOptions extends RowOptions {
  /**
   * `'mean'` (the default): the sum over the rows counted, divided by their number, by the sum of their labels'
   * weights if there are weights, or, where the target is probabilities, by the number of rows. `'sum'`, or
   * `'none'`: the loss of each row.
   */
  reduction?: Reduction;
  /** A factor for each class, `[cols]`. */
  weight?: Float32Array | readonly number[];
  /** Rows with this label are left out: not read, and with a gradient of 0. Default −100. */
  ignoreIndex?: number;
  /** This share of the target, from 0 to 1, is spread evenly over all classes. Default 0. */
  labelSmoothing?: number;
  /** Adds `zLoss · logSumExp²` to the loss of each row that is counted. Default 0. */
  zLoss?: number;
  /** Receives d(reduced loss)/d(logits), `[rows, cols]`; `logits` itself or an array that does not overlap it. */
  gradient?: Float32Array;
}

export interface RowStatsOptions extends RowOptions {
  /**
   * The maximum of each whole row, where it is known: the sums are then relative to that, and statistics of parts
   * that begin at fixed blocks merge to the very bits of `softmax`. By default the maximum of what `x` holds.
   */
  max?: Float32Array;
}

export interface NllOptions {
  /** Columns per row; all of `logProbs` in one row by default. */
  cols?: number;
  /** As for `crossEntropy`. */
  reduction?: Reduction;
  /** A factor for each class, `[cols]`. */
  weight?: Float32Array | readonly number[];
  /** Rows with this label are left out. Default −100. */
  ignoreIndex?: number;
  /** Receives d(reduced loss)/d(logProbs), `[rows, cols]`; `logProbs` itself or an array that does not overlap it. */
  gradient?: Float32Array;
}

export interface BinaryCrossEntropyOptions extends RowOptions {
  /** `'mean'` over all elements (the default), their `'sum'`, or `'none'`: the loss of each element. */
  reduction?: Reduction;
  /** What positive targets weigh: one number, or one for each column, `[cols]`. Default 1. */
  posWeight?: number | Float32Array | readonly number[];
  /** Receives d(reduced loss)/d(logits), `[rows, cols]`; `logits` itself or an array that does not overlap it. */
  gradient?: Float32Array;
}

export interface PerplexityOptions extends RowOptions {
  /** Rows with this label are left out. Default −100. */
  ignoreIndex?: number;
}

export interface TokenLogProbsOptions extends PerplexityOptions {
  /** Where the result goes, `[rows]`. A new array by default. */
  out?: Float32Array;
}
