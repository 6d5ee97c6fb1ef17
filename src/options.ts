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

export type Reduction = 'none' | 'mean' | 'sum';

export interface CrossEntropyOptions extends RowOptions {
  /** `'mean'` over the rows counted (the default), their `'sum'`, or `'none'`: the loss of each row. */
  reduction?: Reduction;
  /** Rows with this label are left out. Default −100. */
  ignoreIndex?: number;
  /** Receives d(reduced loss)/d(logits), `[rows, cols]`; `logits` itself or an array that does not overlap it. */
  gradient?: Float32Array;
}

export interface RowStatsOptions extends RowOptions {
  /**
   * The maximum of each whole row, where it is known: the sums are then relative to that, and statistics of parts
   * that begin at fixed blocks merge to the very bits of \`softmax\`. By default the maximum of what \`x\` holds.
   */
  max?: Float32Array;
}
