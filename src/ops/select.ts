/** The largest elements. */

import { type Floats, type FloatsOut, toFloats, toOut } from '../arguments/arrays.ts';
import { checkBeta, checkChoice, checkIndexable, checkInteger, checkOptions } from '../arguments/check.ts';
import { refuseRow } from '../arguments/errors.ts';
import { toLayout } from '../arguments/layout.ts';
import type { NewFloat32Array, NewInt32Array } from '../arguments/new-arrays.ts';
import {
  LAYOUT_NAMES,
  type LayoutOptions,
  type Names,
  ROW_NAMES,
  type RowOptions,
} from '../arguments/options.ts';
import { elementAt, fill, setElement } from '../memory/elements.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import {
  indexIn,
  type LanesKernel,
  type Layout,
  putRow,
  rowOf,
  runLanes,
  runRows,
  takeRow,
} from '../memory/lanes.ts';
import type { FloatView } from '../memory/view.ts';
import { argmaxOf, topKOf } from '../raw/js/select.ts';
import { TOP_K_VALUES, type TopKValues, takeChances, takeLongChances } from './shared/chances.ts';

export type { TopKValues } from './shared/chances.ts';

export interface HardmaxOptions extends LayoutOptions {
  /**
   * Where the result goes, float32 or half precision: `x` itself or an array that does not overlap it. A new
   * Float32Array by default.
   */
  out?: FloatsOut;
}

const HARDMAX_NAMES: Names<HardmaxOptions> = ['out'];

export interface TopKOptions extends RowOptions {
  /**
   * `'logits'` (the default): the elements themselves. `'probabilities'` or `'logProbs'`: what `softmax` or
   * `logSoftmax` of the whole row gives for them, with `temperature` or `beta`.
   */
  values?: TopKValues;
}

const TOP_K_NAMES: Names<TopKOptions> = ['values'];

/** The largest elements of each row, descending, lower index first among equals. */
export interface TopK {
  /** `[rows, k]`: the elements, or their probabilities, or the logarithms of these. */
  values: NewFloat32Array;
  /** `[rows, k]` */
  indices: NewInt32Array;
}

interface Matrix {
  readonly data: FloatView;
  readonly layout: Layout;
}

/** The argument x of an operation that needs at least one column. */
function toMatrix(op: string, x: Floats, options: LayoutOptions): Matrix {
  const data = toFloats(op, 'x', x, options.dtype);
  const layout = toLayout(op, 'x', data.length, options, 0, x);
  checkIndexable(op, 'x', layout.cols);
  return { data, layout };
}

/**
 * The index of the largest element of each row of `x`, the first of equals.
 *
 * @param x float32 row-major `[rows, cols]`, or `options.shape`; −Infinity and +Infinity may be among them
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
export function argmax(host: Host, x: Floats, options: LayoutOptions = {}): Int32Array {
  const op = 'argmax';
  checkOptions(op, options, LAYOUT_NAMES);
  const matrix = toMatrix(op, x, options);
  const ids = indicesOfMaxima(host, matrix);
  const row = ids.indexOf(-1);
  if (row >= 0) throw refuseRow(op, 'x', matrix.data, matrix.layout, row);
  return ids;
}

/** The first index of the largest element of each row; −1 in one that holds NaN, or is −Infinity throughout. */
function indicesOfMaxima(host: Host, { data, layout }: Matrix): Int32Array {
  const { rows, cols } = layout;
  const ids = new Int32Array(rows);
  const operands = [
    { view: data, rowBytes: cols * 4, write: false },
    { view: ids, rowBytes: 4, write: true },
  ];
  const run: LanesKernel = ([xAt, idsAt], n, inner, from) =>
    host.raw.argmaxF32(xAt, idsAt, n, cols, inner, from);
  const fits = runLanes(host, layout, operands, run, Infinity);
  if (!fits) {
    for (let row = 0; row < rows; row++) ids[row] = argmaxOf(takeRow(data, layout, row, cols), 0, cols);
  }
  return ids;
}

