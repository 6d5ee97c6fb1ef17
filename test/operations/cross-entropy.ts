/** Cross-entropy, negative log-likelihood, log-probabilities of tokens, perplexity: PyTorch's semantics. */

import type { CrossEntropyOptions } from '../../src/index.ts';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import type { Data } from '../calls/data.ts';
import {
  betaOf,
  forRows,
  type OracleOptions,
  type Row,
  rowCount,
  rowLogSumExp,
  Sum,
} from '../oracle/float64.ts';
import { mapRows, type Numbers } from '../oracle/rows.ts';
import { ulp } from '../oracle/ulp.ts';
import { type Form, type Loss, operation, ROWS, type RowForm, reduced, withGradients } from './operation.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

const IGNORED = -100;

/** The losses of all rows, then those reduced, with gradients. */
function allOf(
  target: (data: Data) => Int32Array | Float32Array,
  options: (data: Data) => CrossEntropyOptions & { reduction?: 'sum' },
): Form {
  const reduced = withGradients((k, data, gradient) =>
    k.crossEntropy(data.x, target(data), { ...options(data), gradient }),
  );
  return (k, data) => [
    k.crossEntropy(data.x, target(data), { ...options(data), reduction: 'none' }),
    ...reduced(k, data),
  ];
}

const labelsOf = ({ labels }: Data): Int32Array => labels;
const probabilitiesOf = ({ p }: Data): Float32Array => p;

const losses: RowForm['run'] = (k, x, labels, call, out) => {
  const losses = k.crossEntropy(x, labels, { ...call, reduction: 'none' });
  // The losses of this operation have no place to be put.
  out?.set(losses);
  return out ?? losses;
};

const gradients: RowForm['run'] = (k, x, labels, call, gradient = new Float32Array(x.length)) => {
  k.crossEntropy(x, labels, { ...call, reduction: 'sum', gradient });
  return gradient;
};

