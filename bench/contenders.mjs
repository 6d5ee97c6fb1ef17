// The contenders that need nothing but this package: naive JS, the copy, and our backends.
import { load, loadSync } from '../dist/index.js';
import { makeCopy } from './copy.mjs';
import { K } from './data.mjs';
import * as naiveJs from './naive.mjs';

/** @typedef {ReturnType<typeof import('./data.mjs').makeInput>} Input */
/** @typedef {import('./measure.mjs').Contender & Results} Candidate */
/**
 * @typedef {object} Results what the last run produced
 * @property {() => Float32Array} [probabilities]
 * @property {boolean} [partial] whether probabilities gives only the first few
 * @property {() => Float32Array} [logProbabilities]
 * @property {() => Float32Array} [logSumExp]
 * @property {() => number} [loss]
 * @property {() => Float32Array} [gradient]
 * @property {() => Int32Array} [indices] of the largest elements
 * @property {() => { ids: Int32Array, logProbs: Float32Array }} [sample]
 * @property {() => void} [free]
 */

const OURS = ['js', 'simd', 'relaxed-simd'];

/** Makes our kernels (all, or those named), by this build or another, and says which ones this engine cannot run. */
export function loadBackends(names = OURS, open = loadSync) {
  /** @type {Map<string, any>} */
  const kernels = new Map();
  /** @type {{ name: string, reason: string }[]} */
  const skipped = [];
  for (const backend of names) {
    try {
      kernels.set(backend, open({ backend }));
    } catch (error) {
      skipped.push({ name: backend, reason: error.message });
    }
  }
  return { kernels, skipped };
}

/** The same with so many threads each; a single one has the backend's own name. @param {(number | 'auto')[]} counts */
export async function loadThreads(names = OURS, counts) {
  /** @type {Map<string, any>} */
  const kernels = new Map();
  /** @type {{ name: string, reason: string }[]} */
  const skipped = [];
  for (const backend of names) {
    for (const threads of counts) {
      const name = threads === 1 ? backend : `${backend}, ${threads} threads`;
      try {
        const k = await load({ backend, threads });
        const few = threads !== 'auto' && k.threads < threads;
        if (few) skipped.push({ name, reason: k.reason });
        else kernels.set(threads === 'auto' ? `${backend}, ${k.threads} threads` : name, k);
      } catch (error) {
        skipped.push({ name, reason: error.message });
      }
    }
  }
  return { kernels, skipped };
}

/** The roofline. @param {Input} input @returns {Candidate} */
export function copy(input) {
  const { run, result } = makeCopy(input.x);
  return { name: 'copy', operation: 'copy', placement: 'in place', run, probabilities: result };
}

/** Of each operation, a call on ordinary arrays, by what it works on. @type {Record<string, (input: Input) => Results & { run: () => void }>} */
const NAIVE = {
  softmax({ x, rows, cols, outer, inner }) {
    const out = new Float32Array(x.length);
    const run =
      inner > 1
        ? () => naiveJs.naiveSoftmaxAlong(x, out, outer, cols, inner)
        : () => naiveJs.naiveSoftmax(x, out, rows, cols);
    return { run, probabilities: () => out };
  },
  logSoftmax({ x, rows, cols }) {
    const out = new Float32Array(x.length);
    return { run: () => naiveJs.naiveLogSoftmax(x, out, rows, cols), logProbabilities: () => out };
  },
  logSumExp({ x, rows, cols }) {
    const out = new Float32Array(rows);
    return { run: () => naiveJs.naiveLogSumExp(x, out, rows, cols), logSumExp: () => out };
  },
  crossEntropy({ x, labels, rows, cols }) {
    let loss = 0;
    const run = () => {
      loss = naiveJs.naiveCrossEntropy(x, labels, rows, cols);
    };
    return { run, loss: () => loss };
  },
  'crossEntropy + gradient'({ x, labels, rows, cols }) {
    const gradient = new Float32Array(x.length);
    let loss = 0;
    const run = () => {
      loss = naiveJs.naiveCrossEntropyGradient(x, labels, gradient, rows, cols);
    };
    return { run, loss: () => loss, gradient: () => gradient };
  },
  argmax({ x, rows, cols, outer, inner }) {
    const ids = new Int32Array(rows);
    const run =
      inner > 1
        ? () => naiveJs.naiveArgmaxAlong(x, ids, outer, cols, inner)
        : () => naiveJs.naiveArgmax(x, ids, rows, cols);
    return { run, indices: () => ids };
  },
  topK({ x, rows, cols }) {
    const values = new Float32Array(rows * K);
    const indices = new Int32Array(rows * K);
    return { run: () => naiveJs.naiveTopK(x, K, values, indices, rows, cols), indices: () => indices };
  },
  sample({ x, rows, cols }) {
    const ids = new Int32Array(rows);
    const logProbs = new Float32Array(rows);
    const run = () => naiveJs.naiveSample(x, ids, logProbs, rows, cols);
    return { run, sample: () => ({ ids, logProbs }) };
  },
};

