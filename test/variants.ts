/** Every operation in every form that reaches another kernel or another way through one, for tests of bits. */

import type { CrossEntropyOptions, Kernels } from '../src/index.ts';
import { halves } from './compare.ts';
import { random } from './random.ts';

/** Arrays of one shape, for all operations. */
export interface Data {
  cols: number;
  x: Float32Array;
  /** From 0 to 1. */
  p: Float32Array;
  labels: Int32Array;
  /** `[cols]`. */
  weight: Float32Array;
  mask: Uint8Array;
  /** What may be overwritten, of the shape of `x`. */
  out: Float32Array;
}

type Result = Float32Array | Float64Array | Int32Array | number;
type Variant = (k: Kernels, data: Data) => Result | Result[];

/** Logits, some of them special; labels, some to be ignored; masks, of which some rows keep nothing. */
export function makeData(rows: number, cols: number, seed: number): Data {
  const r = random(seed);
  const n = rows * cols;
  const x = Float32Array.from({ length: n }, () => 20 * r.next() - 10);
  const special = [NaN, Infinity, -Infinity, -Infinity, 1e30, -1e30];
  for (let i = 0; i < Math.min(rows - 1, special.length); i++) x[r.below(n)] = special[i];
  const mask = Uint8Array.from({ length: n }, () => (r.next() < 0.6 ? 1 : 0));
  if (rows > 1) mask.fill(0, cols, 2 * cols);
  return {
    ...{ cols, x, mask, out: new Float32Array(n) },
    p: Float32Array.from({ length: n }, () => r.next()),
    labels: Int32Array.from({ length: rows }, (_, row) => (row % 7 === 3 ? -100 : r.below(cols))),
    weight: Float32Array.from({ length: cols }, () => r.next()),
  };
}

/** The same data inside the kernels' memory, and how to give it back. */
export function placeData(k: Kernels, data: Data): { inside: Data; free(): void } {
  const floats = [data.x, data.p, data.weight, data.out].map((from) => {
    const to = k.alloc(from.length);
    to.set(from);
    return to;
  });
  const labels = k.alloc(data.labels.length, 'i32');
  labels.set(data.labels);
  const bytes = k.alloc(Math.ceil(data.mask.length / 4));
  const mask = new Uint8Array(bytes.buffer, bytes.byteOffset, data.mask.length);
  mask.set(data.mask);
  const [x, p, weight, out] = floats;
  return {
    inside: { cols: data.cols, x, p, labels, weight, mask, out },
    free() {
      for (const view of [...floats, labels, bytes]) k.free(view);
    },
  };
}

/** A result with its gradient, in an array of its own and then over the logits, or a copy of them. */
function withGradients(
  run: (k: Kernels, data: Data, gradient: Float32Array) => Result,
): (k: Kernels, data: Data) => Result[] {
  return (k, data) => {
    const result = run(k, data, data.out);
    const gradient = data.out.slice();
    data.out.set(data.x);
    return [result, gradient, run(k, { ...data, x: data.out }, data.out), data.out.slice()];
  };
}