export const family = {
  crossEntropy: operation({
    args: { logits: 'logits', target: 'target' },
    options: {
      ...ROWS,
      reduction: 'reduction',
      weight: 'weight',
      ignoreIndex: 'index',
      labelSmoothing: 'share',
      zLoss: 'weighing',
      gradient: 'out',
    },
    right: ({ logits, target }, options) =>
      reduced(
        crossEntropy(logits, target, options, target instanceof Float32Array ? 'probabilities' : 'labels'),
        options,
      ),
    forms: {
      crossEntropy: allOf(labelsOf, ({ cols }) => ({ cols })),
      'crossEntropy, weighted': allOf(labelsOf, ({ cols, weight }) => ({ cols, weight, beta: 0.7 })),
      'crossEntropy, smoothed': allOf(labelsOf, ({ cols }) => ({ cols, labelSmoothing: 0.1 })),
      'crossEntropy, all options': allOf(labelsOf, ({ cols, weight }) => ({
        ...{ cols, weight, labelSmoothing: 0.3, zLoss: 1e-3, beta: 1.5, reduction: 'sum' },
      })),
      'crossEntropy, probabilities': allOf(probabilitiesOf, ({ cols }) => ({ cols })),
      'crossEntropy, probabilities, all options': allOf(probabilitiesOf, ({ cols, weight }) => ({
        ...{ cols, weight, labelSmoothing: 0.3, zLoss: 1e-3, beta: 1.5 },
      })),
    },
    rowForms: {
      crossEntropy: {
        shape: 'rows',
        right: ({ logSoftmax }, labels, cols) => ({
          steps: Float64Array.from(labels, (label, row) =>
            label === IGNORED ? 0 : 0 - logSoftmax[row * cols + label],
          ),
        }),
        run: losses,
      },
      "crossEntropy's gradient": { shape: 'elements', run: gradients },
    },
    special: [
      { args: [[1, NAN], [0]], gives: NAN },
      { args: [[1, INF], [0]], gives: NAN },
      { args: [[0, -INF], [1]], gives: INF },
      { args: [[0, -INF], [1]], options: { weight: [1, 0], reduction: 'sum' }, gives: 0 },
      { args: [[0, 1, 2, -INF], [3]], gives: INF },
      { args: [[0, 1, 2, -INF], [3]], options: { weight: [1, 1, 1, 0], reduction: 'sum' }, gives: 0 },
      { args: [[0, -INF], Float32Array.of(1, 0)], gives: 0 },
      { args: [[1, 2], [-100]], gives: NAN },
      { args: [[1, 2], [-100]], options: { reduction: 'sum' }, gives: 0 },
      { args: [[3e38], [0]], gives: 0 },
      { args: [[], []], options: { cols: 5 }, gives: NAN },
    ],
  }),

  nllLoss: operation({
    args: { logProbs: 'logProbs', labels: 'labels' },
    options: {
      cols: 'cols',
      reduction: 'reduction',
      weight: 'weight',
      ignoreIndex: 'index',
      gradient: 'out',
    },
    right: ({ logProbs, labels }, options) => reduced(nllLoss(logProbs, labels, options), options),
    forms: {
      nllLoss: withGradients((k, { x, labels, cols, weight }, gradient) =>
        k.nllLoss(x, labels, { cols, weight, gradient }),
      ),
    },
    special: [
      { args: [[-INF, 0], [0]], options: { weight: [0, 1], reduction: 'sum' }, gives: 0 },
      { args: [[-INF, NAN], [0]], gives: INF },
      { args: [[-1, -1], [-100]], gives: NAN },
    ],
  }),

  tokenLogProbs: operation({
    args: { logits: 'logits', labels: 'labels' },
    options: { ...ROWS, ignoreIndex: 'index', out: 'outRows' },
    right: ({ logits, labels }, options) => ({
      steps: crossEntropy(logits, labels, options).losses.map((loss) => 0 - loss),
    }),
    forms: { tokenLogProbs: (k, { x, labels, cols }) => k.tokenLogProbs(x, labels, { cols }) },
    special: [
      { args: [[], []], gives: [] },
      { args: [[0, -INF], [1]], gives: [-INF] },
      { args: [[1, NAN], [-100]], gives: [0] },
    ],
  }),

  perplexity: operation({
    args: { logits: 'logits', labels: 'labels' },
    options: { ...ROWS, ignoreIndex: 'index' },
    fault: (found: number, { logits, labels }, options) => faultOfPerplexity(found, logits, labels, options),
    forms: { perplexity: (k, { x, labels, cols }) => k.perplexity(x, labels, { cols, beta: 0.7 }) },
    special: [
      { args: [[], []], gives: NAN },
      { args: [[0, -INF], [1]], gives: INF },
      { args: [[7], [0]], gives: 1 },
    ],
  }),
};

/** Options of `crossEntropy`. */
export interface OracleLossOptions extends OracleOptions {
  weight?: Numbers;
  ignoreIndex?: number;
  labelSmoothing?: number;
  zLoss?: number;
}

/**
 * Cross-entropy: Σ q·(−log p) + zLoss·logSumExp² with q = weight·((1 − ε)·target + ε/cols). `target`: labels
 * `[rows]`, or probabilities `[rows, cols]` where `kind` says so.
 */