/** Along an axis there is no naive JS of most operations. @param {Input} input @param {string} operation @returns {Candidate[]} */
export function naive(input, operation) {
  if (input.inner > 1 && operation !== 'softmax' && operation !== 'argmax') return [];
  return [{ name: 'naive JS', operation, placement: 'arrays', ...NAIVE[operation](input) }];
}

/** Each backend, with its data in kernel memory ('in place') and in ordinary arrays ('copied'). */
export function backends(kernels, input, operations) {
  const { x, labels, rows, cols, shape } = input;
  const layout = shape ? { shape, axis: 1 } : { cols };
  const arrays = { x, labels, out: new Float32Array(x.length), sums: new Float32Array(rows) };
  return [...kernels].flatMap(([name, k]) => {
    const { free, ...views } = allocate(k, input);
    const candidates = operations.flatMap((operation) => [
      { ...CALLS[operation](k, views, layout), name, operation, placement: 'in place', ours: true },
      { ...CALLS[operation](k, arrays, layout), name, operation, placement: 'copied', ours: true },
    ]);
    candidates[0].free = free; // one set of views serves them all
    return candidates;
  });
}

function allocate(k, { x, labels, rows }) {
  const views = {
    ...{ x: k.alloc(x.length), out: k.alloc(x.length) },
    ...{ labels: k.alloc(labels.length, 'i32'), sums: k.alloc(rows) },
  };
  views.x.set(x);
  views.labels.set(labels);
  const free = () => {
    for (const view of Object.values(views)) k.free(view);
  };
  return { ...views, free };
}

const CALLS = {
  softmax(k, { x, out }, layout) {
    const options = { ...layout, out };
    return { run: () => k.softmax(x, options), probabilities: () => out };
  },
  logSoftmax(k, { x, out }, layout) {
    const options = { ...layout, out };
    return { run: () => k.logSoftmax(x, options), logProbabilities: () => out };
  },
  logSumExp(k, { x, sums }, layout) {
    const options = { ...layout, out: sums };
    return { run: () => k.logSumExp(x, options), logSumExp: () => sums };
  },
  crossEntropy(k, { x, labels }, layout) {
    let loss = 0;
    const run = () => {
      loss = k.crossEntropy(x, labels, layout);
    };
    return { run, loss: () => loss };
  },
  'crossEntropy + gradient'(k, { x, labels, out }, layout) {
    const options = { ...layout, gradient: out };
    let loss = 0;
    const run = () => {
      loss = k.crossEntropy(x, labels, options);
    };
    return { run, loss: () => loss, gradient: () => out };
  },
  argmax(k, { x }, layout) {
    let ids;
    const run = () => {
      ids = k.argmax(x, layout);
    };
    return { run, indices: () => ids };
  },
  topK(k, { x }, layout) {
    let best;
    const run = () => {
      best = k.topK(x, K, layout);
    };
    return { run, indices: () => best.indices };
  },
  sample(k, { x }, layout) {
    const options = { ...layout, seed: 1 };
    let drawn;
    const run = () => {
      drawn = k.sample(x, options);
    };
    return { run, sample: () => drawn };
  },
};
