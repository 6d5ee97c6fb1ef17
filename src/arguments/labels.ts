/** Checks of class labels. */
import { checkAttached } from './arrays.ts';
import { rangeError, typeError } from './errors.ts';

/** Classes, one a row. */
export type Labels = Int32Array | readonly number[];

/** The label of rows to leave out, unless the caller names another. */
export const IGNORE_INDEX = -100;

/** Class labels: an `Int32Array` as it is, integers copied into one. */
export function toLabels(op: string, name: string, value: Labels, rows: number): Int32Array {
  let labels: Int32Array;
  if (value instanceof Int32Array) {
    checkAttached(op, name, value);
    labels = value;
  } else if (!Array.isArray(value)) throw typeError(op, name, 'an Int32Array or an array of integers', value);
  else {
    labels = new Int32Array(value.length);
    for (let i = 0; i < labels.length; i++) {
      const label = value[i];
      if (typeof label !== 'number') throw typeError(op, `${name}[${i}]`, 'an integer', label);
      if ((label | 0) !== label) throw rangeError(op, `${name}[${i}]`, 'a 32-bit integer', label);
      labels[i] = label;
    }
  }
  if (labels.length !== rows) {
    throw new RangeError(`${op}: ${name} must have one label per row, ${rows}, but has ${labels.length}`);
  }
  return labels;
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
  let counted = 0;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    if (label === ignoreIndex) continue;
    if (label < 0 || label >= cols) {
      throw new RangeError(
        `${op}: ${name} must be in [0, ${cols}) or ignoreIndex (${ignoreIndex}), but is ${label} in row ${row}`,
      );
    }
    counted += weight === undefined ? 1 : weight[label];
  }
  return counted;
}
