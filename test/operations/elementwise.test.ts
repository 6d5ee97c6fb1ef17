/** sigmoid, logSigmoid and binary cross-entropy: all of float32, every scale, PyTorch's semantics. */

import { describe, expect, test } from 'vitest';
import { loadSync } from '../../src/index.ts';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import { compare } from '../calls/judge.ts';
import * as exact from '../oracle/exact.ts';
import { steps } from '../oracle/ulp.ts';
import { backends } from '../support/backends.ts';
import { firstDifference, inSteps, worst } from '../support/compare.ts';
import { random } from '../support/random.ts';
import * as oracle from './elementwise.ts';
import { ELEMENTS } from './operation.ts';

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

/** Every bit pattern at a stride, both signs, all exponents, infinities and NaN among them. */
function anyFloats(stride: number): Float32Array {
  const patterns = new Uint32Array(Math.floor(2 ** 32 / stride)).map((_, i) => i * stride);
  return new Float32Array(patterns.buffer);
}

/** Those of one array of elements. */
const unary = Object.entries(oracle.family)
  .filter(([, { args, options }]) => Object.keys(args).join() === 'x' && options === ELEMENTS)
  .map(([name]) => name);

describe.each(backends)('$name', ({ name, kernels: k, bound }) => {
  test.each(unary)('%s: within the bound over the bit patterns of float32', (name) => {
    const x = anyFloats(9973);
    const inRange = Float32Array.from({ length: 200_000 }, (_, i) => (i - 100_000) * 0.00107);
    for (const values of [x, inRange]) check(name, values, {});
  });

  test.each(unary)('%s at every scale: T and β are float64 numbers', (name) => {
    const r = random(41);
    const x = Float32Array.from({ length: 500 }, () => 30 * r.normal());
    for (const options of [
      { temperature: 0.7 },
      { beta: 1 / 3 },
      { beta: 1e30 },
      { beta: 1e-30 },
      { beta: 0 },
      { temperature: 0 },
    ]) {
      check(name, x, options);
    }
  });

  function check(name: string, x: Float32Array, options: object): void {
    const { [name]: run } = k as unknown as Record<string, typeof k.sigmoid>;
    const right = oracle.family[name as keyof typeof oracle.family].right!({ x }, options);
    expect(compare(run.call(k, x, options), right, undefined, bound)).toBe('');
  }

  test('tails against the exact oracle, subnormal results included', () => {
    for (const x of [-103.97, -103.9, -100, -90, -87.4, -87.3, 87.5, 88.8, 100, 103.9, 104, 1e-30, -1e-40]) {
      const v = Math.fround(x);
      expect(steps(k.sigmoid([v])[0], exact.toFloat32(exact.sigmoid(v)))).toBeLessThanOrEqual(bound);
      expect(steps(k.logSigmoid([v])[0], exact.toFloat32(exact.logSigmoid(v)))).toBeLessThanOrEqual(bound);
    }
  });

  test('arguments of functions of each element', () => {
    expect(() => k.sigmoid([1], { temperature: -1 })).toThrow(
      'sigmoid: temperature must be at least 0, but is -1',
    );
    expect(() => k.logSigmoid([1], { out: [0] as never })).toThrow(TypeError);
    const x = new Float32Array(5);
    expect(() => k.sigmoid(x.subarray(0, 4), { out: x.subarray(1, 5) })).toThrow('overlap');
  });

  test('binaryCrossEntropy: the last element of an odd number counts with all its bits', () => {
    const r = random(17);
    for (let i = 0; i < 200; i++) {
      const [x, t] = [5 * r.normal(), r.next()];
      const alone = k.binaryCrossEntropy([x], [t]);
      // Beside one without a loss.
      expect(k.binaryCrossEntropy([x, Infinity], [t, 1], { reduction: 'sum' })).toBe(alone);
    }
  });

  test('binaryCrossEntropy: elements within the bound, reduced losses within 4, gradients as documented', () => {
    const r = random(43);
    for (const cols of [1, 2, 3, 5, 64, 1001, 4097, 9000]) {
      const rows = 3;
      const x = Float32Array.from({ length: rows * cols }, () => 8 * r.normal());
      const weights = Float32Array.from({ length: cols }, () => r.between(0.2, 3));
      for (const target of [x.map(() => r.below(2)), x.map(() => r.next())]) {
        for (const posWeight of [1, 2.5, weights]) {
          for (const options of [{}, { temperature: 0.5 }]) {
            const call = { cols, posWeight, ...options };
            const wanted = oracle.binaryCrossEntropy(x, target, call);
            const gradient = new Float32Array(x.length);
            const losses = k.binaryCrossEntropy(x, target, { ...call, reduction: 'none', gradient });
            const found = worst(losses, wanted.losses, inSteps);
            expect(found.error, found.where).toBeLessThanOrEqual(bound);
            let largest = 0;
            let error = 0;
            gradient.forEach((value, i) => {
              largest = Math.max(largest, Math.abs(wanted.gradient[i]));
              error = Math.max(error, Math.abs(value - wanted.gradient[i]));
            });
            expect(error).toBeLessThanOrEqual(ACCURACY.gradient * 2 ** -23 * largest);
            for (const reduction of ['mean', 'sum'] as const) {
              const value = k.binaryCrossEntropy(x, target, { ...call, reduction });
              expect(steps(Math.fround(value), Math.fround(wanted[reduction]))).toBeLessThanOrEqual(
                ACCURACY.reducedLoss,
              );
            }
          }
        }
      }
    }
  });

  test("binaryCrossEntropy's gradient against central differences; the mean divides by all elements", () => {
    const r = random(44);
    const h = 1e-5;
    const x = Float32Array.from({ length: 12 }, () => 2 * r.normal());
    const target = x.map(() => r.next());
    const posWeight = [1, 2, 0.5, 3];
    const call = { cols: 4, posWeight, beta: 1.5 };
    const gradient = x.slice();
    k.binaryCrossEntropy(gradient, target, { ...call, gradient });
    for (let i = 0; i < x.length; i++) {
      const at = (value: number) => {
        const moved = Float64Array.from(x);
        moved[i] = value;
        return oracle.binaryCrossEntropy(moved, target, call).mean;
      };
      expect(Math.abs(gradient[i] - (at(x[i] + h) - at(x[i] - h)) / (2 * h))).toBeLessThan(1e-6);
    }
  });

  test('binaryCrossEntropy at the limits', () => {
    const x = Float32Array.of(INF, -INF, INF, -INF, 1000, -1000, NAN, 0);
    const target = Float32Array.of(1, 0, 0, 1, 0, 1, 1, 0.5);
    const gradient = new Float32Array(8);
    const losses = k.binaryCrossEntropy(x, target, { reduction: 'none', gradient });
    expect(losses).toEqual(Float32Array.of(0, 0, INF, INF, 1000, 1000, NAN, Math.fround(Math.LN2)));
    expect(gradient).toEqual(Float32Array.of(0, 0, 1, -1, 1, -1, NAN, 0));
    const atZero = k.binaryCrossEntropy([-2, 0, 2], [0, 1, 1], { temperature: 0, reduction: 'sum' });
    expect(atZero).toBeCloseTo(Math.LN2, 9);
  });

  test('binaryCrossEntropy: the same bits copied, in the memory, in place, in little memory', () => {
    const r = random(45);
    const small = loadSync({ backend: name, maxBytes: 2 ** 20 });
    for (const [rows, cols] of [
      [40, 7],
      [3, 4096],
      [2, 50001],
    ]) {
      const x = Float32Array.from({ length: rows * cols }, () => 4 * r.normal());
      const target = x.map(() => r.next());
      const weights = Float32Array.from({ length: cols }, () => r.between(0.2, 3));
      const [a, b] = [k.alloc(x.length), k.alloc(x.length)];
      for (const posWeight of [2, weights]) {
        const gradient = new Float32Array(x.length);
        const call = { cols, posWeight };
        const mean = k.binaryCrossEntropy(x, target, { ...call, gradient });
        expect(k.binaryCrossEntropy(x, target, call)).toBe(mean);
        a.set(x);
        b.set(target);
        expect(k.binaryCrossEntropy(a, b, { ...call, gradient: a })).toBe(mean);
        expect(firstDifference(a, gradient)).toBe(-1);
        const copy = x.slice();
        expect(small.binaryCrossEntropy(copy, target, { ...call, gradient: copy })).toBe(mean);
        expect(firstDifference(copy, gradient)).toBe(-1);
      }
      k.free(a);
      k.free(b);
    }
    small.close();
  });

  test('binaryCrossEntropy: arguments', () => {
    const gradient = new Float32Array(4).fill(7);
    const call = (target: unknown, options: object) => () =>
      k.binaryCrossEntropy([1, 2, 3, 4], target as number[], { cols: 2, gradient, ...options });
    const right = [0, 1, 0, 1];
    expect(call([1], {})).toThrow('binaryCrossEntropy: target must have 4 elements, but has 1');
    expect(call(right, { posWeight: '1' })).toThrow('posWeight must be a number, or one for each column');
    expect(call(right, { posWeight: [1, 2, 3] })).toThrow(
      'posWeight must have one element per column, 2, but has 3',
    );
    expect(call(right, { reduction: 'all' })).toThrow(RangeError);
    expect(call(right, { temperature: 1, beta: 1 })).toThrow(TypeError);
    expect(gradient.every((value) => value === 7)).toBe(true);
  });
});
