// Every operation: what it takes, by kind of argument, and what is right, in float64.
// [name, kind] of the arguments; [name, kind] of the options; `right(arguments, options)`, which gives results to be
// compared within the promised bounds, or `fault(result, arguments, options)`, which says what is amiss with one.
import { importTypeScript } from '../../bench/accuracy/typescript.mjs';
import * as faults from './faults.mjs';

const oracle = await importTypeScript('test/oracle/float64.ts');
const gradients = await importTypeScript('test/oracle/gradients.ts');
const labelled = await importTypeScript('test/oracle/labelled.ts');
const select = await importTypeScript('test/oracle/select.ts');
const statistics = await importTypeScript('test/oracle/stats.ts');

const ROW_OPTIONS = { cols: 'cols', temperature: 'scale', beta: 'scale' };
const ELEMENT_OPTIONS = { temperature: 'scale', beta: 'scale', out: 'out' };

/** The loss of crossEntropy or binaryCrossEntropy, as reduced, and its gradient. */
function reduced({ losses, gradient, divisor, ...wanted }, { reduction = 'mean', cols = gradient.length }) {
  const by = reduction === 'mean' ? divisor : 1;
  const loss = reduction === 'none' ? { rows: losses } : { loss: wanted[reduction] };
  return { ...loss, gradient: { values: gradient.map((value) => value / by), cols } };
}

/** A gradient without a loss. */
const slopes = (values, { cols = values.length }) => ({ slopes: { values, cols } });

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
    args: { logProbs: 'logProbs', labels: 'labels' },
    options: {
      cols: 'cols',
      reduction: 'reduction',
      weight: 'weight',
      ignoreIndex: 'index',
      gradient: 'out',
    },
    right: ([x, labels], options) => reduced(labelled.nllLoss(x, labels, options), options),
  },
  binaryCrossEntropy: {
    args: { logits: 'logits', target: 'shares' },
    options: { ...ROW_OPTIONS, reduction: 'reduction', posWeight: 'posWeight', gradient: 'out' },
    right: ([x, target], options) => reduced(oracle.binaryCrossEntropy(x, target, options), options),
  },
  softmaxGradient: {
    args: { p: 'shares', dp: 'logits' },
    options: { ...ROW_OPTIONS, out: 'out' },
    right: ([p, dp], options) => slopes(gradients.softmaxGradient(p, dp, options), options),
  },
  logSoftmaxGradient: {
    args: { logP: 'logProbs', dLogP: 'logits' },
    options: { ...ROW_OPTIONS, out: 'out' },
    right: ([p, dp], options) => slopes(gradients.logSoftmaxGradient(p, dp, options), options),
  },
  sigmoidGradient: {
    args: { p: 'shares', dp: 'logits' },
    options: ELEMENT_OPTIONS,
    right: ([p, dp], options) => slopes(gradients.sigmoidGradient(p, dp, options), { cols: 1 }),
  },
  argmax: {
    args: { x: 'logits' },
    options: { cols: 'cols' },
    refuses: 'nothing finite above',
    right: ([x], options) => ({ same: select.argmax(x, options) }),
  },
  hardmax: {
    args: { x: 'logits' },
    options: { cols: 'cols', out: 'out' },
    right: ([x], options) => ({ same: select.hardmax(x, options) }),
  },
  topK: {
    args: { x: 'logits', k: 'k' },
    options: { cols: 'cols' },
    refuses: true,
    right: ([x, k], options) => select.topK(x, k, options),
  },
  sample: {
    args: { logits: 'logits' },
    options: { ...ROW_OPTIONS, topK: 'k', topP: 'share', minP: 'share', seed: 'count', firstRow: 'count' },
    refuses: true,
    fault: faults.ofSample,
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
    fault: faults.ofPerplexity,
  },
  rowStats: {
    args: { x: 'logits' },
    options: { ...ROW_OPTIONS },
    right: ([x], options) => ({ stats: statistics.rowStats(x, options) }),
  },
  softmaxFrom: {
    args: { x: 'logits', stats: 'stats' },
    options: { cols: 'cols', out: 'out' },
    right: ([x, stats], options) => ({ flushed: statistics.softmaxFrom(x, stats, options) }),
  },
  mergeStats: {
    args: { a: 'stats', b: 'stats' },
    right: ([a, b]) => ({ stats: statistics.mergeStats(a, b) }),
  },
  fitTemperature: {
    args: { logits: 'logits', labels: 'labels' },
    options: { cols: 'cols', ignoreIndex: 'index' },
    refuses: true,
    fault: faults.ofTemperature,
  },
  fitTemperatureBatches: {
    args: { batches: 'batches' },
    options: { cols: 'cols', ignoreIndex: 'index' },
    // What the batches hold.
    names: ['logits', 'labels'],
    refuses: true,
    fault: faults.ofTemperatureBatches,
  },
  calibration: {
    args: { logits: 'logits', labels: 'labels' },
    options: { ...ROW_OPTIONS, bins: 'bins', ignoreIndex: 'index' },
    refuses: true,
    fault: faults.ofCalibration,
  },
};
