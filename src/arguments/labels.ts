/** Checks of class labels. */
import type { Layout } from '../memory/lanes.ts';
import type { View } from '../memory/view.ts';
import { checkAttached } from './arrays.ts';
import { describe, rangeError, typeError } from './errors.ts';
import { dataOf, isTensor, type Tensor } from './tensors.ts';

/** Classes, one a row: an `Int32Array` is used as it is, other integers are copied into one; a tensor is its data. */
export type Labels =
  | Int32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly number[]
  | readonly bigint[]
  | Tensor;

type IntegerArray = Exclude<Labels, Int32Array | readonly unknown[] | Tensor>;

/** The label of rows to leave out, unless the caller names another. */
export const IGNORE_INDEX = -100;

/** Class labels as int32, one a row. */
export function toLabels(op: string, name: string, value: Labels, layout: Layout): Int32Array {
  const labels = toIntegers(op, name, value);
  if (labels.length !== layout.rows) throw wrongCount(op, name, labels.length, layout);
  return labels;
}

/** Integers as int32, as many as there are. */
export function toIntegers(op: string, name: string, value: Labels): Int32Array {
  if (value instanceof Int32Array) {
    checkAttached(op, name, value);
    return value;
  }
  return isTensor(value) ? toIntegers(op, name, dataOf(op, name, value) as Labels) : toInt32(op, name, value);
}

/** The array that was given, for what may not overlap it. */
export function givenLabels(value: Labels, labels: Int32Array): View {
  if (isTensor(value)) return givenLabels(value.data as Labels, labels);
  return ArrayBuffer.isView(value) ? (value as View) : labels;
}

function toInt32(op: string, name: string, value: Exclude<Labels, Int32Array | Tensor>): Int32Array {
  if (isIntegerArray(value)) {
    checkAttached(op, name, value as Uint8Array);
    if (value.BYTES_PER_ELEMENT < 4) return new Int32Array(value as Uint8Array);
  } else if (!Array.isArray(value)) {
    throw typeError(op, name, 'an Int32Array, another integer array or an array of integers', value);
  }
  const labels = new Int32Array(value.length);
  for (let i = 0; i < labels.length; i++) {
    // Read once: what a getter or a proxy gives may change.
    const label: unknown = value[i];
    if (typeof label !== 'number' && typeof label !== 'bigint') {
      throw typeError(op, `${name}[${i}]`, 'an integer', label);
    }
    const number = Number(label);
    if ((number | 0) !== number) {
      throw new RangeError(
        `${op}: ${name} must be a 32-bit integer in each row, but is ${describe(label)} in row ${i}`,
      );
    }
    labels[i] = number;
  }
  return labels;
}

function isIntegerArray(value: unknown): value is IntegerArray {
  return (
    value instanceof Uint8Array ||
    value instanceof BigInt64Array ||
    value instanceof Uint32Array ||
    value instanceof Int8Array ||
    value instanceof Uint8ClampedArray ||
    value instanceof Int16Array ||
    value instanceof Uint16Array ||
    value instanceof BigUint64Array
  );
}

function wrongCount(op: string, name: string, count: number, { rows, cols, inner }: Layout): RangeError {
  let hint = '';
  if (rows === 1 && count > 1 && count < cols && cols % count === 0) {
    hint = `: is cols missing? ${cols} elements in ${count} rows have cols: ${cols / count}`;
  } else if (cols > 1 && count === rows * cols) {
    const layout = inner === 1 ? `cols: ${cols}` : 'shape, axis';
    hint =
      `: of one-hot rows argmax(Float32Array.from(${name}), { ${layout} }) gives the classes; ` +
      'yes-or-no labels of each element go with binaryCrossEntropy';
  }
  return new RangeError(`${op}: ${name} must have one label per row, ${rows}, but has ${count}${hint}`);
}

/** For a target of one float a row, where they would be probabilities of each of `length` elements. */
export function notProbabilities(
  op: string,
  target: { readonly length: number },
  length: number,
): RangeError {
  return new RangeError(
    `${op}: target must have ${length} probabilities, but has ${target.length}: of labels give Int32Array.from(target)`,
  );
}

/** The label that rows to leave out have. */
export function toIgnoreIndex(op: string, value: unknown = IGNORE_INDEX): number {
  if (typeof value !== 'number') throw typeError(op, 'ignoreIndex', 'a number', value);
  if ((value | 0) !== value) throw rangeError(op, 'ignoreIndex', 'a 32-bit integer', value);
  return value;
}

/**
 * How much the rows count that are not ignored: their number, or the sum of their labels' weights. Throws if a
 * label is neither a class nor `ignoreIndex`.
 */
export function weighLabels(
  op: string,
  name: string,
  labels: Int32Array,
  cols: number,
  ignoreIndex: number,
  weight: Float32Array | undefined,
): number {
  const { length } = labels;
  // Mostly all of them count: of a label below 0 itself is negative, of one above the last what is left to the last.
  let signs = 0;
  for (let row = 0; row < length; row++) signs |= labels[row] | (cols - 1 - labels[row]);
  if (signs >= 0 && weight === undefined && ignoreIndex >>> 0 >= cols) return length;
  let ignored = 0;
  for (let row = 0; row < length; row++) {
    const label = labels[row];
    // Taken as unsigned, a negative label is above 2^31.
    if (label >>> 0 < cols && label !== ignoreIndex) continue;
    if (label !== ignoreIndex) {
      const hint =
        cols === 1 && label === 1 ? ': yes-or-no labels of one column go with binaryCrossEntropy' : '';
      throw new RangeError(
        `${op}: ${name} must be in [0, ${cols}) or ignoreIndex (${ignoreIndex}), but is ${label} in row ${row}${hint}`,
      );
    }
    ignored++;
  }
  if (weight === undefined) return length - ignored;
  let counted = 0;
  for (const label of labels) if (label !== ignoreIndex) counted += weight[label];
  return counted;
}
