/** Rows into probabilities, their logarithms, or the logarithm of their sum. */

import { type Floats, type FloatsOut, toFloats, toOut } from '../arguments/arrays.ts';
import { checkBeta, checkOptions } from '../arguments/check.ts';
import { toLayout } from '../arguments/layout.ts';
import { MASKED_ROWS_NAMES, type MaskedRowsOptions, type RowsOptions } from '../arguments/options.ts';
import { longLogSoftmax, longLogSumExp, longSoftmax } from '../long/softmax.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { putRow, rowOf, runLanes } from '../memory/lanes.ts';
import type { FloatView, OutView } from '../memory/view.ts';
import type { RawKernels } from '../raw/index.ts';
import { LANE_COLS } from '../raw/sizes.ts';
import { maskedRows } from './shared/masked.ts';

type RowKernel = (
  raw: RawKernels,
  ...args: Parameters<RawKernels['softmaxF32' | 'logSoftmaxF32' | 'logSumExpF32']>
) => void;
type LongRow = (host: Host, x: FloatView, out: OutView, beta: number) => void;

/**
 * Probabilities: `p[i] = exp(β·x[i]) / Σⱼ exp(β·x[j])` for each row of `x`.
 *
 * @param x logits, float32 row-major `[rows, cols]`, or `options.shape`; any sign, any size
 * @returns float32 `[rows, cols]`, or the shape: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Special values: a row with NaN or +Infinity, or with nothing above −Infinity, is NaN; −Infinity gives exactly
 * 0; T = 0 splits the mass equally over the maxima. With a `mask`, what it leaves out is not read and gives exactly 0, and
 * a row of which it keeps nothing is all 0. Views of the kernels' memory are used in place; any other
 * array is copied through a bounded scratch.
 *
 * Accuracy: within 2 steps of the correctly rounded float32, 1 on 'js', in rows of up to 2^20 columns; probabilities
 * below 2^-126 may be flushed to 0. The shifted, unrounded exponent is that of Dukhan & Ablavatski 2020, 'The two-pass softmax
 * algorithm'.
 * @example
 * ```ts
 * import { softmax } from 'softmax-simd';
 *
 * softmax([2.0, 1.0, 0.1]); // Float32Array [0.659, 0.242, 0.099]
 * ```
 */
export function softmax(host: Host, x: Floats, options: MaskedRowsOptions = {}): FloatsOut {
  if (options?.mask !== undefined) return maskedRows(host, 'softmax', longSoftmax, x, options);
  return rowwise(host, 'softmax', runSoftmax, longSoftmax, x, options, false);
}

/**
 * Log-probabilities in nats: `β·x[i] − log Σⱼ exp(β·x[j])` for each row of `x`, exact also near 0. What a `mask`
 * leaves out is not read and gives −Infinity.
 *
 * @param x logits, float32 row-major `[rows, cols]`, or `options.shape`
 * @returns float32 `[rows, cols]`, or the shape: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: within 2 steps, 1 on 'js', in rows of up to 2^20 columns: near 0 the largest element's own term is left out of the sum,
 * and log1p takes its place. Special values: rows that are NaN for `softmax` are NaN; −Infinity gives −Infinity; one
 * column gives exactly 0; T = 0 gives −log(count) at the maxima. Views of the kernels' memory are used in place, other
 * arrays are copied through a bounded scratch. Semantics: PyTorch's `log_softmax`.
 * @example
 * ```ts
 * import { logSoftmax } from 'softmax-simd';
 *
 * logSoftmax([2.0, 1.0, 0.1]); // Float32Array [-0.417, -1.417, -2.317]
 * ```
 */
export function logSoftmax(host: Host, x: Floats, options: MaskedRowsOptions = {}): FloatsOut {
  if (options?.mask !== undefined) return maskedRows(host, 'logSoftmax', longLogSoftmax, x, options);
  return rowwise(host, 'logSoftmax', runLogSoftmax, longLogSoftmax, x, options, false);
}

/**
 * `log Σⱼ exp(β·x[j])` of each row of `x`, in nats.
 *
 * @param x logits, float32 row-major `[rows, cols]`, or `options.shape`
 * @returns float32 `[rows]`: `options.out`, or a new array; −Infinity for a row without anything above it
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: within 2 steps, 1 on 'js', in steps of max(1, |value|), as the result may cancel to 0. Special values:
 * +Infinity gives Infinity, NaN NaN; a row that is masked out −Infinity. Views of the kernels' memory are used in place,
 * other arrays are copied through a bounded scratch. Semantics: PyTorch's `logsumexp`.
 * @example
 * ```ts
 * import { logSumExp } from 'softmax-simd';
 *
 * logSumExp([1000, 1000]); // Float32Array [1000.693]
 * ```
 */
