/** Statistics of rows that can be merged, without kernels: rows joined column by column. */

import { checkAttached } from '../../arguments/arrays.ts';
import { checkNumber } from '../../arguments/check.ts';
import { plainTypeError } from '../../arguments/errors.ts';
import type { NewFloat32Array, NewFloat64Array } from '../../arguments/new-arrays.ts';
import { ownOptions } from '../../arguments/own-options.ts';
import { BLOCK_COLS } from '../../raw/sizes.ts';

/** What `softmax` has to know of whole rows: enough to normalise any part of them. */
export interface RowStats {
  /** The largest element of each row, float32 `[rows]`; −Infinity for nothing. */
  readonly max: Float32Array;
  /** `Σ exp(β(x − max))` of each row, float64 `[rows]`; 0 for nothing. */
  readonly sum: Float64Array;
  /** β = 1/T; 1 if left out. */
  readonly beta?: number;
  /**
   * The sums of each row's blocks, relative to `max`, in the kernels' own unit, float64 `[rows, blocks]`. With them
   * `softmaxFrom` adds up what `softmax` does. They are lost in merging rows with different maxima.
   */
  readonly blocks?: Float64Array;
}

/** Statistics that the library made. */
export interface NewRowStats extends RowStats {
  /** The largest element of each row, float32 `[rows]`; −Infinity for nothing. */
  readonly max: NewFloat32Array;
  /** `Σ exp(β(x − max))` of each row, float64 `[rows]`; 0 for nothing. */
  readonly sum: NewFloat64Array;
  /** The sums of each row's blocks, as {@link RowStats} has them, float64 `[rows, blocks]`. */
  readonly blocks?: NewFloat64Array;
}

/** How many blocks a row of so many columns has. */
export function blocksOf(cols: number): number {
  return Math.ceil(cols / BLOCK_COLS);
}

/** Statistics as the caller gives them, checked, and with their default. */
export function toStats(op: string, name: string, value: RowStats): RowStats & { readonly beta: number } {
  if (typeof value !== 'object' || value === null) throw plainTypeError(op, name, 'an object', value);
  const { max, sum, beta = 1, blocks } = ownOptions(value) as RowStats;
  if (!(max instanceof Float32Array)) throw plainTypeError(op, `${name}.max`, 'a Float32Array', max);
  if (!(sum instanceof Float64Array)) throw plainTypeError(op, `${name}.sum`, 'a Float64Array', sum);
  checkNumber(op, `${name}.beta`, beta, 0, Infinity);
  if (blocks !== undefined && !(blocks instanceof Float64Array)) {
    throw plainTypeError(op, `${name}.blocks`, 'a Float64Array', blocks);
  }
  checkAttached(op, `${name}.max`, max);
  checkAttached(op, `${name}.sum`, sum);
  if (blocks) checkAttached(op, `${name}.blocks`, blocks);
  const rows = max.length;
  if (sum.length !== rows) {
    throw new RangeError(`${op}: ${name}.sum must have ${rows} elements, like max, but has ${sum.length}`);
  }
  if (blocks !== undefined && (rows === 0 ? blocks.length > 0 : blocks.length % rows > 0)) {
    throw new RangeError(
      `${op}: ${name}.blocks must have the same number for each of ${rows} rows, but has ${blocks.length} in all`,
    );
  }
  return { max, sum, beta, blocks };
}
