/** The table of edge cases in the documentation, row by row, on every backend. */

import { describe, expect, test } from 'vitest';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import * as exact from '../oracle/exact.ts';
import { steps } from '../oracle/ulp.ts';
import { backends } from '../support/backends.ts';
import { firstDifference } from '../support/compare.ts';
import { random } from '../support/random.ts';

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

/** Every lane of vectors and of their tails. */
const places: [cols: number, at: number][] = [];
for (const cols of [...Array.from({ length: 19 }, (_, i) => i + 1), 31, 32, 33, 64, 67, 130]) {
  for (let at = 0; at < cols; at++) places.push([cols, at]);
}

/** A long row, and special elements at the edges of its blocks. */
const longCols = 8195;
for (const at of [0, 4095, 4096, 8191, 8194]) places.push([longCols, at]);

/** Three rows of ordinary numbers, the middle one with these values from `at` on (wrapping round). */
function rowsWith(cols: number, at: number, values: number[]): Float32Array {
  const r = random(cols);
  const x = Float32Array.from({ length: 3 * cols }, () => r.normal());
  values.forEach((value, i) => {
    x[cols + ((at + i) % cols)] = value;
  });
  return x;
}

const all = (length: number, value: number) => new Float32Array(length).fill(value);
const f32 = (...values: number[]) => Float32Array.from(values);

