import { describe, expect, it } from 'vitest';
import { loadSync } from '../../src/index.ts';
import { backends } from '../support/backends.ts';
import { type Random, random } from '../support/random.ts';
import { order } from './select.ts';

/** Rows with many ties, now and then −Infinity, +Infinity and zeros of both signs. */
function tiedRows(r: Random, rows: number, cols: number): Float32Array {
  const levels = 1 + r.below(12);
  const specials = [-Infinity, -Infinity, 0, -0, Infinity];
  return Float32Array.from({ length: rows * cols }, () =>
    r.next() < 0.05 ? specials[r.below(specials.length)] : r.below(levels) - levels / 2,
  );
}

const LENGTHS = [...Array.from({ length: 40 }, (_, i) => i + 1), 63, 64, 65, 1000, 4095, 4096, 4097, 20001];

/** 8 GiB of zeros, which take none until they are looked at; not every host gives that much. */
function hugeRow(): Float32Array | undefined {
  try {
    return new Float32Array(2 ** 31 + 1);
  } catch {
    return undefined;
  }
}

it('a row of more columns than an int32 index can tell is refused', (context) => {
  const x = hugeRow();
  if (x === undefined) return context.skip();
  const k = loadSync({ backend: 'js' });
  for (const call of [
    () => k.argmax(x),
    () => k.hardmax(x),
    () => k.topK(x, 1),
    () => k.sample(x),
    () => k.argmax(x, { cols: x.length }),
  ]) {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(/must have from 1 to 2\^31 columns, but has 2147483649/);
  }
  return undefined;
});

