/**
 * Other element types: every form of every operation gives what float32 gives of the same values, rounded once where it
 * is written, wherever the arrays lie, along any axis, on threads, and of rows that do not fit into the scratch.
 */
import { describe, expect, test } from 'vitest';
import { type Kernels, load, loadSync } from '../../src/index.ts';
import { type Data, makeData, resultsOf } from '../calls/data.ts';
import { forms } from '../operations/index.ts';
import { CODES, narrow, widen } from '../oracle/half.ts';
import { backends } from '../support/backends.ts';
import { firstDifference } from '../support/compare.ts';
import {
  ELEMENT_TYPES,
  type ElementType,
  Lay,
  nameOf,
  withElements,
  withRounding,
} from '../support/elements.ts';
import { toLanes, type Words } from '../support/lanes.ts';

const SHAPES: readonly [number, number][] = [
  [1, 1],
  [3, 10],
  [17, 33],
  [2, 5003],
];

const drawn = new Map<string, Data>();
/** Data of a shape: drawn once, given as a copy. */
function dataOf(rows: number, cols: number): Data {
  const key = `${rows}x${cols}`;
  const data = drawn.get(key) ?? makeData(rows, cols, 7);
  drawn.set(key, data);
  return structuredClone(data);
}

/** What a form gives, or how it refuses. */
function outcome(k: Kernels, name: string, data: Data): Float32Array[] | string {
  try {
    return resultsOf(k, forms[name], data);
  } catch (error) {
    return (error as Error).message;
  }
}

function expectSame(found: Float32Array[] | string, wanted: Float32Array[] | string, where: string): void {
  if (typeof wanted === 'string' || typeof found === 'string') expect(found, where).toBe(wanted);
  else {
    expect(found.length).toBe(wanted.length);
    found.forEach((result, i) => {
      const at = firstDifference(result, wanted[i]);
      if (at >= 0) expect(result[at], `${where}, result ${i}[${at}]`).toBe(wanted[i][at]);
      expect(result.length, where).toBe(wanted[i].length);
    });
  }
}

/** Pieces of the kernels' memory, given back at the end. */
function piecesOf(k: Kernels): { place: (bytes: number) => Uint8Array; free: () => void } {
  const pieces: Float32Array[] = [];
  return {
    place(bytes) {
      const piece = k.alloc(Math.ceil(bytes / 4));
      pieces.push(piece);
      return new Uint8Array(piece.buffer, piece.byteOffset, bytes);
    },
    free: () => {
      for (const piece of pieces) k.free(piece);
    },
  };
}

/** A form of a type beside what it ought to give, in both places. */
function compare(k: Kernels, reference: Kernels, type: ElementType, name: string, make: () => Data): void {
  const data = make();
  const wanted = outcome(withRounding(reference, type), name, make());
  for (const shift of [0, 3]) {
    const outside = new Lay(type, undefined, shift);
    const text = `${type} ${data.x.length / data.cols}x${data.cols}, ${shift} behind`;
    expectSame(outcome(withElements(k, type, outside), name, make()), wanted, text);
    expect(outside.isIntact(), text).toBe(true);
    const { place, free } = piecesOf(k);
    const inside = new Lay(type, place, shift);
    expectSame(outcome(withElements(k, type, inside), name, make()), wanted, `${text}, inside`);
    expect(inside.isIntact(), `${text}, inside`).toBe(true);
    free();
  }
}

const SLABS = [
  [2, 5, 3],
  [1, 21, 130],
  [2, 70, 17],
  [1, 4100, 2],
] as const;

/** The same along the middle axis of a shape. */
function compareAlong(
  k: Kernels,
  type: ElementType,
  name: string,
  shape: readonly [number, number, number],
): void {
  if (/mask/.test(name)) return;
  const [outer, cols, inner] = shape;
  const lanes = (): Data => {
    const data = dataOf(outer * inner, cols);
    for (const array of ['x', 'p'] as const) {
      Object.assign(data, { [array]: toLanes<Words>(data[array], outer, inner) });
    }
    return data;
  };
  const wanted = outcome(along(withRounding(k, type), shape), name, lanes());
  const { place, free } = piecesOf(k);
  for (const lay of [new Lay(type, undefined, 1), new Lay(type, place, 1)]) {
    const found = outcome(along(withElements(k, type, lay), shape), name, lanes());
    expectSame(found, wanted, `${type} ${shape}`);
    expect(lay.isIntact()).toBe(true);
  }
  free();
}

