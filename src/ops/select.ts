/** The largest elements. */
import { checkFloats, type Floats, toFloats } from '../arguments/arrays.ts';
import { checkCols, checkInteger, checkOptions } from '../arguments/check.ts';
import { refuseRow } from '../arguments/errors.ts';
import type { ColsOptions } from '../arguments/options.ts';
import { runBlocks } from '../memory/blocks.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { argmaxOf, topKOf } from '../raw/js/select.ts';

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

interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** The argument x of an operation that needs at least one column. */
function toMatrix(op: string, x: Floats, options: ColsOptions): Matrix {
  checkOptions(op, options);
  const data = toFloats(op, 'x', x);
  const cols = checkCols(op, 'x', data.length, options.cols);
  if (cols === 0) throw new RangeError(`${op}: x must have at least one column, but has none`);
  return { data, rows: data.length / cols, cols };
}

/**
 * The index of the largest element of each row of `x`, the first of equals.
 *
 * @param x float32 row-major `[rows, cols]`; −Infinity and +Infinity may be among them
 * @returns int32 `[rows]`, a new array; exact, the same on every backend
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, for rows without columns, and,
 * naming the row, for one that holds NaN or is −Infinity throughout: there is no answer then
 *
 * Views of the kernels' memory are read in place; any other array is copied through a bounded scratch.
 * @example
 * ```ts
 * import { argmax } from 'softmax-simd';
 *
 * argmax([0.1, 0.7, 0.2, 5, 3, 5], { cols: 3 }); // Int32Array [1, 0]
 * ```
 */
export function argmax(host: Host, x: Floats, options: ColsOptions = {}): Int32Array {
  const op = 'argmax';
  const matrix = toMatrix(op, x, options);
  const ids = indicesOfMaxima(host, matrix);
  const { data, cols } = matrix;
  for (let row = 0; row < ids.length; row++) {
    if (ids[row] < 0 || data[row * cols + ids[row]] === -Infinity) throw refuseRow(op, 'x', data, row, cols);
  }
  return ids;
}

/** The first index of the largest element of each row, −1 in a row that holds NaN. */
function indicesOfMaxima(host: Host, { data, rows, cols }: Matrix): Int32Array {
  const ids = new Int32Array(rows);
  const operands = [
    { view: data, rowBytes: cols * 4, write: false },
    { view: ids, rowBytes: 4, write: true },
  ];
  const fits = runBlocks(host, rows, operands, ([xAt, idsAt], n) => host.raw.argmaxF32(xAt, idsAt, n, cols));
  if (!fits) for (let row = 0; row < rows; row++) ids[row] = argmaxOf(data, row * cols, cols);
  return ids;
}

/**
 * One-hot of the largest element: 1 at `argmax(x)` in each row, 0 elsewhere. (`softmax` at T = 0 splits the 1 among
 * equals.)
 *
 * @param x float32 row-major `[rows, cols]`
 * @returns float32 `[rows, cols]`: `options.out`, which may be `x` itself, or a new array
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value and for rows without columns;
 * nothing is written then
 *
 * Special values: a row that holds NaN, or is −Infinity throughout, is NaN. Copies as `argmax` does.
 * Source: Hardmax of the ONNX operators.
 * @example
 * ```ts
 * import { hardmax } from 'softmax-simd';
 *
 * hardmax([1, 3, 3]); // Float32Array [0, 1, 0]
 * ```
 */
export function hardmax(host: Host, x: Floats, options: HardmaxOptions = {}): Float32Array {
  const op = 'hardmax';
  const matrix = toMatrix(op, x, options);
  const { data, cols } = matrix;
  let { out } = options;
  if (out === undefined) out = new Float32Array(data.length);
  else {
    checkFloats(op, 'out', out, data.length);
    checkOverlap(host, op, 'out', out, 'x', data, true);
  }
  const ids = indicesOfMaxima(host, matrix);
  // Before out, which may be x, is written.
  const hasMaximum = Array.from(ids, (id, row) => id >= 0 && data[row * cols + id] > -Infinity);
  out.fill(0);
  for (let row = 0; row < ids.length; row++) {
    if (hasMaximum[row]) out[row * cols + ids[row]] = 1;
    else out.fill(NaN, row * cols, (row + 1) * cols);
  }
  return out;
}

/**
 * The `k` largest elements of each row of `x`, descending; of equal ones the one of lower index comes first.
 *
 * Elements that are not above the smallest of the k found so far are passed over by SIMD comparisons, the others go
 * through a heap: no row is sorted.
 *
 * @param x float32 row-major `[rows, cols]`; −Infinity and +Infinity may be among them
 * @param k from 1 to `cols`
 * @returns `values`, float32, and `indices`, int32, each `[rows, k]`, new arrays; exact, the same on every backend
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, for rows without columns, and,
 * naming the row, for one that holds NaN or is −Infinity throughout
 *
 * Views of the kernels' memory are read in place; any other array is copied through a bounded scratch.
 * @example
 * ```ts
 * import { topK } from 'softmax-simd';
 *
 * const { values, indices } = topK([0.5, 2, -1, 2], 3);
 * values; // Float32Array [2, 2, 0.5]
 * indices; // Int32Array [1, 3, 0]
 * ```
 */
export function topK(host: Host, x: Floats, k: number, options: ColsOptions = {}): TopK {
  const op = 'topK';
  const { data, rows, cols } = toMatrix(op, x, options);
  checkInteger(op, 'k', k, 1, cols);
  const values = new Float32Array(rows * k);
  const indices = new Int32Array(rows * k);
  const operands = [
    { view: data, rowBytes: cols * 4, write: false },
    { view: values, rowBytes: k * 4, write: true },
    { view: indices, rowBytes: k * 4, write: true },
  ];
  const fits = runBlocks(host, rows, operands, ([xAt, valuesAt, indicesAt], n) =>
    host.raw.topKF32(xAt, valuesAt, indicesAt, n, cols, k),
  );
  for (let row = 0; row < rows; row++) {
    const at = row * k;
    if (!fits) {
      const found = topKOf(data, row * cols, cols, values.subarray(at, at + k), indices.subarray(at, at + k));
      if (!found) indices[at] = -1;
    }
    if (indices[at] < 0 || values[at] === -Infinity) throw refuseRow(op, 'x', data, row, cols);
  }
  return { values, indices };
}