describe.each(backends)('$name', ({ kernels: k, bound }) => {
  /** Asserts the middle row's results, and that its neighbours are as they would be without it. */
  function checkMiddleRow(
    x: Float32Array,
    cols: number,
    options: object,
    row: number,
    lse: number,
    loss = row,
  ): void {
    const without = new Float32Array(2 * cols);
    without.set(x.subarray(0, cols));
    without.set(x.subarray(2 * cols), cols);
    for (const op of ['softmax', 'logSoftmax'] as const) {
      const y = k[op](x, { cols, ...options });
      const others = k[op](without, { cols, ...options });
      expect(firstDifference(y.subarray(cols, 2 * cols), all(cols, row)), `${op} of ${cols}`).toBe(-1);
      expect(firstDifference(y.subarray(0, cols), others.subarray(0, cols)), op).toBe(-1);
      expect(firstDifference(y.subarray(2 * cols), others.subarray(cols)), op).toBe(-1);
    }
    const sums = k.logSumExp(x, { cols, ...options });
    const otherSums = k.logSumExp(without, { cols, ...options });
    expect(sums).toEqual(f32(otherSums[0], lse, otherSums[1]));
    const labels = Int32Array.from([0, cols - 1, 0]);
    const gradient = new Float32Array(x.length);
    const losses = k.crossEntropy(x, labels, { cols, ...options, reduction: 'none', gradient });
    const rest = k.crossEntropy(without, labels.subarray(1), { cols, ...options, reduction: 'none' });
    expect(losses[1]).toBe(loss);
    expect(losses[0]).toBe(k.crossEntropy(x.subarray(0, cols), [0], { ...options, reduction: 'none' })[0]);
    expect(losses[2]).toBe(k.crossEntropy(x.subarray(2 * cols), [0], { ...options, reduction: 'none' })[0]);
    expect(rest.length).toBe(2);
    expect(firstDifference(gradient.subarray(cols, 2 * cols), all(cols, NAN))).toBe(-1);
    expect(gradient.subarray(0, cols).some(Number.isNaN)).toBe(false);
    expect(gradient.subarray(2 * cols).some(Number.isNaN)).toBe(false);
  }

  test('a NaN anywhere in a row: that row NaN, others untouched', () => {
    for (const [cols, at] of places) {
      for (const options of [{}, { temperature: 0.7 }, { temperature: 0 }, { temperature: INF }]) {
        checkMiddleRow(rowsWith(cols, at, [NAN]), cols, options, NAN, NAN);
      }
    }
  });

  test('a NaN of any bits, beside infinities', () => {
    for (const [cols, at] of places) {
      const values = [NAN, INF, -INF].slice(0, cols);
      for (const bits of [0x7fc00000, 0xff800001]) {
        const x = rowsWith(cols, at, values);
        new Uint32Array(x.buffer)[cols + at] = bits;
        for (const options of [{}, { temperature: 0 }]) checkMiddleRow(x, cols, options, NAN, NAN);
      }
    }
  });

  test('+Infinity in a row, T > 0: that row NaN; logSumExp +Infinity', () => {
    for (const [cols, at] of places) {
      for (const options of [{}, { temperature: 0.7 }, { beta: 1e300 }, { temperature: INF }]) {
        checkMiddleRow(rowsWith(cols, at, [INF]), cols, options, NAN, INF);
        if (cols > 1) checkMiddleRow(rowsWith(cols, at, [INF, -INF]), cols, options, NAN, INF);
        if (cols > 1) checkMiddleRow(rowsWith(cols, at, [INF, INF]), cols, options, NAN, INF);
      }
    }
  });

  test('some -Infinity: exactly +0; log −Infinity', () => {
    for (const [cols, at] of places) {
      if (cols < 2) continue;
      const x = rowsWith(cols, at, [-INF]);
      for (const options of [
        {},
        { temperature: 0.7 },
        { temperature: 0 },
        { temperature: INF },
        { beta: 1e-30 },
      ]) {
        const p = k.softmax(x, { cols, ...options });
        expect(Object.is(p[cols + at], 0), `${cols} ${at}`).toBe(true);
        expect(p.every((value) => value >= 0 && value <= 1)).toBe(true);
        expect(k.logSoftmax(x, { cols, ...options })[cols + at]).toBe(-INF);
        expect(k.crossEntropy(x, [0, at, 0], { cols, ...options, reduction: 'none' })[1]).toBe(INF);
      }
    }
    // What is left is as if it was alone.
    const got = k.softmax([-INF, 1, -INF, 2.5]);
    const wanted = exact.softmax([1, 2.5]).map(exact.toFloat32);
    expect(steps(got[1], wanted[0])).toBeLessThanOrEqual(bound);
    expect(steps(got[3], wanted[1])).toBeLessThanOrEqual(bound);
    expect(k.softmax([-INF, 0, 0, -INF])).toEqual(f32(0, 0.5, 0.5, 0));
    expect(k.logSumExp([-INF, 0, -INF])).toEqual(f32(0));
  });

  test('all -Infinity: softmax NaN, logSumExp −Infinity', () => {
    for (const cols of [...new Set(places.map(([n]) => n))]) {
      for (const options of [{}, { temperature: 0.7 }, { temperature: 0 }, { temperature: INF }]) {
        checkMiddleRow(rowsWith(cols, 0, Array(cols).fill(-INF)), cols, options, NAN, -INF);
      }
    }
  });

  test('T = 0 (β = Infinity): the mass is split equally over the maxima', () => {
    for (const options of [{ temperature: 0 }, { beta: INF }]) {
      expect(k.softmax([1, 3, 2, 3], options)).toEqual(f32(0, 0.5, 0, 0.5));
      expect(k.softmax([-5, -5, -5], options)).toEqual(all(3, 1 / 3));
      expect(k.softmax([3e38, -3e38, 1], options)).toEqual(f32(1, 0, 0));
      expect(k.softmax([1e-45, 0], options)).toEqual(f32(1, 0));
      expect(k.softmax([0, -0], options)).toEqual(f32(0.5, 0.5));
      expect(k.softmax([INF, 0, INF], options)).toEqual(f32(0.5, 0, 0.5));
      expect(k.logSoftmax([1, 3, 2, 3], options)).toEqual(f32(-INF, -Math.LN2, -INF, -Math.LN2));
      expect(k.logSoftmax([1, 3, 2], options)).toEqual(f32(-INF, 0, -INF));
      const loss = (label: number) =>
        k.crossEntropy([1, 3, 2, 3], [label], { ...options, reduction: 'none' })[0];
      expect([loss(0), loss(1), loss(3)]).toEqual([INF, Math.fround(Math.LN2), Math.fround(Math.LN2)]);
      // log Σ exp(β·x) as β grows.
      expect(k.logSumExp([1, 3], options)).toEqual(f32(INF));
      expect(k.logSumExp([-1, -3], options)).toEqual(f32(-INF));
      expect(k.logSumExp([0, 0, -1], options)).toEqual(f32(Math.LN2));
    }
  });

  test('T = 0 in every lane and tail', () => {
    for (const [cols, at] of places) {
      const x = rowsWith(cols, at, [9]);
      const p = k.softmax(x, { cols, temperature: 0 }).subarray(cols, 2 * cols);
      expect(p[at]).toBe(1);
      expect(p.reduce((a, b) => a + b, 0)).toBe(1);
    }
  });

  test('T = Infinity (β = 0): uniform over the entries above −Infinity', () => {
    for (const options of [{ temperature: INF }, { beta: 0 }, { beta: -0 }]) {
      expect(k.softmax([1, 3e38, -3e38, 0], options)).toEqual(all(4, 0.25));
      expect(k.softmax([1, -INF, 3, -INF, 5], options)).toEqual(f32(1 / 3, 0, 1 / 3, 0, 1 / 3));
      const third = Math.fround(-Math.log(3));
      expect(k.logSoftmax([1, -INF, 3, -INF, 5], options)).toEqual(f32(third, -INF, third, -INF, third));
      expect(k.logSumExp([1, -INF, 3e38], options)).toEqual(f32(Math.LN2));
      expect(k.crossEntropy([1, 2, 3], [0], options)).toBeCloseTo(Math.log(3), 6);
    }
  });

  const extremes: [string, number[], { temperature?: number; beta?: number }][] = [
    ['T = 1e-30', [1e-30, 2e-30, 0], { temperature: 1e-30 }],
    ['T = 1e-30, far apart', [1, 2, 3e38], { temperature: 1e-30 }],
    ['T = 1e38', [3e38, -3e38, 1e38, 0], { temperature: 1e38 }],
    ['T = 1e300', [3e38, -3e38, 1e38, 0], { temperature: 1e300 }],
    ['beta = 500', [0.01, 0.02, 0.013, -0.4], { beta: 500 }],
    ['beta = 1e38', [1e-38, 2e-38, 3e-38, -1e-37], { beta: 1e38 }],
    ['beta = 1e44', [2 ** -149, 2 ** -148, 0, -(2 ** -149)], { beta: 1e44 }],
    ['beta = 1e300', [1, 1, 2, 2], { beta: 1e300 }],
    ['beta = 5e-324', [3e38, -3e38, 0], { beta: 5e-324 }],
    ['T = 5e-324', [2 ** -149, 0, 0], { temperature: 5e-324 }],
    ['x = ±3e38', [3e38, -3e38, 2.9999998e38, 3e38], {}],
    ['x near 1e30', [1e30, 1.0000001e30, 1e30], { beta: 1e-23 }],
    ['logits 1e4 apart', [1e4, 0, -1e4, 1e4 + 1], {}],
    ['beta not a float32', [10, 9, 3, -20], { beta: 1 / 3 }],
    ['beta not a float32, far apart', [300, 10, 200, -20], { beta: 0.3 }],
  ];
  test.each(extremes)('any finite T, β, x: finite and exact within the bound: %s', (_, values, options) => {
    const x = Float32Array.from(values);
    const p = k.softmax(x, options);
    exact.softmax(x, options).forEach((want, j) => {
      const wanted = exact.toFloat32(want);
      if (wanted >= 2 ** -126 || p[j] !== 0)
        expect(steps(p[j], wanted), `softmax ${j}`).toBeLessThanOrEqual(bound);
    });
    const logP = k.logSoftmax(x, options);
    exact.logSoftmax(x, options).forEach((want, j) => {
      expect(steps(logP[j], exact.toFloat32(want)), `logSoftmax ${j}`).toBeLessThanOrEqual(bound);
      const { loss } = exact.crossEntropy(x, j, options);
      const got = k.crossEntropy(x, [j], { ...options, reduction: 'none' })[0];
      expect(steps(got, exact.toFloat32(loss)), `crossEntropy ${j}`).toBeLessThanOrEqual(bound);
    });
    const lse = exact.toFloat32(exact.logSumExp(x, options));
    const got = k.logSumExp(x, options)[0];
    if (Math.abs(lse) < 1) expect(Math.abs(got - lse)).toBeLessThanOrEqual(bound * 2 ** -23);
    else expect(steps(got, lse)).toBeLessThanOrEqual(bound);
  });

  test('a confident, right prediction: a loss near 0, not 0', () => {
    const loss = k.crossEntropy([40, 0, 0], [0], { reduction: 'none' })[0];
    expect(steps(loss, Math.fround(8.49670851058e-18))).toBeLessThanOrEqual(bound);
    expect(k.crossEntropy([40, 0, 0], [0])).toBeCloseTo(8.49670851058e-18, 24);
    const first = k.logSoftmax([40, 0, 0])[0];
    expect(steps(first, Math.fround(-8.49670851058e-18))).toBeLessThanOrEqual(bound);
    const gradient = new Float32Array(3);
    k.crossEntropy([40, 0, 0], [0], { gradient });
    expect(Math.abs(gradient[0] / -8.49670851058e-18 - 1)).toBeLessThan(ACCURACY.gradient * 2 ** -23);
  });

  test('one column: exactly 1; log exactly 0', () => {
    const x = f32(0, 5, -5, 1e30, -1e30, 3e38, 1e-45, 104.3, -0.1);
    const labels = new Int32Array(x.length);
    for (const options of [
      {},
      { temperature: 0.7 },
      { temperature: 0 },
      { temperature: INF },
      { beta: 1e300 },
    ]) {
      expect(k.softmax(x, { cols: 1, ...options })).toEqual(all(x.length, 1));
      expect(k.logSoftmax(x, { cols: 1, ...options })).toEqual(all(x.length, 0));
      const gradient = all(x.length, 7);
      const losses = k.crossEntropy(x, labels, { cols: 1, ...options, reduction: 'none', gradient });
      expect(losses).toEqual(all(x.length, 0));
      expect(gradient.map(Math.abs)).toEqual(all(x.length, 0));
    }
    expect(k.logSumExp(x, { cols: 1 })).toEqual(x);
  });

  test('zero rows: empty result; mean loss NaN, sum 0', () => {
    const none = new Float32Array(0);
    for (const op of ['softmax', 'logSoftmax', 'logSumExp'] as const) {
      expect(k[op](none, { cols: 5 })).toEqual(none);
    }
    expect(k.crossEntropy(none, [], { cols: 5 })).toBeNaN();
    expect(k.crossEntropy(none, [], { cols: 5, reduction: 'sum' })).toBe(0);
    expect(k.crossEntropy(none, [], { cols: 5, reduction: 'none', gradient: none })).toEqual(none);
  });

  test('zero columns: softmax empty; logSumExp −Infinity', () => {
    expect(k.softmax([])).toEqual(new Float32Array(0));
    expect(k.logSoftmax([])).toEqual(new Float32Array(0));
    expect(k.logSumExp([])).toEqual(f32(-INF));
    expect(k.softmax(new Float32Array(0), { cols: 0 })).toEqual(new Float32Array(0));
  });

  test('label outside [0, cols) and not ignoreIndex: RangeError naming the row, nothing written', () => {
    const x = f32(1, 2, 3, 4, 5, 6);
    for (const label of [3, -1, -99, 2147483647, -2147483648]) {
      const gradient = all(6, 7);
      const call = () => k.crossEntropy(x, [0, label], { cols: 3, gradient });
      expect(call).toThrow(RangeError);
      expect(call).toThrow(/row 1\b/);
      expect(gradient).toEqual(all(6, 7));
    }
    expect(() => k.crossEntropy(x, [0, -100], { cols: 3, ignoreIndex: 1 })).toThrow(/row 1\b/);
  });

  test('ignored row: its logits are not read into the loss; gradient exactly 0', () => {
    const x = f32(1, 2, 3, NAN, INF, -INF, 4, 5, 6);
    for (const ignoreIndex of [-100, 1, 77]) {
      for (const reduction of ['mean', 'sum', 'none'] as const) {
        const options = { cols: 3, ignoreIndex, gradient: all(9, 7) };
        const target = [0, ignoreIndex, 2];
        const kept = { cols: 3, gradient: all(6, 7) };
        const without = f32(1, 2, 3, 4, 5, 6);
        if (reduction === 'none') {
          const losses = k.crossEntropy(x, target, { ...options, reduction });
          const wanted = k.crossEntropy(without, [0, 2], { ...kept, reduction });
          expect(losses).toEqual(f32(wanted[0], 0, wanted[1]));
        } else {
          const wanted = k.crossEntropy(without, [0, 2], { ...kept, reduction });
          expect(k.crossEntropy(x, target, { ...options, reduction })).toBe(wanted);
        }
        const { gradient } = options;
        expect(gradient.subarray(3, 6)).toEqual(all(3, 0));
        expect(gradient.subarray(0, 3)).toEqual(kept.gradient.subarray(0, 3));
        expect(gradient.subarray(6)).toEqual(kept.gradient.subarray(3));
      }
    }
  });

  test('all rows ignored: mean NaN, sum 0', () => {
    const x = f32(1, 2, 3, 4);
    const target = [-100, -100];
    const gradient = all(4, 7);
    expect(k.crossEntropy(x, target, { cols: 2, gradient })).toBeNaN();
    expect(gradient).toEqual(all(4, 0));
    expect(k.crossEntropy(x, target, { cols: 2, reduction: 'sum' })).toBe(0);
    expect(k.crossEntropy(x, target, { cols: 2, reduction: 'none' })).toEqual(f32(0, 0));
  });

  test('rows without columns: as many results as a shape says, and nothing is written beyond them', () => {
    const guard = k.alloc(1024);
    for (const rows of [0, 1, 127, 128, 129, 2_000_000]) {
      guard.fill(7);
      expect(firstDifference(k.logSumExp([], { shape: [rows, 0] }), all(rows, -INF))).toBe(-1);
      const { max, sum } = k.rowStats([], { shape: [rows, 0] });
      expect(firstDifference(max, all(rows, -INF))).toBe(-1);
      expect(sum.every((value) => value === 0) && sum.length === rows).toBe(true);
      expect(guard).toEqual(all(1024, 7));
    }
    k.free(guard);
    for (const shape of [
      [2 ** 25, 0],
      [2 ** 40, 0],
      [2 ** 50, 0, 2 ** 50],
    ]) {
      const options = { shape, axis: 1 };
      expect(() => k.logSumExp([], options)).toThrow(
        /^logSumExp: rows of shape must be an integer from 0 to 16777216, but is \d/,
      );
      expect(() => k.rowStats([], options)).toThrow(RangeError);
    }
  });
});