/** The losses of all rows, then those reduced, with gradients. */
function crossEntropies(
  target: (data: Data) => Int32Array | Float32Array,
  options: (data: Data) => CrossEntropyOptions & { reduction?: 'sum' },
): Variant {
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

export const variants: Record<string, Variant> = {
  softmax: (k, { x, cols, out }) => k.softmax(x, { cols, out }),
  'softmax, one mask': (k, { x, cols, mask, out }) =>
    k.softmax(x, { cols, mask: mask.subarray(0, cols), beta: 0.7, out }),
  'softmax, masked in place': (k, { x, cols, mask, out }) => {
    out.set(x);
    return k.softmax(out, { cols, mask, out });
  },
  logSoftmax: (k, { x, cols, out }) => k.logSoftmax(x, { cols, beta: 0.7, out }),
  'logSoftmax, masked': (k, { x, cols, mask, out }) => k.logSoftmax(x, { cols, mask, out }),
  logSumExp: (k, { x, cols }) => k.logSumExp(x, { cols }),
  'logSumExp, masked': (k, { x, cols, mask }) => k.logSumExp(x, { cols, mask }),

  crossEntropy: crossEntropies(labelsOf, ({ cols }) => ({ cols })),
  'crossEntropy, weighted': crossEntropies(labelsOf, ({ cols, weight }) => ({ cols, weight, beta: 0.7 })),
  'crossEntropy, smoothed': crossEntropies(labelsOf, ({ cols }) => ({ cols, labelSmoothing: 0.1 })),
  'crossEntropy, all options': crossEntropies(labelsOf, ({ cols, weight }) => ({
    ...{ cols, weight, labelSmoothing: 0.3, zLoss: 1e-3, beta: 1.5, reduction: 'sum' },
  })),
  'crossEntropy, probabilities': crossEntropies(probabilitiesOf, ({ cols }) => ({ cols })),
  'crossEntropy, probabilities, all options': crossEntropies(probabilitiesOf, ({ cols, weight }) => ({
    ...{ cols, weight, labelSmoothing: 0.3, zLoss: 1e-3, beta: 1.5 },
  })),
  // These refuse rows without an answer: p has none.
  argmax: (k, { p, cols }) => k.argmax(p, { cols }),
  hardmax: (k, { p, cols, out }) => k.hardmax(p, { cols, out }),
  topK: (k, { p, cols }) => Object.values(k.topK(p, Math.min(3, cols), { cols })),
  sample: (k, { p, cols }) => Object.values(k.sample(p, { cols, seed: 1, beta: 9, topP: 0.9, minP: 0.01 })),
  'sample, top-k': (k, { p, cols }) =>
    Object.values(k.sample(p, { cols, seed: 1, topK: Math.min(5, cols), firstRow: 3 })),
  fitTemperature: (k, { p, labels, cols }) => Object.values(k.fitTemperature(p, labels, { cols })),
  calibration: (k, { p, labels, cols }) => {
    const { bins, ...figures } = k.calibration(p, labels, { cols });
    return [...Object.values(figures), ...bins.flatMap((bin) => Object.values(bin))];
  },
  nllLoss: withGradients((k, { x, labels, cols, weight }, gradient) =>
    k.nllLoss(x, labels, { cols, weight, gradient }),
  ),
  binaryCrossEntropy: withGradients((k, { x, p, cols }, gradient) =>
    k.binaryCrossEntropy(x, p, { cols, posWeight: 2, gradient }),
  ),
  'binaryCrossEntropy, by column': withGradients((k, { x, p, cols, weight }, gradient) =>
    k.binaryCrossEntropy(x, p, { cols, posWeight: weight, beta: 0.7, reduction: 'none', gradient }),
  ),
  tokenLogProbs: (k, { x, labels, cols }) => k.tokenLogProbs(x, labels, { cols }),
  perplexity: (k, { x, labels, cols }) => k.perplexity(x, labels, { cols, beta: 0.7 }),

  sigmoid: (k, { x, out }) => k.sigmoid(x, { out }),
  'sigmoid, in place': (k, { x, out }) => {
    out.set(x);
    return k.sigmoid(out, { beta: 0.7, out });
  },
  logSigmoid: (k, { x, out }) => k.logSigmoid(x, { beta: 0.7, out }),
  softmaxGradient: (k, { x, p, cols, out }) => k.softmaxGradient(p, x, { cols, out }),
  'softmaxGradient, in place': (k, { x, p, cols, out }) => {
    out.set(x);
    return k.softmaxGradient(p, out, { cols, beta: 0.7, out });
  },
  logSoftmaxGradient: (k, { x, p, cols, out }) => k.logSoftmaxGradient(x, p, { cols, out }),
  'logSoftmaxGradient, in place': (k, { x, p, cols, out }) => {
    out.set(x);
    return k.logSoftmaxGradient(out, p, { cols, beta: 0.7, out });
  },
  sigmoidGradient: (k, { x, p, out }) => k.sigmoidGradient(p, x, { beta: 0.7, out }),

  rowStats: (k, { x, cols }) => {
    const { max, sum, blocks } = k.rowStats(x, { cols, beta: 0.7 });
    return [max, sum, ...(blocks ? [blocks] : [])];
  },
  'rowStats, merged': (k, { x, cols }) => {
    const { max, sum } = k.mergeStats(k.rowStats(x, { cols }), k.rowStats(x, { cols }));
    return [max, sum];
  },
  softmaxFrom: (k, { x, cols, out }) => k.softmaxFrom(x, k.rowStats(x, { cols }), { cols, out }),
};

/** The results of a variant, float64 as pairs of float32, copied. */
export function resultsOf(k: Kernels, variant: Variant, data: Data): Float32Array[] {
  return [variant(k, data)].flat().map((result) => {
    if (result instanceof Float32Array) return result.slice();
    return halves(typeof result === 'number' ? Float64Array.of(result) : result);
  });
}