export function logSumExp(host: Host, x: Floats, options: MaskedRowsOptions = {}): FloatsOut {
  if (options?.mask !== undefined) return maskedRows(host, 'logSumExp', longLogSumExp, x, options);
  return rowwise(host, 'logSumExp', runLogSumExp, longLogSumExp, x, options, true);
}

// A call of its own for each: engines call what is always the same kernel several times as fast.
const runSoftmax: RowKernel = (raw, x, out, rows, cols, inner, from, beta) =>
  raw.softmaxF32(x, out, rows, cols, inner, from, beta);
const runLogSoftmax: RowKernel = (raw, x, out, rows, cols, inner, from, beta) =>
  raw.logSoftmaxF32(x, out, rows, cols, inner, from, beta);
const runLogSumExp: RowKernel = (raw, x, out, rows, cols, inner, from, beta) =>
  raw.logSumExpF32(x, out, rows, cols, inner, from, beta);

/** Up to so many elements are copied by plain loops. */
const FEW = 128;

/** One kernel over all rows, with a result of the shape of `x`, or of one element a row if it `reduces`. */
function rowwise(
  host: Host,
  op: string,
  run: RowKernel,
  long: LongRow,
  x: Floats,
  options: RowsOptions,
  reduces: boolean,
): FloatsOut {
  checkOptions(op, options, MASKED_ROWS_NAMES);
  const { dtype } = options;
  const data = toFloats(op, 'x', x, dtype);
  const layout = toLayout(op, 'x', data.length, options, 1, x);
  const { rows, cols, inner } = layout;
  const beta = checkBeta(op, options.temperature, options.beta);
  const outCols = reduces ? 1 : cols;
  const { out: given } = options;
  const out =
    given === undefined ? new Float32Array(rows * outCols) : toOut(op, 'out', given, rows * outCols, dtype);
  const result = (given ?? out) as FloatsOut;

  const { arena } = host;
  const raw = data.length < host.manyElements ? host.alone : host.raw;
  // Asking an array for its buffer takes as long as some elements: of two that are known the offsets tell.
  let from = arena.recall(data);
  let to = arena.recall(out);
  if (given === undefined) from = arena.offsetOf(data);
  else if (from < 0 || to < 0) {
    const xBuffer = data.buffer;
    const outBuffer = out.buffer;
    from = arena.offsetIn(data, xBuffer);
    to = arena.offsetIn(out, outBuffer);
    const apart = xBuffer !== outBuffer && xBuffer instanceof ArrayBuffer;
    if (!apart && out !== data) checkOverlap(host, op, 'out', out, 'x', data, !reduces);
  } else if (out !== data && to < from + 4 * data.length && from < to + 4 * out.length) {
    checkOverlap(host, op, 'out', out, 'x', data, !reduces);
  }
  if (from >= 0 && to >= 0) {
    if (inner === 1 || cols <= LANE_COLS) {
      run(raw, from, to, rows, cols, inner, 0, beta);
      return result;
    }
  } else if (
    // Rows without columns have a result, too.
    Math.max(data.length, out.length) <= FEW &&
    data instanceof Float32Array &&
    out instanceof Float32Array
  ) {
    // For so few, loops are quicker than the general way, and make no garbage.
    const { start } = host.scratch;
    const at = start / 4;
    const { f32 } = arena;
    for (let i = 0; i < data.length; i++) f32[at + i] = data[i];
    run(raw, start, start + 4 * FEW, rows, cols, inner, 0, beta);
    for (let i = 0; i < out.length; i++) out[i] = f32[at + FEW + i];
    return result;
  }
  const operands = [
    { view: data, rowBytes: cols * 4, write: false },
    { view: out, rowBytes: outCols * 4, write: true, over: reduces ? undefined : 0 },
  ];
  const fits = runLanes(host, layout, operands, ([at, outAt], n, width, first) =>
    run(raw, at, outAt, n, cols, width, first, beta),
  );
  if (!fits) {
    for (let row = 0; row < rows; row++) {
      const rowOut = rowOf(out, layout, row, outCols);
      long(host, rowOf(data, layout, row, cols), rowOut, beta);
      putRow(out, layout, row, rowOut);
    }
  }
  return result;
}