/**
 * One-hot of the largest element: 1 at `argmax(x)` in each row, 0 elsewhere. (`softmax` at T = 0 splits the 1 among
 * equals.)
 *
 * @param x float32 row-major `[rows, cols]`, or `options.shape`
 * @returns float32 `[rows, cols]`, or the shape: `options.out`, which may be `x` itself, or a new array
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
export function hardmax(host: Host, x: Floats, options: HardmaxOptions = {}): FloatsOut {
  const op = 'hardmax';
  checkOptions(op, options, LAYOUT_NAMES, HARDMAX_NAMES);
  const matrix = toMatrix(op, x, options);
  const { data, layout } = matrix;
  const { cols } = layout;
  const { out: given, dtype } = options;
  const out =
    given === undefined ? new Float32Array(data.length) : toOut(op, 'out', given, data.length, dtype);
  if (given !== undefined) checkOverlap(host, op, 'out', out, 'x', data, true);
  const ids = indicesOfMaxima(host, matrix);
  fill(out, 0);
  for (let row = 0; row < ids.length; row++) {
    if (ids[row] >= 0) setElement(out, indexIn(layout, row, ids[row]), 1);
    else for (let col = 0; col < cols; col++) setElement(out, indexIn(layout, row, col), NaN);
  }
  return (given ?? out) as FloatsOut;
}

/**
 * The `k` largest elements of each row of `x`, descending; of equal ones the one of lower index comes first.
 *
 * Elements that are not above the smallest of the k found so far are passed over by SIMD comparisons, the others go
 * through a heap: no row is sorted, but by 'js' for k above 512.
 *
 * @param x float32 row-major `[rows, cols]`, or `options.shape`; −Infinity and +Infinity may be among them
 * @param k from 1 to `cols`
 * @returns `values`, float32, and `indices`, int32, each `[rows, k]`, new arrays. Elements are exact, the same on every
 * backend; probabilities and their logarithms are the bits that `softmax` and `logSoftmax` of the rows have there
 * @throws TypeError for an argument of the wrong type, and for a temperature that has no effect; RangeError for a wrong
 * value, for rows without columns, and, naming the row, for one that holds NaN or is −Infinity throughout
 *
 * Special values: in a row with +Infinity probabilities are NaN (at T > 0), as those of `softmax`. Views of the kernels' memory are read in place; any other array is copied through a bounded scratch.
 * @example
 * ```ts
 * import { topK } from 'softmax-simd';
 *
 * const { values, indices } = topK([0.5, 2, -1, 2], 3);
 * values; // Float32Array [2, 2, 0.5]
 * indices; // Int32Array [1, 3, 0]
 * topK([0.5, 2, -1, 2], 2, { values: 'probabilities' }).values; // Float32Array [0.44, 0.44]
 * ```
 */
export function topK(host: Host, x: Floats, k: number, options: TopKOptions = {}): TopK {
  const op = 'topK';
  checkOptions(op, options, ROW_NAMES, TOP_K_NAMES);
  const { data, layout } = toMatrix(op, x, options);
  const { rows, cols } = layout;
  checkInteger(op, 'k', k, 1, cols);
  const { values: kind = 'logits', temperature, beta: givenBeta } = options;
  checkChoice(op, 'values', TOP_K_VALUES, kind);
  const beta = checkBeta(op, temperature, givenBeta);
  if (kind === 'logits' && (temperature !== undefined || givenBeta !== undefined)) {
    const name = temperature === undefined ? 'beta' : 'temperature';
    throw new TypeError(
      `${op}: ${name} has no effect on values: 'logits', but on 'probabilities' and 'logProbs'`,
    );
  }
  const values = new Float32Array(rows * k);
  const indices = new Int32Array(rows * k);
  const operands = [
    { view: data, rowBytes: cols * 4, write: false },
    { view: values, rowBytes: k * 4, write: true },
    { view: indices, rowBytes: k * 4, write: true },
    // Where all of a row's probabilities go.
    ...(kind === 'logits' ? [] : [{ view: undefined, rowBytes: cols * 4, write: true }]),
  ];
  const fits = runRows(host, layout, operands, ([xAt, valuesAt, indicesAt, room], n) => {
    host.raw.topKF32(xAt, valuesAt, indicesAt, n, cols, k);
    if (kind !== 'logits') takeChances(host, kind, xAt, valuesAt, indicesAt, room, n, cols, k, beta);
  });
  if (!fits) {
    for (let row = 0; row < rows; row++) {
      const rowValues = rowOf(values, layout, row, k);
      const rowIndices = rowOf(indices, layout, row, k);
      const rowData = takeRow(data, layout, row, cols);
      if (!topKOf(rowData, 0, cols, rowValues, rowIndices)) rowIndices[0] = -1;
      else if (kind !== 'logits') takeLongChances(host, kind, rowData, rowValues, beta);
      putRow(values, layout, row, rowValues);
      putRow(indices, layout, row, rowIndices);
    }
  }
  const results = { ...layout, cols: k };
  for (let row = 0; row < rows; row++) {
    const first = indexIn(results, row, 0);
    if (indices[first] < 0 || elementAt(data, indexIn(layout, row, indices[first])) === -Infinity)
      throw refuseRow(op, 'x', data, layout, row);
  }
  return { values, indices };
}
