/** Rows that come in chunks of columns. */

import { checkFloats, type Floats, type FloatsOut, toFloats, toOut } from '../arguments/arrays.ts';
import { checkBeta, checkOptions } from '../arguments/check.ts';
import { rangeError } from '../arguments/errors.ts';
import { toLayout } from '../arguments/layout.ts';
import {
  type Names,
  ROW_NAMES,
  ROWS_NAMES,
  type RowOptions,
  type RowsOptions,
} from '../arguments/options.ts';
import { forSums, indexInRow, maxOfRow, scaleSummands, totalOfRow } from '../long/rows.ts';
import { fill } from '../memory/elements.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { putRow, rowOf } from '../memory/lanes.ts';
import type { FloatView, OutView } from '../memory/view.ts';
import { hasSoftmax } from '../raw/limits.ts';
import { LANE_COLS } from '../raw/sizes.ts';
import { blocksOf, type NewRowStats, type RowStats, toStats } from './shared/row-stats.ts';
import { softmax } from './softmax.ts';

export type { NewRowStats, RowStats } from './shared/row-stats.ts';

export interface RowStatsOptions extends RowOptions {
  /**
   * The maximum of each whole row, where it is known: the sums are then relative to that, and statistics of parts
   * that begin at fixed blocks merge to the very bits of `softmax`. By default the maximum of what `x` holds.
   */
  max?: Float32Array;
}

const STATS_NAMES: Names<RowStatsOptions> = ['max'];

/**
 * What softmax has to know of the columns in `x`: the maximum of each row, `m = max x`, and `Σ exp(β(x − m))`. For
 * rows that arrive in chunks of columns, or live on several machines: statistics of the chunks merge, and with
 * those of the whole row every chunk is normalised by itself.
 *
 * @param x logits, float32 row-major `[rows, cols]`, or `options.shape`: some columns of each row
 * @returns `max`, float32 `[rows]`, and `sum`, float64 `[rows]`, with β and what makes results exact to the bit;
 * a row without anything above −Infinity has −Infinity and 0, one with NaN or (at T > 0) +Infinity the sum NaN
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value
 *
 * However the columns are divided, `softmaxFrom` gives probabilities within the bound of `softmax`. It gives the
 * very bits of `softmax` of the whole row if all chunks but the last have a multiple of 4096 columns, are merged
 * from left to right (in any grouping), and were described relative to the maxima of the whole rows, by
 * `options.max`: a second sweep, as below. A sum relative to another maximum is rounded in other places.
 *
 * Rows in the kernels' memory are read in place, others are copied through a bounded scratch; those along another axis
 * than the last, one at a time. The running maximum and rescaled sum: Milakov & Gimelshein 2018, arXiv:1805.02867.
 * @example
 * ```ts
 * import { mergeStats, rowStats, softmaxFrom } from 'softmax-simd';
 *
 * const chunks = [new Float32Array([1, 2]), new Float32Array([3])];
 * const whole = chunks.map((x) => rowStats(x)).reduce(mergeStats);
 * softmaxFrom(chunks[0], whole); // Float32Array [0.0900, 0.2447]
 * softmaxFrom(chunks[1], whole); // Float32Array [0.6652]
 *
 * // Once more, relative to the maximum of all: the bits of softmax([1, 2, 3]), if chunks begin at whole blocks.
 * const exact = chunks.map((x) => rowStats(x, { max: whole.max })).reduce(mergeStats);
 * ```
 */
export function rowStats(host: Host, x: Floats, options: RowStatsOptions = {}): NewRowStats {
  const op = 'rowStats';
  checkOptions(op, options, ROW_NAMES, STATS_NAMES);
  const { data, layout, beta } = toRows(op, x, options);
  const { rows, cols } = layout;
  const given = options.max === undefined ? undefined : checkFloats(op, 'max', options.max, rows);
  const max = new Float32Array(rows);
  const sum = new Float64Array(rows);
  const sums: number[] = [];
  for (let row = 0; row < rows; row++) {
    const part = rowOf(data, layout, row, cols);
    const own = maxOfRow(host, part);
    max[row] = given === undefined ? own : given[row];
    if (!(own <= max[row])) throw exceeded(op, 'max', max[row], own, row);
    let total = 0;
    const add = (blockSum: number) => {
      total += blockSum;
      sums.push(blockSum);
    };
    if (hasSoftmax(max[row], beta)) {
      forSums(host, part, undefined, -1, max[row], beta, add);
      // Only a part that holds the maximum lacks what the sum of its row lacks.
      if (own === max[row]) total = host.raw.totalF32(total, own, beta);
      sum[row] = total / unit(host, max[row], beta);
    } else {
      sum[row] = own > -Infinity || indexInRow(host, part, NaN) >= 0 ? NaN : 0;
      for (let i = 0; i < blocksOf(cols); i++) add(sum[row]);
    }
  }
  return { max, sum, beta, blocks: Float64Array.from(sums) };
}

