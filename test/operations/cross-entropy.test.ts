/** Cross-entropy, negative log-likelihood, token log-probabilities and perplexity: PyTorch's semantics, by name. */

import { describe, expect, test } from 'vitest';
import { loadSync } from '../../src/index.ts';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import { BLOCK_COLS } from '../../src/raw/sizes.ts';
import * as exact from '../oracle/exact.ts';
import { steps } from '../oracle/ulp.ts';
import { backends } from '../support/backends.ts';
import { firstDifference, inSteps, worst } from '../support/compare.ts';
import { type Random, random } from '../support/random.ts';
import * as oracle from './cross-entropy.ts';
import * as softmaxes from './softmax.ts';

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

/** `[rows, cols]` of normal logits, labels and rows of probabilities. */
function draw(r: Random, rows: number, cols: number, spread = 3) {
  const x = Float32Array.from({ length: rows * cols }, () => spread * r.normal());
  const labels = Int32Array.from({ length: rows }, () => r.below(cols));
  const weight = Float32Array.from({ length: cols }, () => r.between(0.1, 2));
  const probabilities = Float32Array.from(
    softmaxes.softmax(
      x.map(() => r.normal()),
      { cols },
    ),
  );
  return { x, labels, weight, probabilities };
}

const optionSets = [
  {},
  { temperature: 0.7 },
  { labelSmoothing: 0.1 },
  { labelSmoothing: 1 },
  { zLoss: 1e-3 },
  { labelSmoothing: 0.2, zLoss: 0.5, beta: 1.7 },
];

