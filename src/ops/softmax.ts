import { checkBeta, checkCols, checkFloats, checkOptions, toFloats } from '../arguments/check.ts';
import type { MaskedRowsOptions, RowsOptions } from '../arguments/options.ts';
import {
  hasSoftmax,
  indexInRow,
  logOddsOfRow,
  logScaleRow,
  maxOfRow,
  scaleRow,
  totalOfRow,
} from '../long/parts.ts';
import { runBlocks } from '../memory/blocks.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { partOf } from '../memory/view.ts';
import type { RawKernels } from '../raw/abi.ts';
import { maskedRows } from './shared/masked.ts';

type RowKernel = (
  raw: RawKernels,
  ...args: Parameters<RawKernels['softmaxF32' | 'logSoftmaxF32' | 'logSumExpF32']>
) => void;
type LongRow = (host: Host, x: Float32Array, out: Float32Array, beta: number) => void;

export function softmax(
  host: Host,
  x: Float32Array | readonly number[],
  options: MaskedRowsOptions = {},
): Float32Array {
  if (options?.mask !== undefined) return maskedRows(host, 'softmax', longSoftmax, x, options);
  return rowwise(host, 'softmax', runSoftmax, longSoftmax, x, options, false);
}

export function logSoftmax(
  host: Host,
  x: Float32Array | readonly number[],
  options: MaskedRowsOptions = {},
): Float32Array {
  if (options?.mask !== undefined) return maskedRows(host, 'logSoftmax', longLogSoftmax, x, options);
  return rowwise(host, 'logSoftmax', runLogSoftmax, longLogSoftmax, x, options, false);
}

export function logSumExp(
  host: Host,
  x: Float32Array | readonly number[],
  options: MaskedRowsOptions = {},
): Float32Array {
  if (options?.mask !== undefined) return maskedRows(host, 'logSumExp', longLogSumExp, x, options);
  return rowwise(host, 'logSumExp', runLogSumExp, longLogSumExp, x, options, true);
}

// A call of its own for each: engines call what is always the same kernel several times as fast.
const runSoftmax: RowKernel = (raw, x, out, rows, cols, beta) => raw.softmaxF32(x, out, rows, cols, beta);
const runLogSoftmax: RowKernel = (raw, x, out, rows, cols, beta) =>
  raw.logSoftmaxF32(x, out, rows, cols, beta);
const runLogSumExp: RowKernel = (raw, x, out, rows, cols, beta) => raw.logSumExpF32(x, out, rows, cols, beta);

/** Up to so many elements are copied by plain loops. */
const FEW = 128;

/** One kernel over all rows, with a result of the shape of `x`, or of one element a row if it `reduces`. */
function rowwise(
  host: Host,
  op: string,
  run: RowKernel,
  long: LongRow,
  x: Float32Array | readonly number[],
  options: RowsOptions,
  reduces: boolean,
): Float32Array {
  checkOptions(op, options);
  const data = toFloats(op, 'x', x);
  const cols = checkCols(op, 'x', data.length, options.cols);
  const beta = checkBeta(op, options.temperature, options.beta);
  // Without columns there is no telling rows: it is one, which is empty.
  const rows = cols === data.length ? 1 : data.length / cols;
  const outCols = reduces ? 1 : cols;
  let { out } = options;
  if (out === undefined) out = new Float32Array(rows * outCols);
  else {
    checkFloats(op, 'out', out, rows * outCols);
  }

  const { arena } = host;
  const raw = data.length < host.manyElements ? host.alone : host.raw;
  // Asking an array for its buffer takes as long as some elements: of two that are known the offsets tell.
  let from = arena.recall(data);
  let to = arena.recall(out);
  if (from < 0 || to < 0) {
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
    run(raw, from, to, rows, cols, beta);
    return out;
  }
  if (data.length <= FEW) {
    // For so few, loops are quicker than the general way, and make no garbage.
    const { start } = host.scratch;
    const at = start / 4;
    const { f32 } = arena;
    for (let i = 0; i < data.length; i++) f32[at + i] = data[i];
    run(raw, start, start + 4 * FEW, rows, cols, beta);
    for (let i = 0; i < out.length; i++) out[i] = f32[at + FEW + i];
    return out;
  }
  const operands = [
    { view: data, rowBytes: cols * 4, write: false },
    { view: out, rowBytes: outCols * 4, write: true, over: reduces ? undefined : 0 },
  ];
  const fits = runBlocks(host, rows, operands, ([at, outAt], n) => run(raw, at, outAt, n, cols, beta));
  if (!fits) {
    for (let row = 0; row < rows; row++) {
      long(
        host,
        partOf(data, row * cols, (row + 1) * cols),
        partOf(out, row * outCols, (row + 1) * outCols),
        beta,
      );
    }
  }
  return out;
}

/** As `softmaxF32`, for one row, in parts. */
export function longSoftmax(host: Host, x: Float32Array, out: Float32Array, beta: number): void {
  const max = maxOfRow(host, x);
  if (!hasSoftmax(max, beta)) out.fill(NaN);
  else scaleRow(host, out, 1 / totalOfRow(host, x, out, -1, max, beta), true);
}

/** As `logSoftmaxF32`, for one row, in parts. */
export function longLogSoftmax(host: Host, x: Float32Array, out: Float32Array, beta: number): void {
  const max = maxOfRow(host, x);
  if (!hasSoftmax(max, beta)) out.fill(NaN);
  else {
    const { odds } = logOddsOfRow(host, x, undefined, indexInRow(host, x, max), beta);
    logScaleRow(host, x, out, max, beta, host.raw.softplus(odds));
  }
}

/** As `logSumExpF32`, for one row, in parts. */
export function longLogSumExp(
  host: Host,
  x: Float32Array,
  out: Float32Array,
  beta: number,
  mask?: Uint8Array,
): void {
  const { raw } = host;
  const max = maxOfRow(host, x, mask);
  if (hasSoftmax(max, beta)) {
    const logTotal = raw.logTotalF32(totalOfRow(host, x, undefined, -1, max, beta, mask), max, beta);
    out[0] = Number.isNaN(logTotal) ? NaN : (max === 0 ? 0 : beta * max) + logTotal;
  } else out[0] = indexInRow(host, x, NaN, mask) < 0 ? max : NaN;
}
