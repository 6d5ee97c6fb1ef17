/** Along any axis each row gives what it gives as a row of its own, in every bit, for every form of every operation. */

import { describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/index.ts';
import { ARRAYS, type Data, makeData, placeData } from '../calls/data.ts';
import { forms } from '../operations/index.ts';
import type { Form } from '../operations/operation.ts';
import { backends } from '../support/backends.ts';
import { firstDifference, halves } from '../support/compare.ts';
import { toLanes, type Words } from '../support/lanes.ts';

/** `[outer, cols, inner]`: runs of lanes of every length, rows too long for lanes, many lanes. */
const SHAPES: readonly [number, number, number][] = [
  [1, 3, 5],
  [2, 2, 67],
  [3, 5, 2],
  [2, 21, 37],
  [1, 10, 4099],
  [2, 150, 33],
  [1, 700, 9],
  [1, 5003, 3],
  [4, 1, 7],
];

/** The kernels, of which every call with `cols` goes along the middle axis of a shape, and whose mask of all rows is one. */
function along(kernels: Kernels, shape: readonly number[], mask: Uint8Array): Kernels {
  const [outer, cols, inner] = shape;
  return new Proxy(kernels, {
    get(target, name) {
      const value = target[name as keyof Kernels] as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const options = args.at(-1) as { cols?: number; mask?: Uint8Array };
        if (options?.cols === cols) {
          const { cols: _, ...rest } = options;
          if (outer * inner > 1 && rest.mask?.length === cols) rest.mask = mask;
          args[args.length - 1] = { ...rest, shape, axis: 1 };
        }
        return value.apply(target, args);
      };
    },
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

describe.each(backends)('$name', ({ kernels }) => {
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
});
