/** Rows in chunks of columns: any division within the bound of softmax, some of them with its bits. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeStats, type RowStats } from '../../src/index.ts';
import { backends } from '../support/backends.ts';
import { firstDifference, inStepsOrFlushed, worst } from '../support/compare.ts';
import { type Family, families, specials } from '../support/families.ts';
import { random } from '../support/random.ts';
import * as oracle from './softmax.ts';

const BLOCK = 4096;

/** Rows without a result, or with an infinite one, too. */
const all: Family[] = [
  ...families,
  ...specials.map(
    ({ name, values }): Family => ({
      name,
      fill: (row, r) => {
        for (let i = 0; i < row.length; i++) row[i] = r.normal();
        for (const value of values) row[r.below(row.length)] = value;
      },
    }),
  ),
  { name: 'nothing but -Infinity', fill: (row) => row.fill(-Infinity) },
];

/** The columns of all rows from `from` to `to`. */
function columns(x: Float32Array, cols: number, from: number, to: number): Float32Array {
  const rows = x.length / cols;
  const part = new Float32Array(rows * (to - from));
  for (let row = 0; row < rows; row++) {
    part.set(x.subarray(row * cols + from, row * cols + to), row * (to - from));
  }
  return part;
}

/** Chunks of columns that end at `cuts`. */
function divide(x: Float32Array, cols: number, cuts: number[]): { x: Float32Array; cols: number }[] {
  const ends = [...cuts, cols];
  return ends.map((to, i) => {
    const from = i === 0 ? 0 : ends[i - 1];
    return { x: columns(x, cols, from, to), cols: to - from };
  });
}

/** The same chunks in one piece. */
function join(chunks: Float32Array[], rows: number): Float32Array {
  const whole: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (const chunk of chunks) {
      const cols = chunk.length / rows;
      for (const value of chunk.subarray(row * cols, (row + 1) * cols)) whole.push(value);
    }
  }
  return Float32Array.from(whole);
}

/** In a grouping other than from left to right. */
function mergeInHalves(stats: RowStats[]): RowStats {
  if (stats.length === 1) return stats[0];
  const middle = stats.length >> 1;
  return mergeStats(mergeInHalves(stats.slice(0, middle)), mergeInHalves(stats.slice(middle)));
}

const SCALES = [{}, { beta: 0.37 }, { temperature: 3 }, { temperature: 0 }, { beta: 0 }, { beta: 1e-300 }];

