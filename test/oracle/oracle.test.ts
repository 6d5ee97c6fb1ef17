/** The two oracles share no code: where they agree, both are right. */

import { describe, expect, test } from 'vitest';
import * as losses from '../operations/cross-entropy.ts';
import * as elements from '../operations/elementwise.ts';
import * as softmaxes from '../operations/softmax.ts';
import { families, matrix, scales } from '../support/families.ts';
import { type Random, random } from '../support/random.ts';
import * as exact from './exact.ts';
import { steps, ulp, ulpError, unitError } from './ulp.ts';

/** In ULP of a float32. The float64 oracle has some 1e-15 relative, 1e-8 ULP. */
const AGREEMENT = 1e-6;

/** Gradients cancel where a soft target is near the prediction. */
const GRADIENT_AGREEMENT = 1e-4;

const SEED = 20;

/** Error of the float64 oracle in float32 ULP; infinities and what rounds to them must be equal. */
function disagreement(approximate: number, precise: exact.Exact, unit = ulp): number {
  const reference = exact.toNumber(precise);
  if (Object.is(approximate, reference)) return 0;
  // -1e76 and -Infinity are one float32, but a zero and its negative are equal here.
  if (!Number.isFinite(Math.fround(reference)))
    return Math.fround(approximate) === Math.fround(reference) ? 0 : 1 / 0;
  return Math.abs(approximate - reference) / unit(reference);
}

const atLeastOne = (value: number) => ulp(Math.max(1, Math.abs(value)));

function worst(approximate: ArrayLike<number>, precise: exact.Exact[], unit = ulp): number {
  return precise.reduce<number>((most, value, i) => {
    const error = disagreement(approximate[i], value, unit);
    // NaN, which no comparison would catch, is the largest error.
    return error <= most ? most : Number.isNaN(error) ? 1 / 0 : error;
  }, 0);
}

describe.each(families)('$name', (family) => {
  test('softmax, logSoftmax, logSumExp at every scale', () => {
    const r = random(SEED);
    for (const { name, options } of scales) {
      for (const cols of [1, 2, 5, 19]) {
        const x = matrix(family, 1, cols, r);
        const got = softmaxes.softmaxFamily(x, options);
        expect(worst(got.softmax, exact.softmax(x, options)), name).toBeLessThan(AGREEMENT);
        expect(worst(got.logSoftmax, exact.logSoftmax(x, options)), name).toBeLessThan(AGREEMENT);
        expect(worst(got.logSumExp, [exact.logSumExp(x, options)], atLeastOne), name).toBeLessThan(AGREEMENT);
      }
    }
  });

  test('crossEntropy and its gradient', () => {
    const r = random(SEED);
    for (const temperature of [1, 0.7, 30]) {
      for (const cols of [1, 2, 7]) {
        const x = matrix(family, 1, cols, r);
        for (let label = 0; label < cols; label++) checkLoss(x, [label], { temperature });
        checkLoss(x, [r.below(cols)], { temperature, labelSmoothing: 0.1, weight: weights(r, cols) });
        checkLoss(x, Array.from(weights(r, cols)), { temperature }, 'probabilities');
        checkLoss(x, Array.from(weights(r, cols)), { temperature, labelSmoothing: 0.3 }, 'probabilities');
        if (Math.abs(x[0]) < 1e10) checkLoss(x, [r.below(cols)], { temperature, zLoss: 1e-3 });
      }
    }
  });

  test('sigmoid, logSigmoid, binaryCrossEntropy', () => {
    const r = random(SEED);
    const x = matrix(family, 1, 20, r);
    const target = weights(r, 20);
    target.set([0, 1]);
    for (const { options } of scales) {
      const bce = elements.binaryCrossEntropy(x, target, { ...options, posWeight: 2.5 });
      const loss = Array.from(x, (v, i) =>
        exact.binaryCrossEntropy(v, target[i], { ...options, posWeight: 2.5 }),
      );
      const sigmoid = Array.from(x, (v) => exact.sigmoid(v, options));
      const logSigmoid = Array.from(x, (v) => exact.logSigmoid(v, options));
      expect(worst(elements.sigmoid(x, options), sigmoid)).toBeLessThan(AGREEMENT);
      expect(worst(elements.logSigmoid(x, options), logSigmoid)).toBeLessThan(AGREEMENT);
      expect(
        worst(
          bce.losses,
          loss.map((l) => l.loss),
        ),
      ).toBeLessThan(AGREEMENT);
    }
  });
});

function weights(r: Random, n: number): Float32Array {
  return Float32Array.from({ length: n }, () => r.next());
}

