/** Data for every operation in every form, wherever it is to lie. */

import type { Kernels } from '../../src/index.ts';
import { halves } from '../compare.ts';
import type { Form } from '../operations/operation.ts';
import { random } from '../random.ts';

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

/** The same data inside the kernels' memory, and how to give it back. */
export function placeData(k: Kernels, data: Data): { inside: Data; free(): void } {
  const floats = [data.x, data.p, data.weight, data.out].map((from) => {
    const to = k.alloc(from.length);
    to.set(from);
    return to;
  });
  const labels = k.alloc(data.labels.length, 'i32');
  labels.set(data.labels);
  const bytes = k.alloc(Math.ceil(data.mask.length / 4));
  const mask = new Uint8Array(bytes.buffer, bytes.byteOffset, data.mask.length);
  mask.set(data.mask);
  const [x, p, weight, out] = floats;
  return {
    inside: { cols: data.cols, x, p, labels, weight, mask, out },
    free() {
      for (const view of [...floats, labels, bytes]) k.free(view);
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
