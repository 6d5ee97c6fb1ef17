/** The errors that refuse arguments: each names the operation, the argument, the wanted and the given. */
import { type Layout, takeRow } from '../memory/lanes.ts';
import type { FloatView } from '../memory/view.ts';
import { wayOut } from './way-out.ts';

/** How an error names a value it was given. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return `${value}`.length < 40 ? `${value}n` : 'a bigint';
  if (typeof value === 'string')
    return value.length < 40 ? `'${value}'` : `a string of ${value.length} characters`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) {
    const { length } = value as Float32Array;
    const { name } = value.constructor;
    const size = length === undefined ? '' : `(${length})`;
    return `${name}${size}${isForeign(value) ? ` of another realm, whose classes are others: copy it into a ${name} of this one` : ''}`;
  }
  return typeof value === 'object'
    ? `an object (${value.constructor?.name ?? 'no class'})`
    : `a ${typeof value}`;
}

/** Whether an array is of an iframe, or of a context of node:vm. */
function isForeign(value: ArrayBufferView): boolean {
  const tag = (value as Partial<Float32Array>)[Symbol.toStringTag];
  const own = (globalThis as unknown as Record<string, unknown>)[tag ?? 'DataView'];
  return typeof own === 'function' && !(value instanceof own);
}

/** For what no line of the caller's would make right; it takes a bundle less than `typeError` does. */
export function plainTypeError(op: string, name: string, wanted: string, given: unknown): TypeError {
  return new TypeError(`${op}: ${name} must be ${wanted}, but is ${describe(given)}`);
}

export function typeError(op: string, name: string, wanted: string, given: unknown): TypeError {
  const { message } = plainTypeError(op, name, wanted, given);
  return new TypeError(`${message}${wayOut(name, wanted, given)}`);
}

export function rangeError(op: string, name: string, wanted: string, given: unknown): RangeError {
  return new RangeError(`${op}: ${name} must be ${wanted}, but is ${describe(given)}`);
}

/** For a row that has no largest element, or none with a distribution around it. */
export function refuseRow(op: string, name: string, x: FloatView, layout: Layout, row: number): RangeError {
  return refuseValues(op, name, takeRow(x, layout, row, layout.cols), row);
}

/** The same for the values of a row. */
export function refuseValues(op: string, name: string, values: Float32Array, row: number): RangeError {
  let index = values.findIndex(Number.isNaN);
  if (index >= 0)
    return new RangeError(`${op}: ${name} must not be NaN, but is in row ${row}, column ${index}`);
  index = values.indexOf(Infinity);
  if (index >= 0) {
    return new RangeError(`${op}: ${name} must be below Infinity, but is not in row ${row}, column ${index}`);
  }
  return new RangeError(
    `${op}: ${name} must have an element above -Infinity in each row, but row ${row} has none`,
  );
}
