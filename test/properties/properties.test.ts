/** Whatever fast-check makes up: any shape, any float32, any scale. On failure it prints its seed and path. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import * as oracle from '../operations/softmax.ts';
import { backends } from '../support/backends.ts';
import {
  firstDifference,
  inSteps,
  inStepsOrFlushed,
  inUnits,
  worst,
  worstSteps,
} from '../support/compare.ts';
import { random } from '../support/random.ts';

/** Logits: often ordinary, sometimes any float32 with its specials. */
const logit = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -100, max: 100, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.float() },
);

const scale = fc.oneof(
  fc.constant({}),
  fc.record({ temperature: fc.double({ min: 0, noNaN: true }) }),
  fc.record({ beta: fc.double({ min: 0, noNaN: true }) }),
  fc.record({ temperature: fc.double({ min: 0.1, max: 10, noNaN: true }) }),
);

/** `[rows, cols]` of logits. */
const matrix = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 70 }))
  .chain(([rows, cols]) =>
    fc.record({
      cols: fc.constant(cols),
      rows: fc.constant(rows),
      x: fc.array(logit, { minLength: rows * cols, maxLength: rows * cols }).map((v) => Float32Array.from(v)),
      labels: fc
        .array(fc.integer({ min: 0, max: cols - 1 }), { minLength: rows, maxLength: rows })
        .map((v) => Int32Array.from(v)),
    }),
  );

const runs = { numRuns: 500 };

describe.each(backends)('$name', ({ kernels: k, bound }) => {
  test('softmax, logSoftmax, logSumExp and losses are within the bound', () => {
    fc.assert(
      fc.property(matrix, scale, ({ x, cols, labels }, options) => {
        const call = { cols, ...options };
        const wanted = oracle.softmaxFamily(x, call);
        const losses = labels.map((label, row) => row * cols + label);
        const wantedLosses = Float64Array.from(losses, (at) => 0 - wanted.logSoftmax[at]);
        const found = {
          softmax: worst(k.softmax(x, call), wanted.softmax, inStepsOrFlushed),
          logSoftmax: worst(k.logSoftmax(x, call), wanted.logSoftmax, inSteps),
          logSumExp: worst(k.logSumExp(x, call), wanted.logSumExp, inUnits),
          crossEntropy: worst(
            k.crossEntropy(x, labels, { ...call, reduction: 'none' }),
            wantedLosses,
            inSteps,
          ),
        };
        for (const [name, { error, where }] of Object.entries(found)) {
          expect(error, `${name}: ${where}`).toBeLessThanOrEqual(bound);
        }
      }),
      runs,
    );
  });

  test('probabilities lie in [0, 1] and sum to 1', () => {
    fc.assert(
      fc.property(matrix, scale, ({ x, cols }, options) => {
        const p = k.softmax(x, { cols, ...options });
        for (let start = 0; start < p.length; start += cols) {
          const row = p.subarray(start, start + cols);
          if (row.every(Number.isNaN)) continue;
          expect(row.every((value) => value >= 0 && value <= 1)).toBe(true);
          // Each is within 2.5 ULP, of at most 2^-23 of its value.
          expect(Math.abs(row.reduce((a, b) => a + b, 0) - 1)).toBeLessThanOrEqual(2.5 * 2 ** -23);
        }
      }),
      runs,
    );
  });

  test('no probability is above 1, where one element outweighs all others', () => {
    const r = random(31);
    for (const cols of [1, 2, 3, 4, 5, 9]) {
      for (const beta of [1, 0.7, 3.3]) {
        const x = new Float32Array(20_000 * cols).fill(-Infinity);
        for (let i = 0; i < x.length; i += cols) x[i] = r.between(-60, 60);
        expect(k.softmax(x, { cols, beta }).every((p) => p <= 1)).toBe(true);
      }
    }
  });

  test('temperature T and beta 1/T: the same bits', () => {
    fc.assert(
      fc.property(matrix, fc.double({ min: 0, noNaN: true }), ({ x, cols }, temperature) => {
        const beta = 1 / temperature;
        expect(firstDifference(k.softmax(x, { cols, temperature }), k.softmax(x, { cols, beta }))).toBe(-1);
        expect(firstDifference(k.logSoftmax(x, { cols, temperature }), k.logSoftmax(x, { cols, beta }))).toBe(
          -1,
        );
        expect(firstDifference(k.logSumExp(x, { cols, temperature }), k.logSumExp(x, { cols, beta }))).toBe(
          -1,
        );
      }),
      runs,
    );
  });

  test('plain arrays and Float32Arrays: the same bits; the input is left alone', () => {
    fc.assert(
      fc.property(matrix, ({ x, cols }) => {
        const before = x.slice();
        const got = k.softmax(x, { cols });
        expect(firstDifference(got, k.softmax(Array.from(x), { cols }))).toBe(-1);
        expect(firstDifference(x, before)).toBe(-1);
      }),
      runs,
    );
  });

  test('the gradient of a row sums to 0 within rounding', () => {
    fc.assert(
      fc.property(matrix, ({ x, cols, labels }) => {
        const gradient = new Float32Array(x.length);
        k.crossEntropy(x, labels, { cols, gradient, reduction: 'sum' });
        for (let start = 0; start < x.length; start += cols) {
          const row = gradient.subarray(start, start + cols);
          if (row.some(Number.isNaN)) continue;
          const largest = row.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
          // Entries below the smallest normal float32 may be flushed.
          const rounding = Math.max(ACCURACY.gradient * 2 ** -23 * largest, 2 ** -126);
          expect(Math.abs(row.reduce((a, b) => a + b, 0))).toBeLessThanOrEqual(cols * rounding);
        }
      }),
      runs,
    );
  });

  test('a length that is no multiple of cols: RangeError', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 1, max: 200 }), (cols, length) => {
        fc.pre(length % cols !== 0);
        for (const op of ['softmax', 'logSoftmax', 'logSumExp'] as const) {
          expect(() => k[op](new Float32Array(length), { cols })).toThrow(RangeError);
        }
      }),
      { numRuns: 100 },
    );
  });

  test(`within ${bound + 2} steps of every other backend`, () => {
    for (const other of backends) {
      fc.assert(
        fc.property(matrix, scale, ({ x, cols }, options) => {
          const a = k.softmax(x, { cols, ...options });
          const b = other.kernels.softmax(x, { cols, ...options });
          // What is below 2^-126 one may have flushed and the other not.
          const flush = (v: number) => Math.max(v, 2 ** -126);
          expect(worstSteps(a.map(flush), b.map(flush)).error).toBeLessThanOrEqual(bound + other.bound);
        }),
        { numRuns: 100 },
      );
    }
  });
});
