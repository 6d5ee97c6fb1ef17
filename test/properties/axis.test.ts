/** Along any axis each row gives what it gives as a row of its own, in every bit, for every form of every operation. */

import { describe, expect, test } from 'vitest';
import { type Kernels, loadSync } from '../../src/index.ts';
import { ARRAYS, type Data, makeData, placeData } from '../calls/data.ts';
import { forms } from '../operations/index.ts';
import type { Form } from '../operations/operation.ts';
import { backends } from '../support/backends.ts';
import { firstDifference, halves } from '../support/compare.ts';
import { toLanes, type Words } from '../support/lanes.ts';

/** Ends a form where it was refused. */
class End extends Error {}

/** Layouts that do not fit arrays of `outer * cols * inner` elements, and how they are refused. */
function misfits(outer: number, cols: number, inner: number): [LayoutArgs, ErrorConstructor, string][] {
  const shape = [outer, cols, inner];
  return [
    [{ shape, cols }, TypeError, 'not both'],
    [{ axis: 1 }, TypeError, 'give shape'],
    [{ shape: 'abc', axis: 1 }, TypeError, 'shape must be an array'],
    [{ shape: [outer, '5', inner], axis: 1 }, TypeError, 'shape\\[1\\]'],
    [{ shape, axis: '1' }, TypeError, 'axis must be'],
    [{ shape: [] }, RangeError, 'shape must be'],
    [{ shape: [outer, cols, inner + 1], axis: 1 }, RangeError, 'the product of shape must be'],
    [{ shape: [0, cols, inner], axis: 1 }, RangeError, 'the product of shape must be'],
    [{ shape: [outer, 0, inner], axis: 1 }, RangeError, 'the product of shape must be'],
    [{ shape: [-outer, -cols, inner], axis: 1 }, RangeError, 'shape\\[0\\]'],
    [{ shape: [outer, NaN, inner], axis: 1 }, RangeError, 'shape\\[1\\]'],
    [{ shape, axis: 3 }, RangeError, 'axis must be an integer from -3 to 2'],
    [{ shape, axis: -4 }, RangeError, 'axis must be an integer from -3 to 2'],
    [{ shape, axis: 0.5 }, RangeError, 'axis must be an integer from -3 to 2'],
  ];
}

/** `[outer, cols, inner]`: runs of lanes of every length, rows too long for lanes, many lanes. */
const SHAPES: readonly [number, number, number][] = [
  [1, 3, 5],
  [2, 2, 67],
  [3, 5, 2],
  [5, 3, 2],
  [2, 21, 37],
  [1, 10, 4099],
  [2, 150, 33],
  [1, 700, 9],
  [1, 5003, 3],
  [4, 1, 7],
];

type LayoutArgs = { cols?: number; shape?: unknown; axis?: unknown; mask?: Uint8Array };

/** The kernels, of which every call with `cols` is made by `call`, which is given its options without `cols`. */
function relaid(
  kernels: Kernels,
  cols: number,
  call: (rest: LayoutArgs, run: (options: LayoutArgs) => unknown, name: string) => unknown,
): Kernels {
  return new Proxy(kernels, {
    get(target, name) {
      const value = target[name as keyof Kernels] as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const options = args.at(-1) as LayoutArgs;
        if (options?.cols !== cols) return value.apply(target, args);
        const { cols: _, ...rest } = options;
        return call(rest, (given) => value.apply(target, [...args.slice(0, -1), given]), String(name));
      };
    },
  });
}

/** The kernels, of which every call with `cols` goes along the middle axis of a shape, and whose mask of all rows is one. */
function along(kernels: Kernels, shape: readonly number[], mask: Uint8Array): Kernels {
  const [outer, cols, inner] = shape;
  return relaid(kernels, cols, (rest, run) => {
    if (outer * inner > 1 && rest.mask?.length === cols) rest.mask = mask;
    return run({ ...rest, shape, axis: 1 });
  });
}

/** The results of a form; those that have elements of rows as `each` makes of them. */
function resultsOf(k: Kernels, form: Form, data: Data, each: (rows: Words) => Words): Float32Array[] {
  return [form(k, data)].flat().map((result) => {
    if (result instanceof Float32Array) return each(result).slice() as Float32Array;
    if (result instanceof Int32Array) return halves(each(result) as Int32Array);
    return halves(typeof result === 'number' ? Float64Array.of(result) : result);
  });
}

