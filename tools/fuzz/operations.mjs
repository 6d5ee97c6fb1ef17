// Every operation: what it takes, by kind of argument, and what is right, in float64.
// [name, kind] of the arguments; [name, kind] of the options; `right(arguments, options)`, which gives results to be
// compared within the promised bounds, or nothing where other backends are the only judge.
import { importTypeScript } from '../../bench/accuracy/typescript.mjs';

const oracle = await importTypeScript('test/oracle/float64.ts');

const ROW_OPTIONS = { cols: 'cols', temperature: 'scale', beta: 'scale' };
const ELEMENT_OPTIONS = { temperature: 'scale', beta: 'scale', out: 'out' };

/** The loss of crossEntropy or binaryCrossEntropy, as reduced, and its gradient. */
function reduced({ losses, gradient, divisor, ...wanted }, { reduction = 'mean', cols = gradient.length }) {
  const by = reduction === 'mean' ? divisor : 1;
  const loss = reduction === 'none' ? { rows: losses } : { loss: wanted[reduction] };
  return { ...loss, gradient: { values: gradient.map((value) => value / by), cols } };
}

const firstLargest = (row) => row.indexOf(Math.max(...row));

/** Calls `f` with each row. */
function rowsOf(x, { cols = x.length }, f) {
  const rows = cols === 0 ? 0 : x.length / cols;
  return Array.from({ length: rows }, (_, row) => f([...x.slice(row * cols, (row + 1) * cols)], row));
}

function topKOf(x, k, options) {
  const lists = rowsOf(x, options, (row) =>
    row
      .map((value, i) => [value, i])
      .sort((a, b) => b[0] - a[0] || a[1] - b[1])
      .slice(0, k),
  );
  return {
    values: lists.flatMap((list) => list.map(([value]) => value)),
    indices: lists.flatMap((list) => list.map(([, i]) => i)),
  };
}

export const OPERATIONS = {
  softmax: {
    args: { x: 'logits' },
    options: { ...ROW_OPTIONS, out: 'out', mask: 'mask' },
    right: ([x], options) => ({ flushed: oracle.softmax(x, options) }),
  },
  logSoftmax: {
    args: { x: 'logits' },
    options: { ...ROW_OPTIONS, out: 'out', mask: 'mask' },
    right: ([x], options) => ({ rows: oracle.logSoftmax(x, options) }),
  },
  logSumExp: {
    args: { x: 'logits' },
    options: { ...ROW_OPTIONS, out: 'outRows', mask: 'mask' },
    right: ([x], options) => ({ units: oracle.logSumExp(x, options) }),
  },
  sigmoid: {
    args: { x: 'logits' },
    options: ELEMENT_OPTIONS,
    right: ([x], options) => ({ flushed: oracle.sigmoid(x, options) }),
  },
  logSigmoid: {
    args: { x: 'logits' },
    options: ELEMENT_OPTIONS,
    right: ([x], options) => ({ flushed: oracle.logSigmoid(x, options) }),
  },
  crossEntropy: {
    args: { logits: 'logits', target: 'target' },
    options: {
      ...ROW_OPTIONS,
      reduction: 'reduction',
      weight: 'weight',
      ignoreIndex: 'index',
      labelSmoothing: 'share',
      zLoss: 'weighing',
      gradient: 'out',
    },
    right: ([x, target], options) =>
      reduced(
        oracle.crossEntropy(x, target, options, target instanceof Float32Array ? 'probabilities' : 'labels'),
        options,
      ),
  },
  nllLoss: {
    args: { logProbs: 'logits', labels: 'labels' },
    options: {
      cols: 'cols',
      reduction: 'reduction',
      weight: 'weight',
      ignoreIndex: 'index',
      gradient: 'out',
    },
  },
  binaryCrossEntropy: {
    args: { logits: 'logits', target: 'shares' },
    options: { ...ROW_OPTIONS, reduction: 'reduction', posWeight: 'posWeight', gradient: 'out' },
    right: ([x, target], options) => reduced(oracle.binaryCrossEntropy(x, target, options), options),
  },
  softmaxGradient: { args: { p: 'shares', dp: 'logits' }, options: { ...ROW_OPTIONS, out: 'out' } },
  logSoftmaxGradient: { args: { logP: 'shares', dLogP: 'logits' }, options: { ...ROW_OPTIONS, out: 'out' } },
  sigmoidGradient: { args: { p: 'shares', dp: 'logits' }, options: ELEMENT_OPTIONS },
  argmax: {
    args: { x: 'logits' },
    options: { cols: 'cols' },
    refuses: 'nothing finite above',
    right: ([x], options) => ({ same: rowsOf(x, options, firstLargest) }),
  },
  hardmax: { args: { x: 'logits' }, options: { cols: 'cols', out: 'out' } },
  topK: {
    args: { x: 'logits', k: 'k' },
    options: { cols: 'cols' },
    refuses: true,
    right: ([x, k], options) => topKOf(x, k, options),
  },
  sample: {
    args: { logits: 'logits' },
    options: { ...ROW_OPTIONS, topK: 'k', topP: 'share', minP: 'share', seed: 'count', firstRow: 'count' },
    refuses: true,
  },
  tokenLogProbs: {
    args: { logits: 'logits', labels: 'labels' },
    options: { ...ROW_OPTIONS, ignoreIndex: 'index', out: 'outRows' },
    right: ([x, labels], options) => ({
      rows: oracle.crossEntropy(x, labels, options).losses.map((loss) => 0 - loss),
    }),
  },
  perplexity: {
    args: { logits: 'logits', labels: 'labels' },
    options: { ...ROW_OPTIONS, ignoreIndex: 'index' },
  },
  rowStats: { args: { x: 'logits' }, options: { ...ROW_OPTIONS } },
  softmaxFrom: { args: { x: 'logits', stats: 'stats' }, options: { cols: 'cols', out: 'out' } },
  mergeStats: { args: { a: 'stats', b: 'stats' } },
  fitTemperature: {
    args: { logits: 'logits', labels: 'labels' },
    options: { cols: 'cols', ignoreIndex: 'index' },
    refuses: true,
  },
  calibration: {
    args: { logits: 'logits', labels: 'labels' },
    options: { ...ROW_OPTIONS, bins: 'bins', ignoreIndex: 'index' },
    refuses: true,
  },
};
