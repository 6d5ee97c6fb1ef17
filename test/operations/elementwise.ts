/** Functions of each element by itself: sigmoid, logSigmoid, their products with gradients, binary cross-entropy. */

import { betaOf, type OracleOptions, productError, Sum } from '../oracle/float64.ts';
import type { Numbers } from '../oracle/rows.ts';
import {
  ELEMENTS,
  inPlace,
  type Loss,
  operation,
  ROWS,
  reduced,
  slopes,
  withGradients,
} from './operation.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

export const family = {
  sigmoid: operation({
    args: { x: 'logits' },
    options: ELEMENTS,
    right: ({ x }, options) => ({ steps: sigmoid(x, options) }),
    forms: {
      sigmoid: (k, { x, out }) => k.sigmoid(x, { out }),
      'sigmoid, in place': inPlace((k, { x }) => k.sigmoid(x, { beta: 0.7, out: x })),
    },
    special: [
      { args: [[]], gives: [] },
      { args: [[INF, -INF, NAN, 0, -0]], gives: [1, 0, NAN, 0.5, 0.5] },
      { args: [[-2, 0, 2, INF]], options: { temperature: 0 }, gives: [0, 0.5, 1, 1] },
      { args: [[-2, 0, 2]], options: { beta: 0 }, gives: [0.5, 0.5, 0.5] },
    ],
  }),

  logSigmoid: operation({
    args: { x: 'logits' },
    options: ELEMENTS,
    right: ({ x }, options) => ({ steps: logSigmoid(x, options) }),
    forms: { logSigmoid: (k, { x, out }) => k.logSigmoid(x, { beta: 0.7, out }) },
    special: [
      { args: [[]], gives: [] },
      { args: [[INF, -INF, NAN, -3e38]], gives: [0, -INF, NAN, Math.fround(-3e38)] },
    ],
  }),

  sigmoidGradient: operation({
    args: { p: 'shares', dp: 'logits' },
    options: ELEMENTS,
    right: ({ p, dp }, options) => slopes(sigmoidGradient(p, dp, options), { cols: 1 }),
    forms: { sigmoidGradient: (k, { x, p, out }) => k.sigmoidGradient(p, x, { beta: 0.7, out }) },
    special: [
      {
        args: [
          [0.5, 0, 1, NAN],
          [4, 3, 3, 1],
        ],
        gives: [1, 0, 0, NAN],
      },
    ],
  }),

  binaryCrossEntropy: operation({
    args: { logits: 'logits', target: 'shares' },
    options: { ...ROWS, reduction: 'reduction', posWeight: 'posWeight', gradient: 'out' },
    right: ({ logits, target }, options) => reduced(binaryCrossEntropy(logits, target, options), options),
    forms: {
      binaryCrossEntropy: withGradients((k, { x, p, cols }, gradient) =>
        k.binaryCrossEntropy(x, p, { cols, posWeight: 2, gradient }),
      ),
      'binaryCrossEntropy, by column': withGradients((k, { x, p, cols, weight }, gradient) =>
        k.binaryCrossEntropy(x, p, { cols, posWeight: weight, beta: 0.7, reduction: 'none', gradient }),
      ),
    },
    special: [
      { args: [[], []], gives: NAN },
      { args: [[], []], options: { reduction: 'sum' }, gives: 0 },
      { args: [[-INF], [1]], options: { posWeight: 0, reduction: 'sum' }, gives: 0 },
      {
        args: [
          [INF, -INF, INF, -INF, 1000, -1000, NAN, 0],
          [1, 0, 0, 1, 0, 1, 1, 0.5],
        ],
        options: { reduction: 'none' },
        gives: [0, 0, INF, INF, 1000, 1000, NAN, Math.fround(Math.LN2)],
      },
    ],
  }),
};

/** beta·x and its rounding error for the elementwise functions: infinities and 0 stay what they are. */
function argument(x: number, beta: number): [number, number] {
  if (!Number.isFinite(x)) return [x, 0];
  if (x === 0 || beta === 0) return [0, 0];
  const z = beta * x;
  return [z, productError(beta, x, z)];
}

/** σ(z + zLow) */
function sigmoidOf(z: number, zLow: number): number {
  const e = Math.exp(-Math.abs(z));
  const low = z > 0 ? -zLow : zLow;
  const exponential = e + e * low;
  return (z > 0 ? 1 : exponential) / (1 + exponential);
}

/** log σ(z + zLow) */
function logSigmoidOf(z: number, zLow: number): number {
  const e = Math.exp(-Math.abs(z));
  const low = z > 0 ? -zLow : zLow;
  return (z > 0 ? 0 : z + zLow) - Math.log1p(e + e * low);
}

/** 1/(1 + exp(−beta·x)) */
export function sigmoid(x: Numbers, options: OracleOptions = {}): Float64Array {
  const beta = betaOf(options);
  return Float64Array.from(x, (value) => sigmoidOf(...argument(value, beta)));
}

/** −log(1 + exp(−beta·x)) */
export function logSigmoid(x: Numbers, options: OracleOptions = {}): Float64Array {
  const beta = betaOf(options);
  return Float64Array.from(x, (value) => logSigmoidOf(...argument(value, beta)));
}

/** Options of `binaryCrossEntropy`. */
export interface OracleBinaryOptions extends OracleOptions {
  /** A number, or one per column. */
  posWeight?: number | Numbers;
}

/** −(posWeight·t·log σ(z) + (1 − t)·log σ(−z)) per element, with z = beta·x. */
export function binaryCrossEntropy(x: Numbers, target: Numbers, options: OracleBinaryOptions = {}): Loss {
  const { posWeight = 1 } = options;
  const beta = betaOf(options);
  const losses = new Float64Array(x.length);
  const gradient = new Float64Array(x.length);
  const sum = new Sum();
  for (let i = 0; i < x.length; i++) {
    const positive =
      (typeof posWeight === 'number' ? posWeight : posWeight[i % posWeight.length]) * target[i];
    const negative = 1 - target[i];
    const [z, zLow] = argument(x[i], beta);
    // A share of 0 contributes 0, even of an infinite loss.
    const hit = positive === 0 ? 0 : positive * logSigmoidOf(z, zLow);
    const miss = negative === 0 ? 0 : negative * logSigmoidOf(-z, -zLow);
    losses[i] = Number.isNaN(x[i]) ? x[i] : -(hit + miss) + 0;
    gradient[i] = beta * (negative * sigmoidOf(z, zLow) - positive * sigmoidOf(-z, -zLow));
    sum.add(losses[i]);
  }
  return { losses, sum: sum.value, mean: sum.value / x.length, gradient, divisor: x.length };
}

/** `β·p·(1 − p)·dp` */
export function sigmoidGradient(p: Numbers, dp: Numbers, options: OracleOptions = {}): number[] {
  const beta = betaOf(options);
  return Array.from(p, (value, i) => beta * value * (1 - value) * dp[i]);
}