describe.each(backends)('$name', ({ name, kernels }) => {
  test.each(Object.keys(forms))('%s', (name) => {
    for (const shape of SHAPES) {
      const [outer, cols, inner] = shape;
      const rows = outer * inner;
      const data = makeData(rows, cols, 7);
      const wanted = resultsOf(kernels, forms[name], data, (result) => toLanes(result, outer, inner));
      const fresh = makeData(rows, cols, 7);
      const mask = fresh.mask.slice(0, cols);
      const lanes: Data = { ...fresh };
      for (const array of ['x', 'p', 'mask'] as const) {
        Object.assign(lanes, { [array]: toLanes<Words>(fresh[array], outer, inner) });
      }
      for (const inside of [[], ARRAYS, ['x'], ['out', 'labels']] as const) {
        const placed = placeData(kernels, lanes, inside);
        const results = resultsOf(
          along(kernels, shape, mask),
          forms[name],
          placed.inside,
          (result) => result,
        );
        placed.free();
        expect(results.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
        results.forEach((result, i) => {
          expect(`${shape}, ${inside}, result ${i}: ${firstDifference(result, wanted[i])}`).toMatch(/: -1$/);
        });
      }
    }
  });

  test.each(Object.keys(forms))('%s refuses what is no layout of its arrays, and writes nothing', (name) => {
    const [outer, cols, inner] = [2, 5, 4];
    for (const [layout, Refused, text] of misfits(outer, cols, inner)) {
      const data = placeData(kernels, makeData(outer * inner, cols, 7));
      const bytes = (): Uint8Array[] =>
        ARRAYS.map((array) => {
          const { buffer, byteOffset, byteLength } = data.inside[array];
          return new Uint8Array(buffer, byteOffset, byteLength).slice();
        });
      const refusing = relaid(kernels, cols, (rest, run, op) => {
        const before = bytes();
        let refusal: unknown;
        try {
          run({ ...rest, ...layout });
        } catch (error) {
          refusal = error;
        }
        expect(refusal, `${op} of ${JSON.stringify(layout)}`).toBeInstanceOf(Refused);
        expect((refusal as Error).message).toMatch(new RegExp(`^${op}: .*${text}`));
        expect(bytes()).toEqual(before);
        throw new End();
      });
      try {
        forms[name](refusing, data.inside);
      } catch (error) {
        if (!(error instanceof End)) throw error;
      } finally {
        data.free();
      }
    }
  });

  test('what lies behind the scratch stays, where three rows all but fill it, or all but fit', () => {
    const k = loadSync({ backend: name, maxBytes: 2 ** 20 });
    const behind = k.alloc(40_000).fill(-7);
    for (const cols of [21_000, 21_845]) {
      const x = new Float32Array(2 * cols);
      k.softmax(x, { shape: [1, cols, 2], axis: 1, out: x });
      expect(cols * x[0]).toBeCloseTo(1);
      expect(behind.every((value) => value === -7)).toBe(true);
    }
  });

  test('labels and masks of another shape are refused, and nothing is written', () => {
    const [shape, axis, rows] = [[2, 5, 4], 1, 8];
    const x = Float32Array.from({ length: 40 }, (_, i) => i % 7);
    const out = new Float32Array(40).fill(-7);
    for (const length of [0, rows - 1, rows + 1, 40]) {
      const labels = new Int32Array(length);
      const way = length === 40 ? /, \{ shape, axis \}\) gives the classes; / : /^[^:]*: [^:]*$/;
      const message = `crossEntropy: target must have one label per row, 8, but has ${length}`;
      const call = () => kernels.crossEntropy(x, labels, { shape, axis, gradient: out });
      expect(call).toThrow(RangeError);
      expect(call).toThrow(message);
      expect(call).toThrow(way);
      expect(() => kernels.nllLoss(x, labels, { shape, axis, gradient: out })).toThrow(
        /^nllLoss: .*, 8, but/,
      );
      const mask = new Uint8Array(length === 40 ? 39 : length);
      expect(() => kernels.softmax(x, { shape, axis, mask, out })).toThrow(
        /^softmax: mask must have 40 elements/,
      );
    }
    expect(out).toEqual(new Float32Array(40).fill(-7));
  });
});
