/** Gradients: against central differences of the float64 oracle, within the bound, and their exact properties. */

import { describe, expect, test } from 'vitest';
import { loadSync } from '../../src/index.ts';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import * as exact from '../oracle/exact.ts';
import { backends } from '../support/backends.ts';
import { firstDifference } from '../support/compare.ts';
import { type Random, random } from '../support/random.ts';
import * as losses from './cross-entropy.ts';
import * as elements from './elementwise.ts';
import * as products from './gradients.ts';
import * as softmaxes from './softmax.ts';

const BOUND = ACCURACY.gradient * 2 ** -23;

/** The largest error of a row of a gradient, in units of its largest entry. */
function rowError(actual: Float32Array, wanted: ArrayLike<number>): number {
  let largest = 0;
  let error = 0;
  for (let i = 0; i < actual.length; i++) {
    largest = Math.max(largest, Math.abs(wanted[i]));
    const e = Math.abs(actual[i] - wanted[i]);
    error = e > error || Number.isNaN(e) ? e : error;
  }
  return error === 0 ? 0 : error / largest;
}

const normal = (r: Random, n: number, spread = 1) =>
  Float32Array.from({ length: n }, () => spread * r.normal());

function probabilitiesOf(r: Random, rows: number, cols: number): Float32Array {
  return Float32Array.from(softmaxes.softmax(normal(r, rows * cols), { cols }));
}

const lossOptions = [
  {},
  { temperature: 0.5 },
  { labelSmoothing: 0.1 },
  { zLoss: 0.01 },
  { beta: 2, labelSmoothing: 0.3, zLoss: 0.1 },
];

