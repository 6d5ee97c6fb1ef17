// The contenders that need nothing but this package: naive JS, the copy, and our backends.
import { load, loadSync } from '../dist/index.js';
import { makeCopy } from './copy.mjs';
import { naiveCrossEntropy, naiveCrossEntropyGradient, naiveSoftmax } from './naive.mjs';

/** @typedef {ReturnType<typeof import('./data.mjs').makeInput>} Input */
/** @typedef {import('./measure.mjs').Contender & Results} Candidate */
/**
 * @typedef {object} Results what the last run produced
 * @property {() => Float32Array} [probabilities]
 * @property {boolean} [partial] whether probabilities gives only the first few
 * @property {() => number} [loss]
 * @property {() => Float32Array} [gradient]
 * @property {() => void} [free]
 */

const OURS = ['js', 'simd', 'relaxed-simd'];

/** Makes our kernels (all, or those named), and says which ones this engine cannot run. */
export function loadBackends(names = OURS) {
  /** @type {Map<string, any>} */
  const kernels = new Map();
  /** @type {{ name: string, reason: string }[]} */
  const skipped = [];
  for (const backend of names) {
    try {
      kernels.set(backend, loadSync({ backend }));
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

/** @param {Input} input @param {string} operation @returns {Candidate} */
export function naive({ x, labels, rows, cols }, operation) {
  const contender = { name: 'naive JS', operation, placement: 'arrays' };
  if (operation === 'softmax') {
    const out = new Float32Array(x.length);
    return { ...contender, run: () => naiveSoftmax(x, out, rows, cols), probabilities: () => out };
  }
  let loss = 0;
  if (operation === 'crossEntropy') {
    const run = () => {
      loss = naiveCrossEntropy(x, labels, rows, cols);
    };
    return { ...contender, run, loss: () => loss };
  }
  const gradient = new Float32Array(x.length);
  const run = () => {
    loss = naiveCrossEntropyGradient(x, labels, gradient, rows, cols);
  };
  return { ...contender, run, loss: () => loss, gradient: () => gradient };
}

/** Each backend, with its data in kernel memory ('in place') and in ordinary arrays ('copied'). */
export function backends(kernels, input, operations) {
  const { x, labels, cols } = input;
  const arrays = { x, labels, cols, out: new Float32Array(x.length) };
  return [...kernels].flatMap(([name, k]) => {
    const { free, ...views } = allocate(k, input);
    const candidates = operations.flatMap((operation) => [
      { ...call(k, operation, views), name, operation, placement: 'in place', ours: true },
      { ...call(k, operation, arrays), name, operation, placement: 'copied', ours: true },
    ]);
    candidates[0].free = free; // one set of views serves them all
    return candidates;
  });
}

function allocate(k, { x, labels, cols }) {
  const views = { x: k.alloc(x.length), out: k.alloc(x.length), labels: k.alloc(labels.length, 'i32') };
  views.x.set(x);
  views.labels.set(labels);
  const free = () => {
    for (const view of Object.values(views)) k.free(view);
  };
  return { ...views, cols, free };
}

function call(k, operation, { x, out, labels, cols }) {
  if (operation === 'softmax') {
    const options = { cols, out };
    return { run: () => k.softmax(x, options), probabilities: () => out };
  }
  const withGradient = operation !== 'crossEntropy';
  const options = withGradient ? { cols, gradient: out } : { cols };
  let loss = 0;
  const run = () => {
    loss = k.crossEntropy(x, labels, options);
  };
  return { run, loss: () => loss, gradient: withGradient ? () => out : undefined };
}