function checkLoss(
  x: Float32Array,
  target: number[],
  options: losses.OracleLossOptions,
  kind: 'labels' | 'probabilities' = 'labels',
): void {
  const got = losses.crossEntropy(x, target, options, kind);
  const want = exact.crossEntropy(x, kind === 'labels' ? target[0] : target, options);
  expect(worst(got.losses, [want.loss])).toBeLessThan(AGREEMENT);
  const largest = Math.max(...want.gradient.map((g) => Math.abs(exact.toNumber(g))));
  expect(worst(got.gradient, want.gradient, () => ulp(largest))).toBeLessThan(GRADIENT_AGREEMENT);
}

describe('gradients are central differences of the exact loss', () => {
  const h = 2 ** -20;
  const r = random(SEED);
  const x = Float64Array.from({ length: 6 }, () => Math.fround(2 * r.normal()));
  const probabilities = weights(r, 6);

  /** Of a function of x[j], computed exactly; what is left is h² times its third derivative. */
  function difference(loss: (x: Float64Array) => exact.Exact, j: number): number {
    const at = (value: number) => loss(x.with(j, value)) as bigint;
    return exact.toNumber(at(x[j] + h) - at(x[j] - h)) / (2 * h);
  }

  const cases: [string, number | Float32Array, losses.OracleLossOptions][] = [
    ['a label', 2, {}],
    ['a label, T = 0.7, weight', 4, { temperature: 0.7, weight: weights(r, 6) }],
    ['a label, smoothing, zLoss', 0, { labelSmoothing: 0.1, zLoss: 0.01 }],
    ['probabilities', probabilities, {}],
    [
      'probabilities, beta = 3, weight, smoothing, zLoss',
      probabilities,
      { beta: 3, weight: weights(r, 6), labelSmoothing: 0.2, zLoss: 1e-3 },
    ],
  ];
  test.each(cases)('crossEntropy: %s', (_, target, options) => {
    const kind = typeof target === 'number' ? 'labels' : 'probabilities';
    const { gradient } = losses.crossEntropy(
      x,
      typeof target === 'number' ? [target] : target,
      options,
      kind,
    );
    gradient.forEach((g, j) => {
      expect(g).toBeCloseTo(
        difference((at) => exact.crossEntropy(at, target, options).loss, j),
        10,
      );
    });
  });

  test('binaryCrossEntropy', () => {
    const options = { temperature: 0.7, posWeight: 3 };
    const { gradient } = elements.binaryCrossEntropy(x, probabilities, options);
    gradient.forEach((g, j) => {
      const loss = (at: Float64Array) => exact.binaryCrossEntropy(at[j], probabilities[j], options).loss;
      expect(g).toBeCloseTo(difference(loss, j), 10);
    });
  });
});

describe('PyTorch’s reductions', () => {
  const x = Float32Array.of(1, 2, 3, 0, 0, 5, 2, 2, 2);
  const weight = Float32Array.of(1, 2, 0.5);
  const loss = (row: number, label: number) =>
    losses.crossEntropy(x.subarray(3 * row, 3 * row + 3), [label]).sum;

  test('labels: the mean is divided by the summed weights of the rows counted', () => {
    const got = losses.crossEntropy(x, [1, -100, 2], { cols: 3, weight });
    expect(got.mean).toBeCloseTo((2 * loss(0, 1) + 0.5 * loss(2, 2)) / 2.5, 14);
    expect(got.losses[1]).toBe(0);
    expect(got.gradient.subarray(3, 6)).toEqual(new Float64Array(3));
  });

  test('probabilities: the mean is divided by the rows', () => {
    const target = [0, 1, 0, 0, 0, 1, 0, 0, 1];
    const got = losses.crossEntropy(x, target, { cols: 3, weight }, 'probabilities');
    expect(got.mean).toBeCloseTo((2 * loss(0, 1) + 0.5 * loss(1, 2) + 0.5 * loss(2, 2)) / 3, 14);
  });

  test('all ignored: mean NaN, sum 0', () => {
    const got = losses.crossEntropy(x, [-100, -100, -100], { cols: 3 });
    expect([got.mean, got.sum]).toEqual([Number.NaN, 0]);
  });

  test('probability 0 at a logit of -Infinity contributes 0', () => {
    const got = losses.crossEntropy([0, -Infinity], [1, 0], {}, 'probabilities');
    expect(got.sum).toBe(0);
    expect(losses.crossEntropy([0, -Infinity], [0.5, 0.5], {}, 'probabilities').sum).toBe(Infinity);
  });
});

