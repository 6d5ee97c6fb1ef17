/** Statistics of rows joined column by column. */
import { describe } from '../arguments/errors.ts';
import type { NewFloat64Array } from '../arguments/new-arrays.ts';
import { partOf } from '../memory/view.ts';
import { exp } from '../raw/js/math.ts';
import { type NewRowStats, type RowStats, toStats } from './shared/row-stats.ts';

/**
 * The statistics of rows of which `a` has the columns on the left and `b` those on the right:
 * `max = max(a.max, b.max)`, `sum = a.sum·exp(β(a.max − max)) + b.sum·exp(β(b.max − max))`. Neutral: −Infinity, 0.
 *
 * @param a statistics from {@link rowStats}, or of the same form; so is `b`, of the same rows and β
 * @returns new statistics, `[rows]`
 * @throws TypeError for an argument of the wrong type, RangeError for different rows or β
 *
 * Special values: where either sum is NaN, so is that of the result. A row with the maximum −Infinity and the sum 0
 * adds nothing to the other; of two such rows the result is −Infinity and 0, too.
 * @example
 * ```ts
 * import { mergeStats, rowStats } from 'softmax-simd';
 *
 * const whole = mergeStats(rowStats([1, 2]), rowStats([3]));
 * whole.max; // Float32Array [3]
 * whole.sum; // Float64Array [1.503]
 * const logSumExp = whole.max[0] + Math.log(whole.sum[0]); // 3.408
 * ```
 */
export function mergeStats(a: RowStats, b: RowStats): NewRowStats {
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

function copyOf({ max, sum, beta, blocks }: RowStats): NewRowStats {
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
function joinBlocks(a: RowStats, b: RowStats): NewFloat64Array | undefined {
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