describe.each(backends)('$name', ({ name, kernels: k }) => {
  test('crossEntropy: against central differences of the oracle', () => {
    const r = random(21);
    const h = 1e-5;
    for (const options of lossOptions) {
      for (const kind of ['labels', 'probabilities'] as const) {
        const cols = 7;
        const rows = 3;
        const x = normal(r, rows * cols, 2);
        const weight = Float32Array.from({ length: cols }, () => r.between(0.5, 2));
        const target = kind === 'labels' ? Int32Array.from([2, -100, 6]) : probabilitiesOf(r, rows, cols);
        for (const reduction of ['mean', 'sum'] as const) {
          const call = { cols, weight, ...options };
          const gradient = new Float32Array(x.length);
          k.crossEntropy(x, target, { ...call, reduction, gradient });
          for (let i = 0; i < x.length; i++) {
            const at = (value: number) => {
              const moved = Float64Array.from(x);
              moved[i] = value;
              return losses.crossEntropy(moved, target, call, kind)[reduction];
            };
            const difference = (at(x[i] + h) - at(x[i] - h)) / (2 * h);
            expect(Math.abs(gradient[i] - difference)).toBeLessThan(1e-6);
          }
        }
      }
    }
  });

  test('crossEntropy: within 4·2^-23 of the largest entry in the row', () => {
    const r = random(22);
    let worst = 0;
    for (const cols of [2, 3, 8, 31, 128, 1001, 4097, 32000]) {
      for (const options of lossOptions) {
        for (const kind of ['labels', 'probabilities'] as const) {
          const rows = 3;
          const x = normal(r, rows * cols, r.between(0.5, 12));
          const target =
            kind === 'labels'
              ? Int32Array.from({ length: rows }, () => r.below(cols))
              : probabilitiesOf(r, rows, cols);
          const call = { cols, ...options };
          const gradient = new Float32Array(x.length);
          k.crossEntropy(x, target, { ...call, reduction: 'sum', gradient });
          const wanted = losses.crossEntropy(x, target, call, kind).gradient;
          for (let row = 0; row < rows; row++) {
            const [from, to] = [row * cols, (row + 1) * cols];
            worst = Math.max(worst, rowError(gradient.subarray(from, to), wanted.subarray(from, to)));
            expect(worst, `${kind} of ${cols}, ${JSON.stringify(options)}`).toBeLessThanOrEqual(BOUND);
          }
        }
      }
    }
  });

  test('crossEntropy: also where probabilities and target all but cancel', () => {
    const r = random(23);
    for (const cols of [2, 5, 40]) {
      const x = normal(r, cols, 3);
      // The target is the rounded softmax itself; the gradient is what rounding has left.
      const target = Float32Array.from(softmaxes.softmax(x));
      const gradient = new Float32Array(cols);
      k.crossEntropy(x, target, { gradient });
      const wanted = exact.crossEntropy(x, target).gradient.map(exact.toNumber);
      expect(rowError(gradient, wanted)).toBeLessThanOrEqual(BOUND);
      // Confident and right, as a label and as probabilities.
      const top = r.below(cols);
      x[top] = 45;
      const oneHot = new Float32Array(cols);
      oneHot[top] = 1;
      const sure = exact.crossEntropy(x, top).gradient.map(exact.toNumber);
      for (const right of [Int32Array.of(top), oneHot]) {
        k.crossEntropy(x, right, { gradient });
        expect(rowError(gradient, sure)).toBeLessThanOrEqual(BOUND);
      }
    }
    // Label smoothing at its optimum.
    const [p, q] = [0.95, 0.05];
    const x = Float32Array.of(Math.log(p), Math.log(q));
    const gradient = new Float32Array(2);
    k.crossEntropy(x, [0], { labelSmoothing: 0.1, gradient });
    const wanted = exact.crossEntropy(x, 0, { labelSmoothing: 0.1 }).gradient.map(exact.toNumber);
    expect(rowError(gradient, wanted)).toBeLessThanOrEqual(BOUND);
  });

  test('rows of gradients by logits sum to 0 within rounding', () => {
    const r = random(24);
    for (const cols of [2, 17, 1000]) {
      const x = normal(r, 4 * cols, 2);
      const p = k.softmax(x, { cols });
      const dp = normal(r, 4 * cols);
      const labels = Int32Array.from({ length: 4 }, () => r.below(cols));
      const gradient = new Float32Array(x.length);
      const rowsOf = (values: Float32Array) =>
        Array.from({ length: 4 }, (_, row) => values.subarray(row * cols, (row + 1) * cols));
      const check = (values: Float32Array, slack: number) => {
        for (const row of rowsOf(values)) {
          const size = row.reduce((a, b) => a + Math.abs(b), 0);
          expect(Math.abs(row.reduce((a, b) => a + b, 0))).toBeLessThanOrEqual(slack * 2 ** -23 * size);
        }
      };
      for (const options of [{}, { labelSmoothing: 0.1 }]) {
        k.crossEntropy(x, labels, { cols, gradient, ...options });
        check(gradient, 4);
      }
      // p, rounded, does not sum to 1 exactly.
      check(k.softmaxGradient(p, dp, { cols }), 8);
      check(k.logSoftmaxGradient(k.logSoftmax(x, { cols }), dp, { cols }), 8 * Math.sqrt(cols));
    }
  });

  test('vector-Jacobian products: the formula in float64, and central differences', () => {
    const r = random(25);
    const h = 1e-5;
    for (const cols of [1, 2, 3, 6, 33]) {
      for (const options of [{}, { temperature: 0.5 }]) {
        const x = normal(r, cols);
        const v = normal(r, cols);
        const p = k.softmax(x, options);
        const logP = k.logSoftmax(x, options);
        const s = k.sigmoid(x, options);
        const bySoftmax = k.softmaxGradient(p, v, options);
        const byLog = k.logSoftmaxGradient(logP, v, options);
        const bySigmoid = k.sigmoidGradient(s, v, options);
        expect(rowError(bySoftmax, products.softmaxGradient(p, v, options))).toBeLessThan(BOUND);
        expect(rowError(byLog, products.logSoftmaxGradient(logP, v, options))).toBeLessThan(BOUND);
        expect(rowError(bySigmoid, elements.sigmoidGradient(s, v, options))).toBeLessThan(BOUND);
        for (let i = 0; i < cols; i++) {
          const slope = (f: (x: Float64Array, o: object) => Float64Array) => {
            const at = (value: number) => {
              const moved = Float64Array.from(x);
              moved[i] = value;
              return f(moved, options).reduce((sum, y, j) => sum + y * v[j], 0);
            };
            return (at(x[i] + h) - at(x[i] - h)) / (2 * h);
          };
          expect(Math.abs(bySoftmax[i] - slope(softmaxes.softmax))).toBeLessThan(2e-6);
          expect(Math.abs(byLog[i] - slope(softmaxes.logSoftmax))).toBeLessThan(1e-5);
          expect(Math.abs(bySigmoid[i] - slope(elements.sigmoid))).toBeLessThan(2e-6);
        }
      }
    }
  });

  test('vector-Jacobian products: the same bits wherever inputs and result lie, and in parts', () => {
    const r = random(26);
    const small = loadSync({ backend: name, maxBytes: 2 ** 20 });
    const cases = [
      ['softmaxGradient', 'softmax'],
      ['logSoftmaxGradient', 'logSoftmax'],
      ['sigmoidGradient', 'sigmoid'],
    ] as const;
    for (const cols of [1, 5, 4098, 33001]) {
      const rows = 3;
      const x = normal(r, rows * cols, 3);
      const dy = normal(r, rows * cols);
      const [a, b, c] = [k.alloc(x.length), k.alloc(x.length), k.alloc(x.length)];
      for (const [gradient, forward] of cases) {
        const layout = forward === 'sigmoid' ? {} : { cols };
        const y = k[forward](x, layout);
        const wanted = k[gradient](y, dy, layout);
        const check = (found: Float32Array, text: string) =>
          expect(firstDifference(found, wanted), `${gradient} of ${cols}: ${text}`).toBe(-1);
        const fill = () => {
          a.set(y);
          b.set(dy);
        };
        fill();
        check(k[gradient](a, b, { ...layout, out: c }), 'all inside');
        check(k[gradient](a, b, { ...layout, out: a }), 'over the first');
        fill();
        check(k[gradient](a, b, { ...layout, out: b }), 'over the second');
        fill();
        check(k[gradient](y, b, { ...layout, out: b }), 'copied, over the second inside');
        fill();
        check(k[gradient](a, dy, { ...layout, out: a }), 'over the first, the second copied');
        const [y2, dy2] = [y.slice(), dy.slice()];
        check(k[gradient](y2, dy, { ...layout, out: y2 }), 'copied, over the first');
        check(k[gradient](y, dy2, { ...layout, out: dy2 }), 'copied, over the second');
        check(small[gradient](y, dy, layout), 'in parts');
        dy2.set(dy);
        check(small[gradient](y, dy2, { ...layout, out: dy2 }), 'in parts, over the second');
      }
      for (const piece of [a, b, c]) k.free(piece);
    }
    small.close();
  });

  test('vector-Jacobian products: special values and arguments', () => {
    // Log-probabilities that others have rounded, or not normalised, may be above 0.
    for (const logP of [1e-7, 0.4, 5, 80]) {
      const values = [logP, -1];
      const wanted = products.logSoftmaxGradient(Float32Array.from(values), [1, 2]);
      expect(rowError(k.logSoftmaxGradient(values, [1, 2]), wanted)).toBeLessThan(BOUND);
    }
    expect(() => k.softmaxGradient([1, 0], [1])).toThrow(
      'softmaxGradient: dp must have 2 elements, but has 1',
    );
    expect(() => k.logSoftmaxGradient([0, 0], [1, 1], { cols: 3 })).toThrow(RangeError);
    expect(() => k.sigmoidGradient([0.5], 1 as never)).toThrow(TypeError);
    const x = new Float32Array(6);
    expect(() => k.softmaxGradient(x.subarray(0, 4), x.subarray(2, 6), { out: x.subarray(1, 5) })).toThrow(
      'overlap',
    );
  });
});