describe('masks', () => {
  const mask = [1, 0, 1, 1];

  test('a masked element is as if it was not there, whatever it holds', () => {
    const x = [1, Number.NaN, 3, 2];
    const kept = [1, 3, 2];
    const got = softmaxes.softmaxFamily(x, { mask });
    expect(Array.from(got.softmax)).toEqual([...softmaxes.softmax(kept)].toSpliced(1, 0, 0));
    expect(Array.from(got.logSoftmax)).toEqual([...softmaxes.logSoftmax(kept)].toSpliced(1, 0, -Infinity));
    expect(got.logSumExp).toEqual(softmaxes.logSumExp(kept));
    expect(worst(got.softmax, exact.softmax(x, {}, mask))).toBeLessThan(AGREEMENT);
    expect(worst(got.logSoftmax, exact.logSoftmax(x, {}, mask))).toBeLessThan(AGREEMENT);
    expect(worst(got.logSumExp, [exact.logSumExp(x, {}, mask)])).toBeLessThan(AGREEMENT);
  });

  test('a row fully masked out', () => {
    const got = softmaxes.softmaxFamily([1, 2, 3, 4], { cols: 2, mask: [0, 0, 1, 1] });
    expect(Array.from(got.softmax.subarray(0, 2))).toEqual([0, 0]);
    expect(Array.from(got.logSoftmax.subarray(0, 2))).toEqual([-Infinity, -Infinity]);
    expect(got.logSumExp[0]).toBe(-Infinity);
    expect(exact.softmax([1, 2], {}, [0, 0])).toEqual([0n, 0n]);
    expect(exact.logSumExp([1, 2], {}, [0, 0])).toBe(-Infinity);
  });
});

describe('the exact oracle', () => {
  test('known values, to more digits than a float64 has', () => {
    // log 2 to 50 digits.
    const ln2 = 69314718055994530941723212145817656807550013436025n;
    const digits = ((exact.logSumExp([0, 0]) as bigint) * 10n ** 50n) >> 320n;
    expect(digits).toBe(ln2);
    // 1/(1 + e) to 40 digits.
    const p = ((exact.softmax([0, 1])[0] as bigint) * 10n ** 40n) >> 320n;
    expect(p).toBe(2689414213699951207488407581781637256348n);
  });

  test('a loss near 0', () => {
    const { loss } = exact.crossEntropy([40, 0, 0], 0);
    expect(exact.toNumber(loss)).toBeCloseTo(8.49670851058e-18, 28);
  });

  test('rounds to the nearest float32 once, ties to even', () => {
    const one = 1n << 320n;
    expect(exact.toFloat32(one + (1n << (320n - 24n)))).toBe(1);
    expect(exact.toFloat32(one + (1n << (320n - 24n)) + 1n)).toBe(1 + 2 ** -23);
    expect(exact.toFloat32(one + 3n * (1n << (320n - 24n)))).toBe(1 + 2 ** -22);
    expect(exact.toFloat32(1n << (320n - 150n))).toBe(0);
    expect(exact.toFloat32((1n << (320n - 150n)) + 1n)).toBe(2 ** -149);
    expect(exact.toFloat32(-(1n << 450n))).toBe(-Infinity);
  });

  test('measures in ULP', () => {
    const third = (1n << 320n) / 3n;
    expect(exact.ulpError(Math.fround(1 / 3), third)).toBeCloseTo(1 / 3, 6);
    expect(ulpError(Math.fround(1 / 3), 1 / 3)).toBeCloseTo(1 / 3, 6);
  });
});

describe('ulp.ts', () => {
  test('steps count float32 values across zero and binades', () => {
    expect(steps(0, -0)).toBe(0);
    expect(steps(2 ** -149, -(2 ** -149))).toBe(2);
    expect(steps(1 - 2 ** -24, 1 + 2 ** -23)).toBe(2);
    expect(steps(-1, 1)).toBe(2 * 0x3f800000);
    expect(steps(Number.NaN, Number.NaN)).toBe(0);
    expect(steps(Number.NaN, 1)).toBe(1 / 0);
    expect(steps(3.4028234663852886e38, 1 / 0)).toBe(1);
  });

  test('ulp of subnormal, small, ordinary and large values', () => {
    expect(ulp(0)).toBe(2 ** -149);
    expect(ulp(2 ** -130)).toBe(2 ** -149);
    expect(ulp(2 ** -126)).toBe(2 ** -149);
    expect(ulp(-1)).toBe(2 ** -23);
    expect(ulp(1 - 2 ** -53)).toBe(2 ** -24);
    expect(ulp(3e38)).toBe(2 ** 104);
  });

  test('errors of infinite and cancelling values', () => {
    expect(ulpError(Infinity, 1e39)).toBe(0);
    expect(ulpError(1, 1e39)).toBe(Infinity);
    expect(ulpError(Number.NaN, 1)).toBe(Infinity);
    expect(unitError(2 ** -23, 0)).toBe(1);
  });
});
