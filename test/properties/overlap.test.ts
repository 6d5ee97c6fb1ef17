/** One shared memory has several buffer objects: before and after it grew, and wherever it was sent to. */
import { describe, expect, test } from 'vitest';
import { loadSync } from '../../src/index.ts';
import { backends } from '../support/backends.ts';

describe.each(backends)('$name', ({ name }) => {
  const backend = name as 'js';
  const other = loadSync({ backend: 'js' });
  const k = loadSync({ backend });
  const hasShared = !(k.memory.buffer instanceof ArrayBuffer);

  /** Two views of one memory, from elements 0 and `from` on, through different buffer objects. */
  const pairs: Record<string, (from: number) => [Float32Array, Float32Array]> = {
    'before and after growth': (from) => {
      const x = k.alloc(30);
      k.memory.grow(1);
      return [x, new Float32Array(k.memory.buffer, x.byteOffset + 4 * from, 20)];
    },
    'after growths that the kernels did not see': (from) => {
      const { byteOffset } = k.alloc(30);
      k.memory.grow(1);
      const { buffer } = k.memory;
      k.memory.grow(1);
      return [
        new Float32Array(buffer, byteOffset, 20),
        new Float32Array(k.memory.buffer, byteOffset + 4 * from, 20),
      ];
    },
    "another kernel's memory": (from) => {
      const x = other.alloc(30);
      other.memory.grow(1);
      return [x, new Float32Array(other.memory.buffer, x.byteOffset + 4 * from, 20)];
    },
    'a buffer of which the kernels never heard': (from) => {
      const buffer = new SharedArrayBuffer(160);
      return [new Float32Array(buffer), new Float32Array(structuredClone(buffer), 4 * from, 20)];
    },
  };

  test.runIf(hasShared).each(Object.entries(pairs))('%s: overlap is refused', (_, pair) => {
    for (const from of [1, 19]) {
      const [whole, part] = pair(from);
      const values = Float32Array.from({ length: 20 }, (_, i) => (i < from ? 3 : 0));
      const x = whole.subarray(0, 20);
      for (const [read, written] of [
        [x, part],
        [part, x],
      ]) {
        x.set(values);
        const before = [read.slice(), written.slice()];
        for (const call of [
          () => k.softmax(read, { cols: 10, out: written }),
          () => k.sigmoid(read, { out: written }),
          () => k.hardmax(read, { cols: 10, out: written }),
          () => k.softmaxGradient(new Float32Array(20), read, { out: written }),
          () => k.crossEntropy(read, [0, 1], { cols: 10, gradient: written }),
          () => k.crossEntropy(new Float32Array(20), read, { cols: 10, gradient: written }),
        ]) {
          expect(call).toThrow(RangeError);
          expect(call).toThrow(/overlap/);
        }
        expect([read.slice(), written.slice()]).toEqual(before);
      }
    }
  });

  test.runIf(hasShared).each(Object.entries(pairs))(
    '%s: the same elements, or others, are taken',
    (_, pair) => {
      const values = Float32Array.from({ length: 20 }, (_, i) => i % 7);
      for (const from of [0, 20]) {
        const [whole, part] = pair(from === 0 ? 0 : 10);
        const x = whole.subarray(0, from === 0 ? 20 : 10);
        x.set(values.subarray(0, x.length));
        const out = part.subarray(0, x.length);
        const expected = k.softmax(values.slice(0, x.length), { cols: 5 });
        expect(k.softmax(x, { cols: 5, out }).slice()).toEqual(expected);
      }
    },
  );

  test.runIf(typeof SharedArrayBuffer === 'function')('memories of equal contents are two', () => {
    const x = new Float32Array(new SharedArrayBuffer(40));
    const out = new Float32Array(new SharedArrayBuffer(40));
    expect(k.softmax(x, { out }).slice()).toEqual(new Float32Array(10).fill(0.1));
    expect(x.slice()).toEqual(new Float32Array(10));
    const labels = new Int32Array(new SharedArrayBuffer(8));
    const gradient = new Float32Array(new SharedArrayBuffer(40));
    expect(k.crossEntropy(x, labels, { cols: 5, gradient })).toBeGreaterThan(1);
    expect([...labels]).toEqual([0, 0]);
  });
});
