/** Data for every operation in every form, wherever it is to lie. */

import type { Kernels } from '../../src/index.ts';
import type { Form } from '../operations/operation.ts';
import { halves } from '../support/compare.ts';
import { random } from '../support/random.ts';

/** Arrays of one shape, for all operations. */
export interface Data {
  cols: number;
  x: Float32Array;
  /** From 0 to 1. */
  p: Float32Array;
  labels: Int32Array;
  /** `[cols]`. */
  weight: Float32Array;
  mask: Uint8Array;
  /** What may be overwritten, of the shape of `x`. */
  out: Float32Array;
}

/** Logits, some of them special; labels, some to be ignored; masks, of which some rows keep nothing. */
export function makeData(rows: number, cols: number, seed: number): Data {
  const r = random(seed);
  const n = rows * cols;
  const x = Float32Array.from({ length: n }, () => 20 * r.next() - 10);
  const special = [NaN, Infinity, -Infinity, -Infinity, 1e30, -1e30];
  for (let i = 0; i < Math.min(rows - 1, special.length); i++) x[r.below(n)] = special[i];
  const mask = Uint8Array.from({ length: n }, () => (r.next() < 0.6 ? 1 : 0));
  if (rows > 1) mask.fill(0, cols, 2 * cols);
  return {
    ...{ cols, x, mask, out: new Float32Array(n) },
    p: Float32Array.from({ length: n }, () => r.next()),
    labels: Int32Array.from({ length: rows }, (_, row) => (row % 7 === 3 ? -100 : r.below(cols))),
    weight: Float32Array.from({ length: cols }, () => r.next()),
  };
}

/** What of the data may lie in the kernels' memory. */
export const ARRAYS = ['x', 'p', 'labels', 'weight', 'mask', 'out'] as const;

/**
 * The same data, with arrays inside the kernels' memory, so many elements behind a multiple of 64 bytes; and how to
 * give them back.
 */
export function placeData(
  k: Kernels,
  data: Data,
  names: readonly (typeof ARRAYS)[number][] = ARRAYS,
  shift = 0,
): { inside: Data; free(): void } {
  const room = (name: (typeof ARRAYS)[number]): number => data[name].length + 16;
  // Memory that is not shared detaches its views when it grows: before there are any.
  k.free(k.alloc(names.reduce((sum, name) => sum + room(name) + 64, 0)));
  const inside = { ...data };
  const pieces = names.map((name) => {
    const piece = k.alloc(room(name));
    const { [name]: from } = data;
    const offset = piece.byteOffset + shift * from.BYTES_PER_ELEMENT;
    const to = new (from.constructor as Float32ArrayConstructor)(piece.buffer, offset, from.length);
    to.set(from);
    Object.assign(inside, { [name]: to });
    return piece;
  });
  return {
    inside,
    free() {
      for (const piece of pieces) k.free(piece);
    },
  };
}

/** The results of a form, float64 as pairs of float32, copied. */
export function resultsOf(k: Kernels, form: Form, data: Data): Float32Array[] {
  return [form(k, data)].flat().map((result) => {
    if (result instanceof Float32Array) return result.slice();
    return halves(typeof result === 'number' ? Float64Array.of(result) : result);
  });
}
