/** Along an axis a call needs little memory beyond input and output, however large these are. */

import { describe, expect, test } from 'vitest';
import { type Kernels, loadSync } from '../../src/index.ts';
import { backends } from '../support/backends.ts';
import { random } from '../support/random.ts';

const MOST_BYTES = 2 ** 20;
const PAGE_WORDS = 1024;
const SHAPES = [
  [1, 21, 512, 512],
  [1, 2, 1024, 1024],
  [2, 150, 128, 128],
];

interface Arrays {
  x: Float32Array;
  out: Float32Array;
}

type Call = (k: Kernels, arrays: Arrays, layout: { shape: number[]; axis: number }) => Int32Array | undefined;

/** Each gives the array that it makes for its result, if any. */
const calls: Record<string, Call> = {
  softmax: (k, { x, out }, layout) => void k.softmax(x, { ...layout, out }),
  'softmax in place': (k, { x }, layout) => void k.softmax(x, { ...layout, out: x }),
  logSoftmax: (k, { x, out }, layout) => void k.logSoftmax(x, { ...layout, out }),
  argmax: (k, { x }, layout) => k.argmax(x, layout),
};

/** Bytes of pages in which something has changed, but for those of the arrays. */
function touchedBytes(before: Int32Array, after: Int32Array, arrays: Arrays): number {
  const views = Object.values(arrays).filter(({ buffer }) => buffer === after.buffer);
  for (const view of views) after.fill(0, view.byteOffset / 4, view.byteOffset / 4 + view.length);
  for (const view of views) before.fill(0, view.byteOffset / 4, view.byteOffset / 4 + view.length);
  let pages = 0;
  for (let from = 0; from < after.length; from += PAGE_WORDS) {
    const to = Math.min(from + PAGE_WORDS, after.length);
    for (let i = from; i < to; i++) {
      if (before[i] === after[i]) continue;
      pages++;
      break;
    }
  }
  return pages * PAGE_WORDS * 4;
}

describe.each(backends)('$name', ({ name }) => {
  test.each(SHAPES.map((shape) => ({ shape })))('$shape', ({ shape }) => {
    const length = shape.reduce((product, size) => product * size);
    const r = random(1);
    const values = Float32Array.from({ length }, () => 4 * r.normal());
    for (const inside of [true, false]) {
      for (const [what, call] of Object.entries(calls)) {
        const k = loadSync({ backend: name });
        // Of a buffer: Bun counts that of an array only from when it is asked for.
        const make = () =>
          inside ? (k.alloc(length) as Float32Array) : new Float32Array(new ArrayBuffer(4 * length));
        // The memory may grow for a view, and detach those of before, only before.
        if (inside) k.free(k.alloc(2 * length + 64));
        const arrays = { x: make(), out: make() };
        arrays.x.set(values);
        const memory = new Int32Array(k.memory.buffer);
        const before = memory.slice();
        const arrayBytes = process.memoryUsage().arrayBuffers;
        const result = call(k, arrays, { shape, axis: 1 });
        const made = process.memoryUsage().arrayBuffers - arrayBytes - (result?.byteLength ?? 0);
        expect(k.memory.buffer.byteLength, what).toBe(memory.byteLength);
        const text = `${what}, ${inside ? 'in the memory' : 'copied'}`;
        expect(made + touchedBytes(before, memory, arrays), text).toBeLessThanOrEqual(MOST_BYTES);
        k.close();
      }
    }
  });
});