/**
 * Probabilities of a chunk of columns: `p[i] = exp(β(x[i] − max)) / sum`, with the statistics of the whole rows.
 *
 * @param x logits, float32 row-major `[rows, cols]`, or `options.shape`: some columns of each row
 * @param stats of the whole rows, from {@link rowStats} and {@link mergeStats}; also says β
 * @returns float32 `[rows, cols]`, or the shape: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value, such as statistics whose
 * maximum is exceeded; nothing is written then
 *
 * Accuracy: within the bound of `softmax`, and with its bits where {@link rowStats} says so. Special values: a row
 * whose statistics have the sum NaN, or nothing above −Infinity, is NaN throughout; −Infinity gives exactly 0. Rows in
 * the kernels' memory are used in place, others are copied through a bounded scratch; those along another axis than the
 * last, one at a time.
 * @example
 * ```ts
 * import { rowStats, softmaxFrom } from 'softmax-simd';
 *
 * const stats = rowStats([1, 2, 3]);
 * softmaxFrom([1, 2], stats); // Float32Array [0.0900, 0.2447]
 * ```
 */
export function softmaxFrom(host: Host, x: Floats, stats: RowStats, options: RowsOptions = {}): FloatsOut {
  const op = 'softmaxFrom';
  checkOptions(op, options, ROWS_NAMES);
  const { data, layout, beta: wanted } = toRows(op, x, options);
  const { rows, cols } = layout;
  const { max, sum, beta, blocks } = toStats(op, 'stats', stats);
  const isScaled = options.beta !== undefined || options.temperature !== undefined;
  if (isScaled && wanted !== beta) throw rangeError(op, 'beta', `that of stats, ${beta}`, wanted);
  if (max.length !== rows) {
    throw new RangeError(`${op}: stats must have one element per row, ${rows}, but has ${max.length}`);
  }
  const { out: given, dtype } = options;
  const out =
    given === undefined ? new Float32Array(data.length) : toOut(op, 'out', given, data.length, dtype);
  if (given !== undefined) {
    checkOverlap(host, op, 'out', out, 'x', data, true);
    checkOverlap(host, op, 'out', out, 'stats.max', max, false);
    checkOverlap(host, op, 'out', out, 'stats.sum', sum, false);
    if (blocks) checkOverlap(host, op, 'out', out, 'stats.blocks', blocks, false);
  }
  for (let row = 0; row < rows; row++) {
    const own = maxOfRow(host, rowOf(data, layout, row, cols));
    if (!(own <= max[row])) throw exceeded(op, 'stats.max', max[row], own, row);
  }
  const perRow = blocks === undefined ? 0 : blocks.length / rows;
  for (let row = 0; row < rows; row++) {
    const result = rowOf(out, layout, row, cols);
    normalise(result, rowOf(data, layout, row, cols), row);
    putRow(out, layout, row, result);
  }
  return (given ?? out) as FloatsOut;

  function normalise(result: OutView, part: FloatView, row: number): void {
    if (!hasSoftmax(max[row], beta) || Number.isNaN(sum[row])) {
      fill(result, NaN);
      return;
    }
    let total = 0;
    if (blocks === undefined) total = sum[row] * unit(host, max[row], beta);
    else {
      // As a kernel adds them.
      for (let i = 0; i < perRow; i++) total += blocks[row * perRow + i];
      total = host.raw.totalF32(total, max[row], beta);
    }
    if (cols <= LANE_COLS && totalOfRow(host, part, undefined, -1, max[row], beta) === total) {
      // The whole row: what others it may have add nothing.
      softmax(host, part as Floats, { beta, out: result as FloatsOut });
      return;
    }
    if (result instanceof Float32Array) forSums(host, part, result, -1, max[row], beta, () => {});
    scaleSummands(host, part, result, -1, max[row], beta, 1 / total, true);
  }
}

function toRows(op: string, x: Floats, options: RowsOptions | RowStatsOptions) {
  const data = toFloats(op, 'x', x, options.dtype);
  const layout = toLayout(op, 'x', data.length, options, 1, x);
  return { data, layout, beta: checkBeta(op, options.temperature, options.beta) };
}

/** What the kernels make of a sum of 1: of the maximum alone. */
function unit(host: Host, max: number, beta: number): number {
  return totalOfRow(host, Float32Array.of(max), undefined, -1, max, beta);
}

function exceeded(op: string, name: string, max: number, own: number, row: number): RangeError {
  return new RangeError(`${op}: ${name} must be at least ${own} in row ${row}, but is ${max}`);
}
