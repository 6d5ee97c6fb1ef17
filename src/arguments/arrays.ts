/** Checks of arrays. */
import type { View } from '../memory/view.ts';
import { plainTypeError, typeError } from './errors.ts';

/** Logits, probabilities and other real numbers: used as they are, or small and written by hand. */
export type Floats = Float32Array | readonly number[];

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
    throw plainTypeError(op, name, wanted, view);
  }
}

/** Float32 data: a `Float32Array` as it is, numbers copied into one. */
export function toFloats(op: string, name: string, value: Floats): Float32Array {
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

/** A `Float32Array` of `length` elements to write to. */
export function checkFloats(op: string, name: string, value: unknown, length: number): Float32Array {
  if (!(value instanceof Float32Array)) throw typeError(op, name, 'a Float32Array', value);
  checkAttached(op, name, value);
  if (value.length !== length) {
    throw new RangeError(`${op}: ${name} must have ${length} elements, but has ${value.length}`);
  }
  return value;
}

/** One float32 for each column. */
export function toColumns(op: string, name: string, value: Floats, cols: number): Float32Array {
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