describe.each(backends)('$name', ({ name, kernels: k, bound }) => {
  test('every option, for labels and for probabilities: losses of rows within the bound, reduced ones within 4', () => {
    const r = random(1);
    for (const cols of [1, 2, 3, 5, 16, 33, 127, 1000, 4097]) {
      for (const options of optionSets) {
        for (const weighted of [false, true]) {
          const { x, labels, weight, probabilities } = draw(r, 4, cols);
          const call = { cols, ...options, ...(weighted ? { weight } : {}) };
          for (const [target, kind] of [
            [labels, 'labels'],
            [probabilities, 'probabilities'],
          ] as const) {
            const wanted = oracle.crossEntropy(x, target, call, kind);
            const found = worst(
              k.crossEntropy(x, target, { ...call, reduction: 'none' }),
              wanted.losses,
              inSteps,
            );
            const text = `${kind} of ${cols}, ${JSON.stringify(options)}, ${weighted}`;
            expect(found.error, `${text}: ${found.where}`).toBeLessThanOrEqual(bound);
            for (const reduction of ['mean', 'sum'] as const) {
              const value = k.crossEntropy(x, target, { ...call, reduction });
              expect(steps(Math.fround(value), Math.fround(wanted[reduction])), text).toBeLessThanOrEqual(
                ACCURACY.reducedLoss,
              );
            }
          }
        }
      }
    }
  });

  test('the largest logit, or the label, first or last in a block', () => {
    const cols = 2 * BLOCK_COLS + 3;
    const r = random(17);
    for (const at of [0, BLOCK_COLS - 1, BLOCK_COLS, 2 * BLOCK_COLS - 1, 2 * BLOCK_COLS, cols - 1]) {
      const x = Float32Array.from({ length: cols }, () => r.normal());
      const label = cols - 2;
      for (const own of [at, label]) {
        for (const value of [x[at], 7]) {
          x[at] = value;
          const logs = worst(k.logSoftmax(x), softmaxes.logSoftmax(x), inSteps);
          expect(logs.error, `logSoftmax, ${at}: ${logs.where}`).toBeLessThanOrEqual(bound);
          for (const options of [{}, { labelSmoothing: 0.1 }]) {
            const wanted = oracle.crossEntropy(x, [own], options).losses;
            const found = worst(k.crossEntropy(x, [own], { ...options, reduction: 'none' }), wanted, inSteps);
            expect(found.error, `loss, ${at}: ${found.where}`).toBeLessThanOrEqual(bound);
          }
        }
      }
    }
  });

  test('tokenLogProbs and perplexity of nothing: no rows, and no labels for them', () => {
    expect(k.tokenLogProbs([], [])).toHaveLength(0);
    expect(k.perplexity([], [])).toBeNaN();
    expect(() => k.tokenLogProbs([], [-100])).toThrow('labels must have one label per row, 0, but has 1');
  });

  test('fitTemperature: rows of two probabilities are refused, single columns of 1 are not', () => {
    expect(() => k.fitTemperature([0.3, 0.7, 0.5, 0.5], [0, 1], { cols: 2 })).toThrow('probabilities');
    expect(k.fitTemperature([1, 1], [0, 0], { cols: 1 }).before).toBe(0);
  });

  test('a confident, right prediction: the loss near 0 is exact, whatever the target is made of', () => {
    for (const gap of [5, 15, 20, 30, 60, 80]) {
      const x = Float32Array.of(0.3, gap, 0.1, -0.7, 0.2);
      const oneHot = Float32Array.of(0, 1, 0, 0, 0);
      const { loss } = exact.crossEntropy(x, 1);
      const wanted = exact.toFloat32(loss);
      const byLabel = k.crossEntropy(x, [1], { reduction: 'none' })[0];
      const byWeight = k.crossEntropy(x, [1], { reduction: 'none', weight: [9, 1, 9, 9, 9] })[0];
      const byProbability = k.crossEntropy(x, oneHot, { reduction: 'none' })[0];
      for (const value of [byLabel, byWeight, byProbability])
        expect(steps(value, wanted)).toBeLessThanOrEqual(bound);
    }
  });

  test('weighted mean of labels: divided by the summed weights of the rows counted', () => {
    const x = [2, 1, 0.1, -1, 0, 1, 3, 3, 3];
    const weight = [0.5, 2, 4];
    const losses = k.crossEntropy(x, [0, 2, -100], { cols: 3, reduction: 'none' });
    const wanted = (0.5 * losses[0] + 4 * losses[1]) / 4.5;
    expect(k.crossEntropy(x, [0, 2, -100], { cols: 3, weight })).toBeCloseTo(wanted, 6);
    expect(k.crossEntropy(x, [0, 2, -100], { cols: 3, weight, labelSmoothing: 0.3 })).toBeCloseTo(
      oracle.crossEntropy(x, [0, 2, -100], { cols: 3, weight, labelSmoothing: 0.3 }).mean,
      6,
    );
  });

  test('weighted mean of probabilities: divided by rows', () => {
    const x = [2, 1, 0.1, -1, 0, 1];
    const target = Float32Array.of(0.2, 0.5, 0.3, 1, 0, 0);
    const weight = [0.5, 2, 4];
    const losses = k.crossEntropy(x, target, { cols: 3, weight, reduction: 'none' });
    expect(k.crossEntropy(x, target, { cols: 3, weight })).toBeCloseTo((losses[0] + losses[1]) / 2, 6);
    const sum = k.crossEntropy(x, target, { cols: 3, weight, reduction: 'sum' });
    expect(k.crossEntropy(x, target, { cols: 3, weight })).toBe(sum / 2);
  });

  test('smoothing spreads ε/C over all classes, the label included', () => {
    const { x, labels } = draw(random(2), 3, 5);
    const smoothed = new Float32Array(15).fill(0.2 / 5);
    labels.forEach((label, row) => {
      smoothed[row * 5 + label] += 0.8;
    });
    const options = { cols: 5, reduction: 'none' } as const;
    const byLabel = k.crossEntropy(x, labels, { ...options, labelSmoothing: 0.2 });
    const byProbability = k.crossEntropy(x, smoothed, options);
    for (let row = 0; row < 3; row++) expect(byLabel[row]).toBeCloseTo(byProbability[row], 5);
    // All of it: the label no longer matters.
    const all = k.crossEntropy(x, labels, { ...options, labelSmoothing: 1 });
    expect(firstDifference(all, k.crossEntropy(x, [0, 0, 0], { ...options, labelSmoothing: 1 }))).toBe(-1);
  });

  test('an ignored row is not read, and has a gradient of exactly 0, even when its logits are NaN', () => {
    const r = random(3);
    for (const options of [{}, { labelSmoothing: 0.1 }, { zLoss: 0.1 }, { temperature: 0 }]) {
      for (const ignoreIndex of [-100, 1]) {
        const { x } = draw(r, 3, 4);
        const without = Float32Array.of(...x.subarray(0, 4), ...x.subarray(8));
        x.fill(NAN, 4, 8);
        x[5] = INF;
        const gradient = new Float32Array(12).fill(7);
        const call = { cols: 4, ignoreIndex, ...options };
        const mean = k.crossEntropy(x, [0, ignoreIndex, 3], { ...call, gradient });
        expect(mean).toBe(k.crossEntropy(without, [0, 3], call));
        expect(gradient.subarray(4, 8).every((value) => Object.is(value, 0))).toBe(true);
        expect(k.crossEntropy(x, [0, ignoreIndex, 3], { ...call, reduction: 'none' })[1]).toBe(0);
      }
    }
  });

  test('all rows ignored: mean NaN, sum 0', () => {
    const x = new Float32Array(6).fill(NAN);
    const labels = [-100, -100];
    const gradient = new Float32Array(6).fill(7);
    expect(k.crossEntropy(x, labels, { cols: 3, gradient })).toBe(NAN);
    expect(gradient).toEqual(new Float32Array(6));
    expect(k.crossEntropy(x, labels, { cols: 3, reduction: 'sum' })).toBe(0);
    expect(k.crossEntropy(x, labels, { cols: 3, reduction: 'none' })).toEqual(new Float32Array(2));
    expect(k.nllLoss(x, labels, { cols: 3 })).toBe(NAN);
    expect(k.nllLoss(x, labels, { cols: 3, reduction: 'sum' })).toBe(0);
    expect(k.perplexity(x, labels, { cols: 3 })).toBe(NAN);
  });

  test('no rows: mean NaN, sum 0, none empty', () => {
    for (const target of [new Int32Array(0), new Float32Array(0)]) {
      expect(k.crossEntropy([], target)).toBe(NAN);
      expect(k.crossEntropy([], target, { reduction: 'sum' })).toBe(0);
      expect(k.crossEntropy([], target, { reduction: 'none' }).length).toBe(0);
    }
  });

  test('a label out of range: RangeError naming the row, and nothing written', () => {
    for (const bad of [3, -1, -99]) {
      const x = new Float32Array(9).fill(1);
      const gradient = new Float32Array(9).fill(7);
      const message = `target must be in [0, 3) or ignoreIndex (-100), but is ${bad} in row 2`;
      expect(() => k.crossEntropy(x, [0, 1, bad], { cols: 3, gradient })).toThrow(
        new RangeError(`crossEntropy: ${message}`),
      );
      const nll = message.replace('target', 'labels');
      expect(() => k.nllLoss(x, [0, 1, bad], { cols: 3, gradient })).toThrow(
        new RangeError(`nllLoss: ${nll}`),
      );
      const out = new Float32Array(3).fill(7);
      expect(() => k.tokenLogProbs(x, [0, 1, bad], { cols: 3, out })).toThrow(RangeError);
      expect(() => k.perplexity(x, [0, 1, bad], { cols: 3 })).toThrow('in row 2');
      expect(gradient.every((value) => value === 7) && out.every((value) => value === 7)).toBe(true);
    }
  });

  test('wrong options: a message, and nothing written', () => {
    const x = new Float32Array(6);
    const gradient = new Float32Array(6).fill(7);
    const ce =
      (options: object, target: never = [0, 1] as never) =>
      () =>
        k.crossEntropy(x, target, { cols: 3, gradient, ...options } as never);
    expect(ce({ labelSmoothing: 1.5 })).toThrow(
      'crossEntropy: labelSmoothing must be from 0 to 1, but is 1.5',
    );
    expect(ce({ labelSmoothing: '0' })).toThrow(TypeError);
    expect(ce({ labelSmoothing: NAN })).toThrow(RangeError);
    expect(ce({ zLoss: -1 })).toThrow('crossEntropy: zLoss must be finite, at least 0, but is -1');
    expect(ce({ zLoss: INF })).toThrow(RangeError);
    expect(ce({ weight: [1, 2] })).toThrow(
      'crossEntropy: weight must have one element per column, 3, but has 2',
    );
    expect(ce({ weight: 1 })).toThrow(TypeError);
    expect(ce({ ignoreIndex: 0.5 })).toThrow(RangeError);
    expect(ce({}, new Float32Array(5) as never)).toThrow(RangeError);
    expect(ce({}, new Float64Array(5) as never)).toThrow(RangeError);
    const both = new Float32Array(10);
    expect(() =>
      k.crossEntropy(both.subarray(0, 6), [0, 1], { cols: 3, gradient: both.subarray(3, 9) }),
    ).toThrow('must be the same elements or not overlap');
    expect(() => k.crossEntropy(x, both.subarray(0, 6), { cols: 3, gradient: both.subarray(0, 6) })).toThrow(
      'gradient and target must not overlap',
    );
    expect(() =>
      k.crossEntropy(x, [0, 1], { cols: 3, weight: both.subarray(0, 3), gradient: both.subarray(0, 6) }),
    ).toThrow('gradient and weight must not overlap');
    for (const option of ['temperature', 'beta', 'labelSmoothing', 'zLoss']) {
      expect(() => k.nllLoss(x, [0, 1], { cols: 3, [option]: 1 })).toThrow(TypeError);
    }
    expect(gradient.every((value) => value === 7)).toBe(true);
  });

  test('a target of 0 contributes 0 at a logit of −Infinity; any other gives Infinity', () => {
    const x = Float32Array.of(1, -INF, 2);
    const none = { reduction: 'none' } as const;
    const target = Float32Array.of(0.5, 0, 0.5);
    const wanted = oracle.crossEntropy(x, target, {}, 'probabilities');
    expect(steps(k.crossEntropy(x, target, none)[0], Math.fround(wanted.losses[0]))).toBeLessThanOrEqual(
      bound,
    );
    expect(k.crossEntropy(x, Float32Array.of(0.5, 0.25, 0.25), none)[0]).toBe(INF);
    expect(k.crossEntropy(x, [1], none)[0]).toBe(INF);
    expect(k.crossEntropy(x, [1], { ...none, weight: [1, 0, 1] })[0]).toBe(0);
    expect(k.crossEntropy(x, [0], { ...none, labelSmoothing: 0.1 })[0]).toBe(INF);
    const smoothed = k.crossEntropy(x, [0], { ...none, labelSmoothing: 0.1, weight: [1, 0, 1] })[0];
    expect(Number.isFinite(smoothed)).toBe(true);
    // The gradient stays finite: p − target.
    const gradient = new Float32Array(3);
    k.crossEntropy(x, [1], { gradient });
    expect(gradient[1]).toBe(-1);
  });

  test('NaN and Infinity: that row NaN, others untouched, for spread targets too', () => {
    const r = random(4);
    for (const cols of [1, 2, 5, 67, 4100]) {
      for (const value of [NAN, INF]) {
        for (const options of [{ labelSmoothing: 0.1 }, { zLoss: 0.1 }, {}]) {
          for (const soft of [false, true]) {
            const { x, labels, probabilities } = draw(r, 3, cols);
            const target = soft ? probabilities : labels;
            const call = { cols, ...options, reduction: 'none' } as const;
            const clean = new Float32Array(x.length);
            const before = k.crossEntropy(x, target, { ...call, gradient: clean });
            x[cols + r.below(cols)] = value;
            const gradient = new Float32Array(x.length);
            const after = k.crossEntropy(x, target, { ...call, gradient });
            expect(after).toEqual(Float32Array.of(before[0], NAN, before[2]));
            clean.fill(NAN, cols, 2 * cols);
            expect(firstDifference(gradient, clean)).toBe(-1);
          }
        }
      }
    }
  });

  test('limits: T = 0, T = Infinity, huge and tiny β', () => {
    const x = Float32Array.of(1, 3, 3, -INF);
    for (const options of [{ temperature: 0 }, { temperature: INF }, { beta: 1e300 }, { beta: 1e-300 }]) {
      const target = Float32Array.of(0, 0.5, 0.5, 0);
      const wanted = oracle.crossEntropy(x, target, options, 'probabilities').losses[0];
      expect(
        steps(k.crossEntropy(x, target, { ...options, reduction: 'none' })[0], Math.fround(wanted)),
      ).toBeLessThanOrEqual(bound);
    }
    const large = Float32Array.of(3e38, -3e38, 3e38);
    const smoothed = k.crossEntropy(large, [0], { labelSmoothing: 0.3, reduction: 'sum' });
    expect(smoothed / oracle.crossEntropy(large, [0], { labelSmoothing: 0.3 }).sum).toBeCloseTo(1, 9);
  });

  test('a weight of all ones, a smoothing of 0 and probabilities of 0 and 1 change nothing but rounding', () => {
    const { x, labels } = draw(random(5), 8, 50);
    const none = { cols: 50, reduction: 'none' } as const;
    const losses = k.crossEntropy(x, labels, none);
    const weight = new Float32Array(50).fill(1);
    expect(firstDifference(losses, k.crossEntropy(x, labels, { ...none, weight, labelSmoothing: 0 }))).toBe(
      -1,
    );
    const oneHot = new Float32Array(400);
    labels.forEach((label, row) => {
      oneHot[row * 50 + label] = 1;
    });
    const found = worst(k.crossEntropy(x, oneHot, none), Float64Array.from(losses), inSteps);
    expect(found.error).toBeLessThanOrEqual(2 * bound);
  });

  test('the same bits copied, in the memory, in parts, with and without a gradient', () => {
    const r = random(6);
    const small = loadSync({ backend: name, maxBytes: 2 ** 20 });
    for (const cols of [7, 4099, 40000, 100001]) {
      const rows = 3;
      const { x, labels, weight, probabilities } = draw(r, rows, cols);
      const view = k.alloc(x.length);
      const soft = k.alloc(x.length);
      const own = k.alloc(cols);
      view.set(x);
      soft.set(probabilities);
      own.set(weight);
      for (const options of [{}, ...optionSets.slice(1)]) {
        for (const weighted of [false, true]) {
          for (const kind of ['labels', 'probabilities'] as const) {
            const text = `${kind} of ${cols}, ${JSON.stringify(options)}, ${weighted}`;
            const call = { cols, ...options, reduction: 'none' } as const;
            const target = kind === 'labels' ? labels : probabilities;
            const outside = { ...call, weight: weighted ? weight : undefined };
            const gradient = new Float32Array(x.length);
            const losses = k.crossEntropy(x, target, { ...outside, gradient });
            expect(firstDifference(losses, k.crossEntropy(x, target, outside)), text).toBe(-1);
            const inPlace = x.slice();
            expect(
              firstDifference(losses, small.crossEntropy(inPlace, target, { ...outside, gradient: inPlace })),
              text,
            ).toBe(-1);
            expect(firstDifference(gradient, inPlace), text).toBe(-1);
            const inside = { ...call, weight: weighted ? own : undefined };
            const within = k.crossEntropy(view, kind === 'labels' ? labels : soft, {
              ...inside,
              gradient: view,
            });
            expect(firstDifference(losses, within), text).toBe(-1);
            expect(firstDifference(gradient, view), text).toBe(-1);
            view.set(x);
          }
        }
      }
      for (const piece of [view, soft, own]) k.free(piece);
    }
    small.close();
  });

  test('nllLoss of logSoftmax = crossEntropy; its gradient is −weight at the label', () => {
    const { x, labels, weight } = draw(random(7), 6, 9);
    labels[2] = -100;
    const logProbs = k.logSoftmax(x, { cols: 9 });
    for (const reduction of ['mean', 'sum'] as const) {
      const call = { cols: 9, weight, reduction };
      expect(k.nllLoss(logProbs, labels, call)).toBeCloseTo(k.crossEntropy(x, labels, call), 5);
    }
    const gradient = logProbs.slice();
    const losses = k.nllLoss(gradient, labels, { cols: 9, weight, reduction: 'none', gradient });
    const counted = labels.reduce((sum, label) => sum + (label < 0 ? 0 : weight[label]), 0);
    labels.forEach((label, row) => {
      const own = gradient.subarray(row * 9, row * 9 + 9);
      expect(own.every((value, j) => Object.is(value, j === label ? -weight[label] : 0))).toBe(true);
      expect(losses[row]).toBe(label < 0 ? 0 : Math.fround(-weight[label] * logProbs[row * 9 + label]));
    });
    k.nllLoss(logProbs, labels, { cols: 9, weight, gradient });
    expect(gradient[labels[0]]).toBe(Math.fround(-(1 / counted) * weight[labels[0]]));
  });

  test('tokenLogProbs and perplexity', () => {
    const { x, labels } = draw(random(8), 40, 300);
    labels[3] = -100;
    const call = { cols: 300, temperature: 1.3 };
    const losses = k.crossEntropy(x, labels, { ...call, reduction: 'none' });
    const out = new Float32Array(40);
    expect(k.tokenLogProbs(x, labels, { ...call, out })).toBe(out);
    expect(
      firstDifference(
        out,
        losses.map((loss) => 0 - loss),
      ),
    ).toBe(-1);
    const value = k.perplexity(x, labels, call);
    expect(Math.abs(value / Math.exp(oracle.crossEntropy(x, labels, call).mean) - 1)).toBeLessThan(1e-6);
    expect(k.perplexity([3, 3, 3, 3], [2])).toBeCloseTo(4, 6);
  });
});