describe.each(backends)('$name', ({ kernels }) => {
  describe('argmax', () => {
    it('finds the first of the largest, at every length and place', () => {
      const r = random(1);
      for (const cols of LENGTHS) {
        const x = tiedRows(r, 5, cols).map((value) => (value === -Infinity ? -100 : value));
        const expected = Array.from(
          { length: 5 },
          (_, row) => order(x.subarray(row * cols, (row + 1) * cols))[0],
        );
        expect(Array.from(kernels.argmax(x, { cols })), `${cols} columns`).toEqual(expected);
        const at = r.below(cols);
        const one = new Float32Array(cols).fill(-1).fill(2, at, at + 1);
        expect(kernels.argmax(one)[0]).toBe(at);
      }
    });

    it('takes −Infinity and +Infinity beside each other', () => {
      expect(Array.from(kernels.argmax([-Infinity, Infinity, 3, Infinity]))).toEqual([1]);
      expect(Array.from(kernels.argmax(new Float32Array(40).fill(-Infinity).fill(-5, 33, 35)))).toEqual([33]);
      expect(Array.from(kernels.argmax(new Float32Array(40).fill(3e38).fill(-3e38, 3, 20)))).toEqual([0]);
    });

    it('gives no rows for no rows', () => {
      expect(kernels.argmax(new Float32Array(0), { cols: 3 })).toEqual(new Int32Array(0));
    });
  });

  describe('hardmax', () => {
    it('is one-hot at argmax, also over its own input', () => {
      const r = random(3);
      for (const cols of [1, 2, 5, 16, 33]) {
        const x = tiedRows(r, 7, cols).map((value) => (value === -Infinity ? -100 : value));
        const expected = new Float32Array(x.length);
        kernels.argmax(x, { cols }).forEach((id, row) => {
          expected[row * cols + id] = 1;
        });
        expect(kernels.hardmax(x, { cols })).toEqual(expected);
        expect(kernels.hardmax(x, { cols, out: x })).toBe(x);
        expect(x).toEqual(expected);
      }
    });
  });

  describe('topK', () => {
    it('agrees with a full sort, with ties, at every length and k', () => {
      const r = random(4);
      for (const cols of LENGTHS) {
        for (const k of new Set([1, Math.ceil(cols / 3), Math.min(cols, 1 + r.below(50)), cols])) {
          const x = tiedRows(r, 3, cols);
          x[0] = x[cols] = x[2 * cols] = 1;
          const { values, indices } = kernels.topK(x, k, { cols });
          for (let row = 0; row < 3; row++) {
            const data = x.subarray(row * cols, (row + 1) * cols);
            const expected = order(data).slice(0, k);
            expect(Array.from(indices.subarray(row * k, (row + 1) * k)), `${cols} columns, k ${k}`).toEqual(
              expected,
            );
            expect(Array.from(values.subarray(row * k, (row + 1) * k))).toEqual(expected.map((i) => data[i]));
          }
        }
      }
    });

    it('agrees with a full sort of ascending, descending and random rows at vocabulary size', () => {
      const r = random(5);
      const cols = 50257;
      const ascending = Float32Array.from({ length: cols }, (_, i) => i);
      const any = Float32Array.from({ length: cols }, () => r.normal());
      for (const row of [ascending, ascending.toReversed(), any]) {
        expect(Array.from(kernels.topK(row, 50).indices)).toEqual(order(row).slice(0, 50));
      }
    });
  });

  it('argmax along an axis: runs of any number of lanes, and those without a largest element', () => {
    const r = random(11);
    for (const inner of [3, 8, 9, 11, 13, 30, 8192, 8195]) {
      for (const cols of [1, 2, 4, 5, 21]) {
        const rows = 2 * inner;
        const list = tiedRows(r, rows, cols).map((value) => (value === -Infinity ? -100 : value));
        const x = kernels.alloc(rows * cols);
        const at = (row: number, col: number): number =>
          (Math.floor(row / inner) * cols + col) * inner + (row % inner);
        for (let i = 0; i < list.length; i++) x[at(Math.floor(i / cols), i % cols)] = list[i];
        const options = { shape: [2, cols, inner], axis: 1 };
        const expected = kernels.argmax(list, { cols });
        const what = `${inner} lanes of ${cols} columns`;
        expect(kernels.argmax(x, options), what).toEqual(expected);
        expect(kernels.argmax(x.slice(), options), `${what}, copied`).toEqual(expected);
        const row = r.below(rows);
        const own = x[at(row, cols - 1)];
        x[at(row, cols - 1)] = NaN;
        expect(() => kernels.argmax(x, options), what).toThrow(
          new RegExp(`NaN.*row ${row}, column ${cols - 1}$`),
        );
        expect(Array.from(kernels.hardmax(x, options), Number.isNaN).filter(Boolean).length, what).toBe(cols);
        x[at(row, cols - 1)] = own;
        for (let col = 0; col < cols; col++) x[at(row, col)] = -Infinity;
        expect(() => kernels.argmax(x, options), what).toThrow(new RegExp(`row ${row} has none`));
        kernels.free(x);
      }
    }
  });

  it('reads rows that are too long for the scratch', () => {
    const small = loadSync({ backend: kernels.backend, maxBytes: 2 ** 20 });
    const cols = 100_000;
    const r = random(7);
    const x = Float32Array.from({ length: 2 * cols }, () => Math.fround(r.normal()));
    expect(small.argmax(x, { cols })).toEqual(kernels.argmax(x, { cols }));
    expect(small.hardmax(x, { cols })).toEqual(kernels.hardmax(x, { cols }));
    expect(small.topK(x, 70, { cols })).toEqual(kernels.topK(x, 70, { cols }));
    x[cols + 77777] = NaN;
    expect(() => small.argmax(x, { cols })).toThrow(/NaN.*row 1, column 77777/);
    expect(() => small.topK(x, 3, { cols })).toThrow(/NaN.*row 1, column 77777/);
  });

  describe('refuses', () => {
    it('a NaN anywhere', () => {
      for (const cols of [1, 3, 4, 5, 16, 17, 20, 35]) {
        for (let at = 0; at < cols; at++) {
          const x = new Float32Array(3 * cols).map((_, i) => i % 7);
          x[2 * cols + at] = NaN;
          const message = new RegExp(`NaN.*row 2, column ${at}$`);
          expect(() => kernels.argmax(x, { cols })).toThrow(message);
          for (const k of new Set([1, cols])) {
            expect(() => kernels.topK(x, k, { cols })).toThrow(RangeError);
            expect(() => kernels.topK(x, k, { cols })).toThrow(message);
          }
        }
      }
    });

    it('rows of −Infinity and rows without columns', () => {
      const x = new Float32Array([1, 2, -Infinity, -Infinity]);
      expect(() => kernels.argmax(x, { cols: 2 })).toThrow(/argmax: x .*row 1/);
      expect(() => kernels.topK(x, 1, { cols: 2 })).toThrow(/topK: x .*row 1/);
      expect(() => kernels.argmax([])).toThrow(RangeError);
      expect(() => kernels.hardmax([])).toThrow(RangeError);
      expect(() => kernels.topK([], 1)).toThrow(RangeError);
    });

    it('a k that is none', () => {
      for (const k of [0, -1, 4, 1.5, NaN, Infinity]) {
        expect(() => kernels.topK([1, 2, 3], k)).toThrow(RangeError);
        expect(() => kernels.topK([1, 2, 3], k)).toThrow(/topK: k must be/);
      }
      expect(() => kernels.topK([1, 2, 3], '2' as unknown as number)).toThrow(TypeError);
      expect(() => kernels.topK([1, 2, 3], undefined as unknown as number)).toThrow(/topK: k must be/);
    });

    it('wrong types and shapes, before anything is written', () => {
      expect(() => kernels.argmax('x' as unknown as number[])).toThrow(TypeError);
      expect(() => kernels.argmax([1, 2, 3], { cols: 2 })).toThrow(RangeError);
      const x = new Float32Array([3, 1, 2, 5]);
      const buffer = new Float32Array(6);
      expect(() => kernels.hardmax(x, { out: new Float32Array(3) })).toThrow(RangeError);
      expect(() => kernels.hardmax(buffer.subarray(0, 4), { out: buffer.subarray(1, 5) })).toThrow(/overlap/);
      expect(x).toEqual(new Float32Array([3, 1, 2, 5]));
    });
  });
});
