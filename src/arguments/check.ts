/** Checks of arguments: each throws an error that names the operation, the argument, the wanted and the given. */
import type { View } from '../memory/view.ts';

/** How an error names a value it was given. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string')
    return value.length < 40 ? `'${value}'` : `a string of ${value.length} characters`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) {
    const length = (value as Float32Array).length;
    return `${value.constructor.name}${length === undefined ? '' : `(${length})`}`;
  }
  return typeof value === 'object'
    ? `an object (${value.constructor?.name ?? 'no class'})`
    : `a ${typeof value}`;
}

export function typeError(op: string, name: string, wanted: string, given: unknown): TypeError {
  return new TypeError(`${op}: ${name} must be ${wanted}, but is ${describe(given)}`);
}

export function rangeError(op: string, name: string, wanted: string, given: unknown): RangeError {
  return new RangeError(`${op}: ${name} must be ${wanted}, but is ${describe(given)}`);
}

/** The options object itself. */
export function checkOptions(op: string, options: unknown): void {
  if (typeof options !== 'object' || options === null) throw typeError(op, 'options', 'an object', options);
}

/**
 * Refuses a view without elements whose buffer has gone (by growth of a plain memory, or sent to another thread) or
 * has shrunk (if it is resizable) so far that the view does not fit. Its lengths are 0, so that it would pass for an
 * empty array. It is asked for its bytes because V8 before 13, once a function has met views of resizable buffers,
 * compiles `length` so that it does not notice that a buffer has gone.
 */
export function checkAttached(op: string, name: string, view: View): void {
  try {
    if (view.byteLength > 0) return;
    // Its properties are those of an empty array; this throws.
    view.indexOf(0);
  } catch {
    const wanted = ArrayBuffer.isView(view)
      ? 'attached to its memory (growth of memory that is not shared detaches all its views: ' +
        'alloc them before they are filled, or take them anew)'
      : 'a typed array itself, not a proxy of one';
    throw typeError(op, name, wanted, view);
  }
}

/** Float32 data: a `Float32Array` as it is, numbers copied into one. */
export function toFloats(op: string, name: string, value: Float32Array | readonly number[]): Float32Array {
  if (value instanceof Float32Array) {
    checkAttached(op, name, value);
    return value;
  }
  if (!Array.isArray(value)) throw typeError(op, name, 'a Float32Array or an array of numbers', value);
  const floats = new Float32Array(value.length);
  for (let i = 0; i < floats.length; i++) {
    // Read once: what a getter or a proxy gives may change.
    const number = value[i];
    if (typeof number !== 'number') throw typeError(op, `${name}[${i}]`, 'a number', number);
    floats[i] = number;
  }
  return floats;
}

/** Class labels: an `Int32Array` as it is, integers copied into one. */
export function toLabels(
  op: string,
  name: string,
  value: Int32Array | readonly number[],
  rows: number,
): Int32Array {
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

/** The number of columns: `cols`, or all of `length` in one row. */
export function checkCols(op: string, name: string, length: number, cols: number | undefined): number {
  if (cols === undefined) return length;
  if (typeof cols !== 'number') throw typeError(op, 'cols', 'a number', cols);
  if (!Number.isInteger(cols) || cols < 0 || cols > 0x3fffffff) {
    throw rangeError(op, 'cols', 'an integer from 0 to 2^30 − 1', cols);
  }
  if (cols !== length && (cols === 0 || length % cols !== 0)) {
    throw new RangeError(
      `${op}: the length of ${name} must be a multiple of cols, ${cols}, but is ${length}`,
    );
  }
  return cols;
}

/** β from the options: 1/T, or 1 if neither is given. */
export function checkBeta(op: string, temperature: number | undefined, beta: number | undefined): number {
  if (temperature === undefined && beta === undefined) return 1;
  if (temperature !== undefined && beta !== undefined) {
    throw new TypeError(`${op}: give temperature or beta = 1/temperature, not both`);
  }
  const [name, value] = temperature === undefined ? ['beta', beta] : ['temperature', temperature];
  if (typeof value !== 'number') throw typeError(op, name, 'a number', value);
  if (!(value >= 0)) throw rangeError(op, name, 'at least 0', value);
  // Of −0, too, the reciprocal is +Infinity here.
  return temperature === undefined ? value + 0 : 1 / Math.abs(value);
}

/** A `Float32Array` of `length` elements to write to. */
export function checkFloats(op: string, name: string, value: unknown, length: number): Float32Array {
  if (!(value instanceof Float32Array)) throw typeError(op, name, 'a Float32Array', value);
  checkAttached(op, name, value);
  if (value.length !== length) {
    throw new RangeError(`${op}: ${name} must have ${length} elements, but has ${value.length}`);
  }
  return value;
}

/** One of a set of strings. */
export function checkChoice<T extends string>(
  op: string,
  name: string,
  choices: readonly T[],
  value: unknown,
): T {
  // A loop, which engines put in the place of the call, as they do not `includes`.
  for (let i = 0; i < choices.length; i++) if (choices[i] === value) return choices[i];
  const wanted = `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`;
  throw typeof value === 'string' ? rangeError(op, name, wanted, value) : typeError(op, name, wanted, value);
}

/** A number within bounds, both allowed. */
export function checkNumber(op: string, name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number') throw typeError(op, name, 'a number', value);
  if (!(value >= low && value <= high)) {
    throw rangeError(
      op,
      name,
      high < Number.MAX_VALUE ? `from ${low} to ${high}` : `finite, at least ${low}`,
      value,
    );
  }
  return value;
}

/** One float32 for each column. */
export function toColumns(
  op: string,
  name: string,
  value: Float32Array | readonly number[],
  cols: number,
): Float32Array {
  const floats = toFloats(op, name, value);
  if (floats.length !== cols) {
    throw new RangeError(
      `${op}: ${name} must have one element per column, ${cols}, but has ${floats.length}`,
    );
  }
  return floats;
}

/** A mask of `[rows, cols]` or `[cols]`. */
export function checkMask(op: string, value: unknown, rows: number, cols: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw typeError(op, 'mask', 'a Uint8Array', value);
  checkAttached(op, 'mask', value);
  if (value.length !== cols && value.length !== rows * cols) {
    const wanted = `${rows * cols} elements, or ${cols} for all rows alike`;
    throw new RangeError(`${op}: mask must have ${wanted}, but has ${value.length}`);
  }
  return value;
}

/** A label that rows to leave out have. */
export function checkIgnoreIndex(op: string, value: unknown): number {
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
