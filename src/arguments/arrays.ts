/** Checks of arrays. */
import { toFloat32 } from '../memory/elements.ts';
import { Half } from '../memory/half.ts';
import type { FloatView, OutView } from '../memory/view.ts';
import { checkChoice } from './check.ts';
import { plainTypeError, typeError } from './errors.ts';
import type { Dtype, Floats } from './floats.ts';
import { dataOf, dtypeOf, isTensor } from './tensors.ts';

export type { Floats, FloatsOut } from './floats.ts';

type Attachable = ArrayBufferView & { indexOf(value: number): number };

/**
 * Refuses a view without elements whose buffer has gone (by growth of a plain memory, or sent to another thread) or
 * has shrunk (if it is resizable) so far that the view does not fit. Its lengths are 0, so that it would pass for an
 * empty array. It is asked for its bytes because V8 before 13, once a function has met views of resizable buffers,
 * compiles `length` so that it does not notice that a buffer has gone.
 */
export function checkAttached(op: string, name: string, view: Attachable): void {
  try {
    if (view.byteLength > 0) return;
    // Its properties are those of an empty array; this throws.
    view.indexOf(0);
  } catch {
    const wanted = ArrayBuffer.isView(view)
      ? 'attached to its memory (growth detaches: take it anew)'
      : 'a typed array itself, not a proxy of one';
    throw plainTypeError(op, name, wanted, view);
  }
}

interface Float16Class {
  new (length: number): Attachable & { readonly length: number };
}

/** The host's class, where it has one. */
const Float16Array = (globalThis as { Float16Array?: Float16Class }).Float16Array;

const DTYPES: readonly Dtype[] = ['float16', 'bfloat16'];

/** Half precision as it is seen here; `undefined` if it is none. */
function toHalf(op: string, name: string, value: unknown, dtype: Dtype | undefined): Half | undefined {
  if (value instanceof Half) return value;
  if (value instanceof Uint16Array) {
    checkAttached(op, name, value);
    if (dtype === undefined) {
      throw new TypeError(
        `${op}: ${name} is a Uint16Array: give dtype, 'float16' or 'bfloat16', to say what it holds`,
      );
    }
    return new Half(value, dtype);
  }
  if (Float16Array === undefined || !(value instanceof Float16Array)) return undefined;
  checkAttached(op, name, value);
  return new Half(new Uint16Array(value.buffer, value.byteOffset, value.length), 'float16');
}

/** Whether a value is of floats and not of labels: a Uint16Array is if `dtype` says so. */
export function isFloats(value: unknown, dtype: Dtype | undefined): boolean {
  if (isTensor(value)) return isFloats(value.data, dtype ?? dtypeOf(value));
  return (
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    (value instanceof Uint16Array && dtype !== undefined) ||
    (Float16Array !== undefined && value instanceof Float16Array)
  );
}

/** Floats to read: arrays of them as they are, numbers copied. `dtype` is that of the options. */
export function toFloats(op: string, name: string, value: Floats | FloatView, dtype?: Dtype): FloatView {
  if (dtype !== undefined) checkChoice(op, 'dtype', DTYPES, dtype);
  if (value instanceof Float32Array) {
    checkAttached(op, name, value);
    return value;
  }
  return toOtherFloats(op, name, value, dtype);
}

/** For itself, so that engines put the above in the place of its call. */
function toOtherFloats(
  op: string,
  name: string,
  value: Floats | FloatView,
  dtype: Dtype | undefined,
): FloatView {
  if (value instanceof Float64Array) {
    checkAttached(op, name, value);
    return value;
  }
  const half = toHalf(op, name, value, dtype);
  if (half) return half;
  if (!Array.isArray(value)) {
    if (isTensor(value)) {
      return toFloats(op, name, dataOf(op, name, value) as Floats, dtype ?? dtypeOf(value));
    }
    throw typeError(op, name, 'a Float32Array, other floats or an array of numbers', value);
  }
  const floats = new Float32Array(value.length);
  for (let i = 0; i < floats.length; i++) {
    // Read once: what a getter or a proxy gives may change.
    const number = value[i];
    if (typeof number !== 'number') throw typeError(op, `${name}[${i}]`, 'a number', number);
    floats[i] = number;
  }
  return floats;
}

/** As many floats to read as something else has. */
export function toFloatsOf(
  op: string,
  name: string,
  value: Floats | FloatView,
  length: number,
  dtype: Dtype | undefined,
): FloatView {
  const floats = toFloats(op, name, value, dtype);
  checkLength(op, name, floats.length, length);
  return floats;
}

/** An array of `length` elements to write to. */
export function toOut(
  op: string,
  name: string,
  value: unknown,
  length: number,
  dtype: Dtype | undefined,
): OutView {
  if (value instanceof Float32Array) return checkFloats(op, name, value, length);
  const half = toHalf(op, name, value, dtype);
  if (half === undefined) throw typeError(op, name, 'a Float32Array or half precision', value);
  checkLength(op, name, half.length, length);
  return half;
}

/** A `Float32Array` of `length` elements. */
export function checkFloats(op: string, name: string, value: unknown, length: number): Float32Array {
  if (!(value instanceof Float32Array)) throw typeError(op, name, 'a Float32Array', value);
  checkAttached(op, name, value);
  checkLength(op, name, value.length, length);
  return value;
}

export function checkLength(op: string, name: string, length: number, wanted: number): void {
  if (length !== wanted) {
    throw new RangeError(`${op}: ${name} must have ${wanted} elements, but has ${length}`);
  }
}

/** One float32 for each column; a copy, if they are others. */
export function toColumns(
  op: string,
  name: string,
  value: Floats,
  cols: number,
  dtype: Dtype | undefined,
): Float32Array {
  const floats = toFloats(op, name, value, dtype);
  if (floats.length !== cols) {
    throw new RangeError(
      `${op}: ${name} must have one element per column, ${cols}, but has ${floats.length}`,
    );
  }
  return toFloat32(floats);
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
