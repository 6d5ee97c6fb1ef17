import { checkCols, checkFloats, checkOptions, rangeError, toFloats, typeError } from '../arguments/check.ts';
import type { ColsOptions, HardmaxOptions, TopK } from '../arguments/options.ts';
import { refuseRow } from '../arguments/refuse.ts';
import { runBlocks } from '../memory/blocks.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { argmaxOf, topKOf } from '../raw/js/select.ts';

interface Matrix {
  readonly x: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** The argument x of an operation that needs at least one column. */
function toMatrix(op: string, value: Float32Array | readonly number[], options: ColsOptions): Matrix {
  checkOptions(op, options);
  const x = toFloats(op, 'x', value);
  const cols = checkCols(op, 'x', x.length, options.cols);
  if (cols === 0) throw new RangeError(`${op}: x must have at least one column, but has none`);
  return { x, rows: x.length / cols, cols };
}

export function argmax(
  host: Host,
  value: Float32Array | readonly number[],
  options: ColsOptions = {},
): Int32Array {
  const op = 'argmax';
  const matrix = toMatrix(op, value, options);
  const ids = indicesOfMaxima(host, matrix);
  const { x, cols } = matrix;
  for (let row = 0; row < ids.length; row++) {
    if (ids[row] < 0 || x[row * cols + ids[row]] === -Infinity) throw refuseRow(op, 'x', x, row, cols);
  }
  return ids;
}

/** The first index of the largest element of each row, −1 in a row that holds NaN. */
function indicesOfMaxima(host: Host, { x, rows, cols }: Matrix): Int32Array {
  const ids = new Int32Array(rows);
  const operands = [
    { view: x, rowBytes: cols * 4, write: false },
    { view: ids, rowBytes: 4, write: true },
  ];
  const fits = runBlocks(host, rows, operands, ([xAt, idsAt], n) => host.raw.argmaxF32(xAt, idsAt, n, cols));
  if (!fits) for (let row = 0; row < rows; row++) ids[row] = argmaxOf(x, row * cols, cols);
  return ids;
}

export function hardmax(
  host: Host,
  value: Float32Array | readonly number[],
  options: HardmaxOptions = {},
): Float32Array {
  const op = 'hardmax';
  const matrix = toMatrix(op, value, options);
  const { x, cols } = matrix;
  let { out } = options;
  if (out === undefined) out = new Float32Array(x.length);
  else {
    checkFloats(op, 'out', out, x.length);
    checkOverlap(host, op, 'out', out, 'x', x, true);
  }
  const ids = indicesOfMaxima(host, matrix);
  // Before out, which may be x, is written.
  const hasMaximum = Array.from(ids, (id, row) => id >= 0 && x[row * cols + id] > -Infinity);
  out.fill(0);
  for (let row = 0; row < ids.length; row++) {
    if (hasMaximum[row]) out[row * cols + ids[row]] = 1;
    else out.fill(NaN, row * cols, (row + 1) * cols);
  }
  return out;
}

export function topK(
  host: Host,
  value: Float32Array | readonly number[],
  k: number,
  options: ColsOptions = {},
): TopK {
  const op = 'topK';
  const { x, rows, cols } = toMatrix(op, value, options);
  checkK(op, 'k', k, cols);
  const values = new Float32Array(rows * k);
  const indices = new Int32Array(rows * k);
  const operands = [
    { view: x, rowBytes: cols * 4, write: false },
    { view: values, rowBytes: k * 4, write: true },
    { view: indices, rowBytes: k * 4, write: true },
  ];
  const fits = runBlocks(host, rows, operands, ([xAt, valuesAt, indicesAt], n) =>
    host.raw.topKF32(xAt, valuesAt, indicesAt, n, cols, k),
  );
  for (let row = 0; row < rows; row++) {
    const at = row * k;
    if (!fits) {
      const found = topKOf(x, row * cols, cols, values.subarray(at, at + k), indices.subarray(at, at + k));
      if (!found) indices[at] = -1;
    }
    if (indices[at] < 0 || values[at] === -Infinity) throw refuseRow(op, 'x', x, row, cols);
  }
  return { values, indices };
}

/** A number of elements of a row: at least one of them. */
export function checkK(op: string, name: string, k: unknown, cols: number): number {
  if (typeof k !== 'number') throw typeError(op, name, 'a number', k);
  if (!Number.isInteger(k) || k < 1 || k > cols)
    throw rangeError(op, name, `an integer from 1 to ${cols}`, k);
  return k;
}