describe.each(backends)('$name', ({ kernels: k, bound }) => {
  test.each(all)('any division: $name', ({ fill }) => {
    const r = random(7);
    for (const [cols, cuts] of [
      [1, []],
      [5, [2]],
      [67, [1, 2, 64]],
      [1000, [333, 334, 900]],
      [9000, [17, 5000]],
    ] as const) {
      const rows = 3;
      const x = new Float32Array(rows * cols);
      for (let row = 0; row < rows; row++) fill(x.subarray(row * cols, (row + 1) * cols), r);
      for (const scale of SCALES) {
        const chunks = divide(x, cols, [...cuts]);
        const stats = mergeInHalves(
          chunks.map((chunk) => k.rowStats(chunk.x, { cols: chunk.cols, ...scale })),
        );
        const parts = chunks.map((chunk) => k.softmaxFrom(chunk.x, stats, { cols: chunk.cols, ...scale }));
        const wanted = oracle.softmaxFamily(x, { cols, ...scale });
        const { error, where } = worst(join(parts, rows), wanted.softmax, inStepsOrFlushed);
        expect(error, `${cols} columns, ${JSON.stringify(scale)}: ${where}`).toBeLessThanOrEqual(bound);
      }
    }
  });

  test.each(all)('at blocks, maxima known: the bits of softmax: $name', ({ fill }) => {
    const r = random(8);
    const cols = 5 * BLOCK + 77;
    const rows = 2;
    const x = new Float32Array(rows * cols);
    for (let row = 0; row < rows; row++) fill(x.subarray(row * cols, (row + 1) * cols), r);
    const chunks = divide(x, cols, [BLOCK, 3 * BLOCK, 4 * BLOCK]);
    for (const scale of SCALES) {
      const first = chunks.map((chunk) => k.rowStats(chunk.x, { cols: chunk.cols, ...scale }));
      const { max } = first.reduce(mergeStats);
      const known = chunks.map((chunk) => k.rowStats(chunk.x, { cols: chunk.cols, max, ...scale }));
      const wanted = k.softmax(x, { cols, ...scale });
      for (const stats of [known.reduce(mergeStats), mergeInHalves(known)]) {
        const parts = chunks.map((chunk) => k.softmaxFrom(chunk.x, stats, { cols: chunk.cols }));
        expect(firstDifference(join(parts, rows), wanted), JSON.stringify(scale)).toBe(-1);
      }
      // One chunk: all in one sweep.
      const whole = k.softmaxFrom(x, k.rowStats(x, { cols, ...scale }), { cols });
      expect(firstDifference(whole, wanted), JSON.stringify(scale)).toBe(-1);
    }
  });

  test('one chunk of any length: the bits of softmax', () => {
    const r = random(9);
    for (let cols = 1; cols < 140; cols++) {
      const x = Float32Array.from({ length: 5 * cols }, () => 4 * r.normal());
      const got = k.softmaxFrom(x, k.rowStats(x, { cols }), { cols });
      expect(firstDifference(got, k.softmax(x, { cols })), `${cols} columns`).toBe(-1);
    }
  });

  test('sums are what they say, also where counts are exact', () => {
    const x = [1, 3, 3, -Infinity, 2];
    const { max, sum } = k.rowStats(x);
    expect(max[0]).toBe(3);
    expect(sum[0]).toBeCloseTo(2 + Math.exp(-1) + Math.exp(-2), 7);
    expect(k.rowStats(x, { temperature: 0 }).sum[0]).toBe(2);
    expect(k.rowStats(x, { beta: 0 }).sum[0]).toBe(4);
    expect(k.rowStats([7]).sum[0]).toBe(1);
  });

  test('nothing, NaN and Infinity', () => {
    expect(k.rowStats([])).toMatchObject({ max: new Float32Array([-Infinity]), sum: new Float64Array(1) });
    expect(k.rowStats([-Infinity, -Infinity]).sum[0]).toBe(0);
    expect(k.rowStats([-Infinity, NaN]).sum[0]).toBe(NaN);
    expect(k.rowStats([1, Infinity])).toMatchObject({
      max: new Float32Array([Infinity]),
      sum: new Float64Array([NaN]),
    });
    const some = k.rowStats([1, 2]);
    const nothing = { max: new Float32Array([-Infinity]), sum: new Float64Array(1) };
    expect(mergeStats(nothing, some)).toEqual(some);
    expect(mergeStats(some, nothing)).toEqual(some);
    expect(mergeStats(some, k.rowStats([NaN])).sum[0]).toBe(NaN);
    expect(mergeStats(some, k.rowStats([Infinity])).sum[0]).toBe(NaN);
  });

  test('statistics without blocks or beta, as from elsewhere', () => {
    const x = Float32Array.from({ length: 500 }, (_, i) => Math.cos(i) * 20);
    const { max, sum } = k.rowStats(x);
    const got = k.softmaxFrom(x, { max, sum });
    const wanted = oracle.softmaxFamily(x, {}).softmax;
    expect(worst(got, wanted, inStepsOrFlushed).error).toBeLessThanOrEqual(bound);
  });

  test('wrong arguments', () => {
    const x = new Float32Array([1, 2, 3, 4]);
    const stats = k.rowStats(x, { cols: 2 });
    const scaled = k.rowStats(x, { cols: 2, beta: 2 });
    const out = new Float32Array(4).fill(9);
    expect(() => k.rowStats(x, { cols: 2, max: new Float32Array([1, 4]) })).toThrow(
      /max.*2 in row 0, but is 1/,
    );
    expect(() => k.rowStats(x, { cols: 2, max: new Float32Array([NaN, 4]) })).toThrow(RangeError);
    expect(() => k.rowStats(x, { max: new Float32Array(2) })).toThrow(RangeError);
    expect(() => k.softmaxFrom([9, 9, 9, 9], stats, { cols: 2, out })).toThrow(/stats.max.*row 0/);
    expect(() => k.softmaxFrom(x, stats, { out })).toThrow(/one element per row/);
    expect(() => k.softmaxFrom(x, scaled, { cols: 2, beta: 3, out })).toThrow(/beta.*2.*3/);
    expect(() => k.softmaxFrom(x, null as unknown as RowStats, { out })).toThrow(TypeError);
    expect(out).toEqual(new Float32Array(4).fill(9));
    expect(() => mergeStats(stats, scaled)).toThrow(/beta/);
    expect(() => mergeStats(stats, k.rowStats(x))).toThrow(/same rows/);
    expect(() => mergeStats(stats, { max: [1] } as unknown as RowStats)).toThrow(TypeError);
    expect(() => mergeStats(stats, { ...stats, sum: new Float64Array(1) })).toThrow(RangeError);
    expect(() => mergeStats(stats, { ...stats, blocks: new Float64Array(3) })).toThrow(RangeError);
  });
});

test('merging is associative and commutative within rounding', () => {
  const row = fc.record({
    max: fc.float({ min: -1000, max: 1000, noNaN: true }).map((v) => Float32Array.of(v)),
    sum: fc.double({ min: 1, max: 1e6, noNaN: true }).map((v) => Float64Array.of(v)),
  });
  fc.assert(
    fc.property(row, row, row, (a, b, c) => {
      const left = mergeStats(mergeStats(a, b), c);
      const right = mergeStats(a, mergeStats(c, b));
      expect(left.max).toEqual(right.max);
      expect(Math.abs(left.sum[0] / right.sum[0] - 1)).toBeLessThan(1e-12);
    }),
  );
});