export function crossEntropy(
  x: Numbers,
  target: Numbers,
  options: OracleLossOptions = {},
  kind: 'labels' | 'probabilities' = 'labels',
): Loss {
  const { weight, ignoreIndex = -100, labelSmoothing = 0, zLoss = 0 } = options;
  const beta = betaOf(options);
  const losses = new Float64Array(rowCount(x, options));
  const gradient = new Float64Array(x.length);
  const sum = new Sum();
  const divisor = new Sum();
  forRows(x, options, (row, r, start, cols) => {
    const label = kind === 'labels' ? target[r] : -1;
    if (kind === 'labels' && label === ignoreIndex) return;
    divisor.add(kind === 'labels' && weight ? weight[label] : 1);
    const q = new Float64Array(cols);
    let largest = 0;
    for (let j = 0; j < cols; j++) {
      const wanted = kind === 'labels' ? (j === label ? 1 : 0) : target[start + j];
      q[j] = (weight ? weight[j] : 1) * ((1 - labelSmoothing) * wanted + labelSmoothing / cols);
      if (q[j] > q[largest]) largest = j;
    }
    losses[r] = rowLoss(row, q, zLoss, beta);
    sum.add(losses[r]);
    if (row.kind === 'plain')
      rowGradient(row, q, largest, zLoss, beta, gradient.subarray(start, start + cols));
    else gradient.fill(Number.NaN, start, start + cols);
  });
  return { losses, sum: sum.value, mean: sum.value / divisor.value, gradient, divisor: divisor.value };
}

function rowLoss(row: Row, q: Float64Array, zLoss: number, beta: number): number {
  if (row.kind !== 'plain') return Number.NaN;
  const logTotal = Math.log1p(row.rest);
  const loss = new Sum();
  for (let j = 0; j < q.length; j++) {
    if (q[j] !== 0) loss.add(q[j] * (logTotal - row.zLow[j] - row.z[j]));
  }
  if (zLoss !== 0) loss.add(zLoss * rowLogSumExp(row, beta) ** 2);
  return loss.value;
}

/**
 * Into `gradient`: beta·((Σq + 2·zLoss·logSumExp)·p − q). Where p and q are near 1 the difference cancels, so
 * it is taken as (Σq − q)·p − q·(1 − p), with 1 − p and the largest class's Σq − q summed from the other classes.
 */
function rowGradient(
  row: Row,
  q: Float64Array,
  largest: number,
  zLoss: number,
  beta: number,
  gradient: Float64Array,
): void {
  const all = new Sum();
  const others = new Sum();
  for (let j = 0; j < q.length; j++) {
    all.add(q[j]);
    if (j !== largest) others.add(q[j]);
  }
  const total = 1 + row.rest;
  const extra = zLoss === 0 ? 0 : 2 * zLoss * rowLogSumExp(row, beta);
  for (let j = 0; j < q.length; j++) {
    const p = row.e[j] / total;
    const notP = j === row.argmax ? row.rest / total : 1 - p;
    const notQ = j === largest ? others.value : all.value - q[j];
    gradient[j] = beta * (notQ * p - q[j] * notP + extra * p);
  }
}

/** `−weight·logProb[label]` of each row, as `crossEntropy` gives losses. */
export function nllLoss(logProbs: Numbers, labels: Numbers, options: OracleLossOptions = {}): Loss {
  const { weight, ignoreIndex = -100 } = options;
  const gradient = new Float64Array(logProbs.length);
  const sum = new Sum();
  const divisor = new Sum();
  const losses = Float64Array.from(
    mapRows(logProbs, options, (row, from, r) => {
      const label = labels[r];
      if (label === ignoreIndex) return 0;
      const w = weight ? weight[label] : 1;
      divisor.add(w);
      gradient[from + label] = -w;
      const loss = w === 0 && row[label] === -Infinity ? 0 : 0 - w * row[label];
      sum.add(loss);
      return loss;
    }),
  );
  return { losses, sum: sum.value, mean: sum.value / divisor.value, gradient, divisor: divisor.value };
}

/** The logarithm is as exact as the mean loss, and as float64 is near 1. */
function faultOfPerplexity(
  found: number,
  logits: Numbers,
  labels: Numbers,
  options: OracleLossOptions,
): string {
  const { mean } = crossEntropy(logits, labels, options);
  const error = Math.abs(Math.log(found) - mean);
  const isRight = Number.isFinite(mean)
    ? error <= ACCURACY.reducedLoss * ulp(mean) + 2 ** -50 || (mean > 709 && found === Infinity)
    : Object.is(found, Math.exp(mean));
  return isRight ? '' : `is ${found}, should be exp(${mean})`;
}
