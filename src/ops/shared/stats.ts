/** Statistics of rows that can be merged, without kernels: rows joined column by column. */

import { checkAttached, describe, typeError } from '../../arguments/check.ts';
import { partOf } from '../../memory/view.ts';
import { BLOCK_COLS } from '../../raw/abi.ts';
import { exp } from '../../raw/js/math.ts';

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

/** How many blocks a row of so many columns has. */
export function blocksOf(cols: number): number {
  return Math.ceil(cols / BLOCK_COLS);
}

/** Statistics as the caller gives them, checked, and with their default. */
export function toStats(op: string, name: string, value: RowStats): RowStats & { readonly beta: number } {
  if (typeof value !== 'object' || value === null) throw typeError(op, name, 'an object', value);
  const { max, sum, beta = 1, blocks } = value;
  if (!(max instanceof Float32Array)) throw typeError(op, `${name}.max`, 'a Float32Array', max);
  if (!(sum instanceof Float64Array)) throw typeError(op, `${name}.sum`, 'a Float64Array', sum);
  if (typeof beta !== 'number') throw typeError(op, `${name}.beta`, 'a number', beta);
  if (blocks !== undefined && !(blocks instanceof Float64Array)) {
    throw typeError(op, `${name}.blocks`, 'a Float64Array', blocks);
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

export function mergeStats(a: RowStats, b: RowStats): RowStats {
  const op = 'mergeStats';
  const left = toStats(op, 'a', a);
  const right = toStats(op, 'b', b);
  const rows = left.max.length;
  if (right.max.length !== rows) {
    throw new RangeError(`${op}: a and b must have the same rows, but have ${rows} and ${right.max.length}`);
  }
  if (isNothing(left)) return copyOf(right);
  if (isNothing(right)) return copyOf(left);
  const { beta } = left;
  if (beta !== right.beta) {
    throw new RangeError(
      `${op}: a and b must have the same beta, but have ${describe(beta)} and ${describe(right.beta)}`,
    );
  }
  const max = Float32Array.from(left.max, (value, row) => Math.max(value, right.max[row]));
  const sum = Float64Array.from(
    max,
    (most, row) => weighed(left, row, most, beta) + weighed(right, row, most, beta),
  );
  return { max, sum, beta, blocks: joinBlocks(left, right) };
}

/** Whether the statistics are those of no columns at all. */
function isNothing({ max, sum }: RowStats): boolean {
  return max.every((value) => value === -Infinity) && sum.every((value) => value === 0);
}

function copyOf({ max, sum, beta, blocks }: RowStats): RowStats {
  return {
    max: new Float32Array(max),
    sum: new Float64Array(sum),
    beta,
    blocks: blocks && new Float64Array(blocks),
  };
}

/** A row's sum relative to a larger maximum. */
function weighed(stats: RowStats, row: number, max: number, beta: number): number {
  const own = stats.max[row];
  const sum = stats.sum[row];
  // Nothing stays nothing; and none of Infinity − Infinity, 0·Infinity.
  if (sum === 0 || own === max || Number.isNaN(sum)) return sum;
  return sum * exp(beta === 0 ? 0 : beta * (own - max));
}

/** The blocks of both, row by row: as long as all are relative to the same maxima. */
function joinBlocks(a: RowStats, b: RowStats): Float64Array | undefined {
  if (a.blocks === undefined || b.blocks === undefined) return undefined;
  if (a.max.some((value, row) => value !== b.max[row])) return undefined;
  const rows = a.max.length;
  const inA = a.blocks.length / rows;
  const inB = b.blocks.length / rows;
  const joined = new Float64Array(a.blocks.length + b.blocks.length);
  for (let row = 0; row < rows; row++) {
    joined.set(partOf(a.blocks, row * inA, (row + 1) * inA), row * (inA + inB));
    joined.set(partOf(b.blocks, row * inB, (row + 1) * inB), row * (inA + inB) + inA);
  }
  return joined;
}
