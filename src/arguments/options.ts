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

/** What `nllLoss` takes. */
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
/** Rows of numbers, as they lie in the array. */
export interface ColsOptions {
  /** Columns per row; all of `x` in one row by default. */
  cols?: number;
}

export interface HardmaxOptions extends ColsOptions {
  /** Where the result goes: `x` itself or an array that does not overlap it. A new array by default. */
  out?: Float32Array;
}

/** The largest elements of each row, descending, lower index first among equals. */
export interface TopK {
  /** `[rows, k]` */
  values: Float32Array;
  /** `[rows, k]` */
  indices: Int32Array;
}

/** How to draw: the filters apply in the order temperature, `topK`, `topP`, `minP`. */
export interface SampleOptions extends RowOptions {
  /** Keeps the `topK` largest logits, lower index first among equals. All by default. */
  topK?: number;
  /**
   * Of what `topK` has kept, keeps the most probable until their cumulative probability reaches `topP`, at least
   * one. From 0 to 1, the default.
   */
  topP?: number;
  /** Keeps what is at least `minP` times as probable as the most probable. From 0, the default, to 1. */
  minP?: number;
  /** An integer from 0 to 2^53 − 1: the same seed gives the same ids. An unforeseeable one by default. */
  seed?: number;
  /** Row r draws number `firstRow + r` of the seed's stream, so that a batch may be split. Default 0. */
  firstRow?: number;
}

/** What was drawn from each row. */
export interface Sample {
  /** `[rows]` */
  ids: Int32Array;
  /** Natural logarithms of the probabilities of `ids` in the unfiltered distribution at T = 1, `[rows]`. */
  logProbs: Float32Array;
}

export interface FitTemperatureOptions extends ColsOptions {
  /** Rows with this label are left out. Default −100. */
  ignoreIndex?: number;
}

/** Some rows of logits, and their labels. */
export interface LabelledBatch {
  /** `[rows, cols]` */
  readonly logits: Float32Array | readonly number[];
  /** `[rows]`: classes, or `ignoreIndex`. */
  readonly labels: Int32Array | readonly number[];
}

/** A temperature fitted to labels, and the mean cross-entropy in nats at T = 1 and at that temperature. */
export interface FittedTemperature {
  /** Divide logits by it. */
  temperature: number;
  /** Mean cross-entropy in nats at T = 1. */
  before: number;
  /** The same at that temperature. */
  after: number;
}

export interface CalibrationOptions extends RowOptions {
  /** The number of bins of equal width over the confidence. Default 15. */
  bins?: number;
  /** Rows with this label are left out. Default −100. */
  ignoreIndex?: number;
}

/** The rows whose confidence, the largest probability, is above `low` and at most `high`. */
export interface CalibrationBin {
  /** Where the bin begins, itself not included. */
  low: number;
  /** Where it ends, included. */
  high: number;
  /** Rows whose confidence lies in it. */
  count: number;
  /** Mean confidence; NaN in an empty bin. */
  confidence: number;
  /** Share of the rows in which the label is the first of the largest logits; NaN in an empty bin. */
  accuracy: number;
}

/** How far confidence can be trusted. */
export interface Calibration {
  /** The share of rows predicted correctly. */
  accuracy: number;
  /** Expected calibration error: the mean over rows of their bin's |accuracy − confidence|. */
  ece: number;
  /** Maximum calibration error: the largest |accuracy − confidence| of a bin. */
  mce: number;
  /** Brier score: squared error of the probabilities, summed over classes, averaged over rows. */
  brier: number;
  /** A reliability diagram, from low confidence to high. */
  bins: CalibrationBin[];
}
