/** Options of the operations, and their names. */
import type { Dtype, FloatsOut } from './floats.ts';

/**
 * Names of options: what else a caller gives is a mistake. Common ones come first. (Each of these is a list of its own,
 * as bundlers keep one that is put together from others, even where nobody wants it.)
 */
export type Names<Options> = readonly (keyof Options & string)[];

/** What operations on floats take. */
export interface DtypeOptions {
  /** What every `Uint16Array` of floats in the call holds; nothing else asks for it. */
  dtype?: Dtype;
}

/**
 * How rows lie in an array: row-major `[rows, cols]`, or along an axis of a tensor, with the same bits. Where a result
 * or labels are said to be `[rows]`, they have `shape` without the axis, in its order; where `[rows, k]`, k in the axis'
 * place; where `[cols]`, `[shape[axis]]`.
 */
export interface LayoutOptions extends DtypeOptions {
  /** Columns per row; by default all of `x` in one row, or the last of a tensor's dimensions. */
  cols?: number;
  /** In place of `cols`: the tensor's dimensions, row-major, such as `[1, 21, 512, 512]`; by default its own, if it has them. */
  shape?: readonly number[];
  /** The axis of `shape` that holds a row's columns; counted from the end if negative. Default −1. */
  axis?: number;
}

export const LAYOUT_NAMES: Names<LayoutOptions> = ['cols', 'shape', 'axis', 'dtype'];

/** Rows of class scores: how they lie in the array, and how sharp the distribution is. */
export interface RowOptions extends LayoutOptions {
  /** T > 0 divides the logits; 0 gives the limit, a hard maximum, and Infinity a uniform distribution. Default 1. */
  temperature?: number;
  /** 1/T, instead of `temperature`. */
  beta?: number;
}

export const ROW_NAMES: Names<RowOptions> = ['cols', 'temperature', 'beta', 'shape', 'axis', 'dtype'];

export interface RowsOptions extends RowOptions {
  /**
   * Where the result goes, float32 or half precision: `x` itself or an array that does not overlap it. A new
   * Float32Array by default.
   */
  out?: FloatsOut;
}

export const ROWS_NAMES: Names<RowsOptions> = [
  'cols',
  'out',
  'temperature',
  'beta',
  'shape',
  'axis',
  'dtype',
];

/** Rows of which a mask may leave out elements, as attention does. */
export interface MaskedRowsOptions extends RowsOptions {
  /**
   * Which elements count: 1 = keep, 0 = leave out, `[rows, cols]` or `[cols]` for all rows alike. What is left
   * out is not read: it may be NaN.
   */
  mask?: Uint8Array;
}

export const MASKED_ROWS_NAMES: Names<MaskedRowsOptions> = [
  'cols',
  'out',
  'temperature',
  'beta',
  'mask',
  'shape',
  'axis',
  'dtype',
];

/** Functions of each element by itself. */
export interface ElementOptions extends DtypeOptions {
  /**
   * T > 0 divides the logits; 0 and Infinity give the limits. At 0 `sigmoid` is 0, 0.5 or 1 by the sign of x, and
   * `logSigmoid` the logarithm of that; `sigmoidGradient` is 0 where p·(1 − p)·dp is, else infinite. At Infinity they
   * are 0.5 and −log 2 for every finite x, and `sigmoidGradient` is 0 for finite p and dp. Default 1.
   */
  temperature?: number;
  /** 1/T, instead of `temperature`. */
  beta?: number;
  /**
   * Where the result goes, float32 or half precision: an input itself or an array that does not overlap it. A new
   * Float32Array by default.
   */
  out?: FloatsOut;
}

export const ELEMENT_NAMES: Names<ElementOptions> = ['temperature', 'beta', 'out', 'dtype'];

/** What becomes of the losses of the rows. */
export type Reduction = 'none' | 'mean' | 'sum';

/** Bins of a reliability diagram, unless the caller says otherwise. */
export const DEFAULT_BINS = 15;