describe.each(backends)('$name', ({ name: backend, kernels }) => {
  describe.each(ELEMENT_TYPES)('%s', (type) => {
    test.each(Object.keys(forms))('%s', (name) => {
      for (const [rows, cols] of SHAPES) compare(kernels, kernels, type, name, () => dataOf(rows, cols));
    });

    test('rows too long for the scratch', () => {
      const small = loadSync({ backend, maxBytes: 2 ** 20 });
      const cols = 2 ** 16 + 4099;
      for (const name of Object.keys(forms)) {
        const make = () => dataOf(1, cols);
        const wanted = outcome(withRounding(kernels, type), name, make());
        const lay = new Lay(type, undefined, 1);
        expectSame(outcome(withElements(small, type, lay), name, make()), wanted, `${type}, ${name}`);
        expect(lay.isIntact()).toBe(true);
      }
    });
  });

  test.each(Object.keys(forms))('along an axis: %s', (name) => {
    for (const type of ELEMENT_TYPES) {
      for (const shape of SLABS) compareAlong(kernels, type, name, shape);
    }
  });

  // Of which a block has some lanes.
  test.each(['softmax', 'argmax', 'crossEntropy, all options'])('along an axis, large slabs: %s', (name) => {
    for (const type of ELEMENT_TYPES) compareAlong(kernels, type, name, [1, 40, 1700]);
  });

  test('2 threads', { timeout: 60_000 }, async () => {
    using k = await load({ backend, threads: 2 });
    const shapes =
      backend === 'js'
        ? [[3, 9000]]
        : [
            [70, 1000],
            [1, 66_000],
          ];
    for (const type of ['float16'] as const) {
      for (const [rows, cols] of shapes) {
        for (const name of Object.keys(forms)) {
          const make = () => dataOf(rows, cols);
          const wanted = outcome(withRounding(kernels, type), name, make());
          const { place, free } = piecesOf(k);
          const lay = new Lay(type, place, 1);
          const found = outcome(withElements(k, type, lay), name, make());
          expectSame(found, wanted, `${type} ${rows}x${cols}, ${name}`);
          expect(lay.isIntact()).toBe(true);
          free();
        }
      }
    }
  });

  test.each(['float16', 'bfloat16'] as const)('every code of %s through softmax, in and out', (dtype) => {
    const codes = Uint16Array.from({ length: CODES }, (_, code) => code);
    // Two columns, of which one is 0: all of softmax's values, and of the gradient's, are met.
    const pairs = new Uint16Array(2 * CODES);
    for (let code = 0; code < CODES; code++) pairs[2 * code] = code;
    const wide = Float32Array.from(pairs, (code) => widen(code, dtype));
    const wanted = kernels.softmax(wide, { cols: 2 });
    const narrowed = Array.from(wanted, (value) => narrow(value, dtype));
    const inside = kernels.alloc(2 * CODES, 'bf16');
    for (const x of [pairs.slice(), inside]) {
      x.set(pairs);
      expect(firstDifference(kernels.softmax(x, { cols: 2, dtype }), wanted)).toBe(-1);
      const out = kernels.softmax(x, { cols: 2, dtype, out: x });
      expect(out).toBe(x);
      expect(firstDifferent(out, narrowed)).toBe(-1);
    }
    kernels.free(inside);
    // Of one column each is 1, but for what is no number; the logarithm of the sum is the element itself.
    const same = kernels.logSumExp(codes, { cols: 1, dtype, out: new Uint16Array(CODES) });
    expect(
      firstDifferent(
        same,
        Array.from(codes, (code) => narrow(widen(code, dtype) + 0, dtype)),
      ),
    ).toBe(-1);
  });

  test('alloc', () => {
    const half = kernels.alloc(10, 'f16');
    const brain = kernels.alloc(10, 'bf16');
    const { Float16Array = Uint16Array } = globalThis as { Float16Array?: typeof Uint16Array };
    expect(half).toBeInstanceOf(Float16Array);
    expect(brain).toBeInstanceOf(Uint16Array);
    for (const view of [half, brain]) {
      expect(view.buffer).toBe(kernels.memory.buffer);
      expect(view.length).toBe(10);
      expect(view.byteOffset % 64).toBe(0);
      kernels.free(view);
      expect(() => kernels.free(view)).toThrow(RangeError);
    }
  });

  test('what dtype may be, and where it has to be', () => {
    const x = Uint16Array.of(0x3c00, 0);
    const text = /is a Uint16Array: give dtype, 'float16' or 'bfloat16'/;
    expect(() => kernels.softmax(x)).toThrow(TypeError);
    expect(() => kernels.softmax(x)).toThrow(text);
    expect(() => kernels.softmax([1, 0], { out: new Uint16Array(2) })).toThrow(text);
    expect(() => kernels.crossEntropy([1, 0], [0], { weight: x })).toThrow(text);
    expect(() => kernels.crossEntropy([1, 0], [0], { gradient: x })).toThrow(text);
    expect(() => kernels.binaryCrossEntropy([1, 0], [0, 1], { posWeight: x })).toThrow(text);
    for (const dtype of ['float32', 'f16', '']) {
      for (const data of [x, [1, 0], Float32Array.of(1, 0)]) {
        const call = () => kernels.softmax(data, { dtype: dtype as 'float16' });
        expect(call).toThrow(RangeError);
        expect(call).toThrow("softmax: dtype must be one of 'float16', 'bfloat16', but is ");
      }
    }
    expect(() => kernels.softmax(x, { dtype: 16 as unknown as 'float16' })).toThrow(TypeError);
    expect([...kernels.softmax(x, { dtype: 'float16' })]).toEqual([...kernels.softmax([1, 0])]);
  });

  test('out that overlaps in part, of other sizes of elements', () => {
    const bytes = new ArrayBuffer(256);
    const before = new Uint8Array(bytes).fill(60).slice();
    const dtype = 'float16';
    const x = new Float32Array(bytes, 64, 8);
    const half = (at: number, n = 8) => new Uint16Array(bytes, at, n);
    for (const out of [half(64), half(66), half(80), half(50), half(94)]) {
      expect(() => kernels.softmax(x, { out, dtype })).toThrow('must be the same elements or not overlap');
      expect(() => kernels.sigmoid(x, { out, dtype })).toThrow(RangeError);
    }
    for (const at of [62, 66, 78, 50]) {
      expect(() => kernels.softmax(half(64), { out: half(at), dtype })).toThrow(RangeError);
      expect(() => kernels.crossEntropy(half(64), [1], { gradient: half(at), dtype })).toThrow(RangeError);
    }
    expect(() => kernels.logSumExp(half(64), { cols: 1, out: half(64), dtype })).toThrow(RangeError);
    expect(new Uint8Array(bytes)).toEqual(before);
    kernels.softmax(half(64), { out: half(80), dtype });
    kernels.softmax(x, { out: half(96), dtype });
    expect(nameOf('Float16Array')).toBe(dtype);
  });
});

function firstDifferent(found: ArrayLike<number>, wanted: readonly number[]): number {
  return found.length === wanted.length ? wanted.findIndex((value, i) => value !== found[i]) : 0;
}

/** The kernels, whose calls with `cols` go along the middle axis of a shape. */
function along(k: Kernels, shape: readonly number[]): Kernels {
  return new Proxy(k, {
    get(target, name) {
      const value = target[name as keyof Kernels] as unknown;
      if (typeof value !== 'function') return value;
      return (...all: unknown[]) => {
        const options = all.at(-1) as Record<string, unknown>;
        if (options?.cols === undefined) return value.apply(target, all);
        const { cols: _, ...rest } = options;
        return value.apply(target, [...all.slice(0, -1), { ...rest, shape, axis: 1 }]);
      };
    },
  });
}
