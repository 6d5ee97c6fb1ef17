/** Masks: what they leave out is exactly 0 and not read; what they keep is as though the rest was −Infinity. */

import { describe, expect, test } from 'vitest';
import { loadSync } from '../../src/index.ts';
import { backends } from '../support/backends.ts';
import { firstDifference, inSteps, inStepsOrFlushed, inUnits, worst } from '../support/compare.ts';
import { random } from '../support/random.ts';
import * as oracle from './softmax.ts';

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;
const elementwise = ['softmax', 'logSoftmax'] as const;

describe.each(backends)('$name', ({ name, kernels: k, bound }) => {
  test('within the bounds, masks of [rows, cols] and of [cols], any width', () => {
    const r = random(31);
    for (const cols of [...Array.from({ length: 40 }, (_, i) => i + 1), 127, 1000, 4097]) {
      const rows = 5;
      const x = Float32Array.from({ length: rows * cols }, () => 3 * r.normal());
      for (const length of [cols, rows * cols]) {
        const mask = Uint8Array.from({ length }, () => (r.below(3) > 0 ? 1 : 0));
        for (const options of [{}, { beta: 0.125 }, { temperature: 0 }, { temperature: INF }]) {
          const call = { cols, mask, ...options };
          const wanted = oracle.softmaxFamily(x, call);
          const found = [
            worst(k.softmax(x, call), wanted.softmax, inStepsOrFlushed),
            worst(k.logSoftmax(x, call), wanted.logSoftmax, inSteps),
            worst(k.logSumExp(x, call), wanted.logSumExp, inUnits),
          ];
          for (const { error, where } of found) expect(error, where).toBeLessThanOrEqual(bound);
        }
      }
    }
  });

  test('what is left out gives exactly +0, log −Infinity, and may be anything', () => {
    const r = random(32);
    for (const cols of [3, 4, 8, 19, 70]) {
      const x = Float32Array.from({ length: cols }, () => r.normal());
      const mask = Uint8Array.from({ length: cols }, (_, j) => (j % 3 === 1 ? 0 : 1));
      const clean = { softmax: k.softmax(x, { mask }), logSoftmax: k.logSoftmax(x, { mask }) };
      const sum = k.logSumExp(x, { mask });
      for (const value of [NAN, INF, -INF, 3e38]) {
        mask.forEach((kept, j) => {
          if (!kept) x[j] = value;
        });
        for (const op of elementwise) {
          const y = k[op](x, { mask });
          expect(firstDifference(y, clean[op])).toBe(-1);
          expect(y.every((v, j) => mask[j] === 1 || Object.is(v, op === 'softmax' ? 0 : -INF))).toBe(true);
        }
        expect(k.logSumExp(x, { mask })).toEqual(sum);
      }
      // The same as −Infinity in its place.
      mask.forEach((kept, j) => {
        if (!kept) x[j] = -INF;
      });
      for (const op of elementwise) expect(firstDifference(k[op](x), clean[op])).toBe(-1);
    }
  });

  test('a fully masked row: zeros, log −Infinity; only −Infinity kept: NaN', () => {
    const x = Float32Array.of(1, NAN, 2, -INF, -INF, 5, 1, 2, 3, NAN, 1, 1);
    const mask = Uint8Array.of(0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0);
    const p = k.softmax(x, { cols: 3, mask });
    const logP = k.logSoftmax(x, { cols: 3, mask });
    expect(p.subarray(0, 6)).toEqual(Float32Array.of(0, 0, 0, NAN, NAN, NAN));
    expect(logP.subarray(0, 6)).toEqual(Float32Array.of(-INF, -INF, -INF, NAN, NAN, NAN));
    expect(firstDifference(p.subarray(6, 9), k.softmax([1, -INF, 3]))).toBe(-1);
    expect(p.subarray(9)).toEqual(Float32Array.of(NAN, NAN, NAN));
    const sums = k.logSumExp(x, { cols: 3, mask });
    expect(sums).toEqual(Float32Array.of(-INF, -INF, k.logSumExp([1, -INF, 3])[0], NAN));
    for (const options of [{ temperature: 0 }, { temperature: INF }]) {
      expect(k.softmax(x, { cols: 3, mask, ...options }).subarray(0, 3)).toEqual(new Float32Array(3));
    }
    expect(k.softmax([7, 8], { mask: Uint8Array.of(0, 1) })).toEqual(Float32Array.of(0, 1));
  });

  test('the same bits copied, in the memory, in place, in parts, batch = row by row', () => {
    const r = random(33);
    const small = loadSync({ backend: name, maxBytes: 2 ** 20 });
    for (const [rows, cols] of [
      [3, 5],
      [600, 17],
      [2, 4099],
      [2, 70001],
      [1, 300000],
    ]) {
      const x = Float32Array.from({ length: rows * cols }, () => 3 * r.normal());
      const view = k.alloc(x.length);
      const out = k.alloc(x.length);
      const perRow = k.alloc(rows);
      for (const length of [cols, rows * cols]) {
        const mask = Uint8Array.from({ length }, () => (r.below(4) > 0 ? 1 : 0));
        if (length > cols) mask.fill(0, 0, cols);
        const own = k.alloc(Math.ceil(length / 4), 'i32');
        const inside = new Uint8Array(own.buffer, own.byteOffset, length);
        inside.set(mask);
        for (const op of [...elementwise, 'logSumExp'] as const) {
          const text = `${op} of ${rows} × ${cols}, mask of ${length}`;
          const call = { cols, mask };
          view.set(x);
          const wanted = k[op](x, call);
          const to = op === 'logSumExp' ? perRow : out;
          expect(firstDifference(k[op](view, { ...call, out: to }), wanted), text).toBe(-1);
          expect(firstDifference(k[op](view, { cols, mask: inside, out: to }), wanted), text).toBe(-1);
          expect(firstDifference(k[op](x, { cols, mask: inside, out: to }), wanted), text).toBe(-1);
          expect(firstDifference(small[op](x, call), wanted), text).toBe(-1);
          if (op !== 'logSumExp') {
            expect(firstDifference(k[op](view, { ...call, out: view }), wanted), text).toBe(-1);
            const copy = x.slice();
            expect(firstDifference(small[op](copy, { ...call, out: copy }), wanted), text).toBe(-1);
          }
          const last = x.subarray((rows - 1) * cols);
          const alone = k[op](last, { mask: mask.subarray(length - cols) });
          expect(firstDifference(alone, wanted.subarray(wanted.length - alone.length)), text).toBe(-1);
        }
        k.free(own);
      }
      for (const piece of [view, out, perRow]) k.free(piece);
    }
    small.close();
  });

  test('causal attention: the softmax of scaled scores, row i keeps up to i', () => {
    const r = random(34);
    const tokens = 9;
    const scores = Float32Array.from({ length: tokens * tokens }, () => 8 * r.normal());
    const mask = Uint8Array.from({ length: tokens * tokens }, (_, at) =>
      at % tokens <= Math.floor(at / tokens) ? 1 : 0,
    );
    const beta = 1 / Math.sqrt(64);
    const p = k.softmax(scores, { cols: tokens, beta, mask });
    for (let i = 0; i < tokens; i++) {
      const kept = k.softmax(scores.subarray(i * tokens, i * tokens + i + 1), { beta });
      const found = worst(p.subarray(i * tokens, i * tokens + i + 1), Float64Array.from(kept), inSteps);
      expect(found.error).toBeLessThanOrEqual(2 * bound);
      expect(p.subarray(i * tokens + i + 1, (i + 1) * tokens).every((value) => Object.is(value, 0))).toBe(
        true,
      );
    }
  });

  test('arguments: a Uint8Array of [rows, cols] or [cols], apart from out', () => {
    const out = new Float32Array(6).fill(7);
    const call = (mask: unknown) => () =>
      k.softmax([1, 2, 3, 4, 5, 6], { cols: 3, out, mask: mask as Uint8Array });
    expect(call([1, 1, 1])).toThrow('softmax: mask must be a Uint8Array, but is an array of 3');
    expect(call(null)).toThrow(TypeError);
    expect(call(new Uint8Array(2))).toThrow(
      'softmax: mask must have 6 elements, or 3 for all rows alike, but has 2',
    );
    expect(call(new Uint8Array(out.buffer, 0, 6))).toThrow('out and mask must not overlap');
    expect(out.every((value) => value === 7)).toBe(true);
    expect(k.softmax([], { mask: new Uint8Array(0) })).toEqual(new Float32Array(0));
    expect(k.logSumExp([], { mask: new Uint8Array(0) })).toEqual(Float32Array.of(-INF));
  });
});
