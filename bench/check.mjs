// Runs a contender once and compares it with the oracle.
import { importTypeScript } from './accuracy/typescript.mjs';
import { K, shapeText } from './data.mjs';
import {
  crossEntropyOracle,
  differing,
  drawError,
  gradientError,
  largestOracle,
  logOracle,
  maxSteps,
  maxUnits,
  softmaxOracle,
  steps,
} from './oracle.mjs';

const { ACCURACY } = await importTypeScript('src/raw/accuracy.ts');
const { toRows } = await importTypeScript('test/support/lanes.ts');
const STEPS = Math.max(...Object.values(ACCURACY.steps));
/** What the package promises of every backend: steps of each element and of a reduced loss, and of gradients. */
const PROMISED = {
  ...{ probabilities: STEPS, logProbabilities: STEPS, logSumExp: STEPS, logProbs: STEPS },
  ...{ loss: ACCURACY.reducedLoss, gradient: ACCURACY.gradient },
};
/** Nobody is timed who computes something else: to 1e-3, as ONNX asks; the float32 mean of 10^6 losses to 1e-2. */
const SANE = {
  ...{ probabilities: 8192, logProbabilities: 8192, logSumExp: 8192, logProbs: 8192 },
  ...{ loss: 65536, gradient: 8192, indices: 0, draws: 6 },
};

/** The expected results of one operation, of rows, computed once for all contenders. */
export function makeOracle(input, operation) {
  if (operation === 'copy') return { probabilities: input.x };
  const rows = { ...input, x: asRows(input.x, input) };
  if (operation === 'softmax') return { probabilities: softmaxOracle(rows) };
  if (operation === 'argmax') return { indices: largestOracle(rows, 1) };
  if (operation === 'topK') return { indices: largestOracle(rows, K) };
  return operation.startsWith('crossEntropy') ? crossEntropyOracle(rows) : logOracle(rows);
}

/** Elements of rows one after the other, which along an axis lie side by side. */
function asRows(values, { outer, inner }) {
  return inner > 1 ? toRows(values, outer, inner) : values;
}

/** Of each result, its errors by name. */
const ERRORS = {
  probabilities(actual, { probabilities }, { operation, partial }, input) {
    // A runtime that keeps the result in its own memory may hand out only its beginning.
    if (partial) return { probabilities: maxSteps(actual, probabilities.subarray(0, actual.length)) };
    const rows = operation === 'copy' ? actual : asRows(actual, input);
    return { probabilities: maxSteps(rows, probabilities) };
  },
  logProbabilities: (actual, oracle, { ours }, input) => ({
    logProbabilities: logError(ours, asRows(actual, input), oracle.logProbabilities),
  }),
  logSumExp: (actual, { logSumExp }) => ({ logSumExp: maxUnits(actual, logSumExp) }),
  loss: (actual, { loss }) => ({ loss: steps(Math.fround(actual), Math.fround(loss)) }),
  // Others lose the gradient of a row whose label is nearly certain, so theirs is measured against 1 / rows.
  gradient: (actual, { gradient }, { ours }, input) => ({
    gradient: gradientError(asRows(actual, input), gradient, input.cols, ours ? 0 : 1 / input.rows),
  }),
  indices: (actual, { indices }) => ({ indices: differing(actual, indices) }),
  sample({ ids, logProbs }, { logProbabilities }, { ours }, { cols }) {
    const expected = Float64Array.from(ids, (id, row) => logProbabilities[row * cols + id]);
    return {
      logProbs: logError(ours, logProbs, expected),
      draws: drawError(ids, logProbabilities, cols),
    };
  },
};

/** Others lose log-probabilities near 0, so theirs are measured against 1. */
const logError = (ours, actual, expected) =>
  ours ? maxSteps(actual, Float32Array.from(expected), false) : maxUnits(actual, expected);

/**
 * @param {import('./contenders.mjs').Candidate} contender
 * @returns {Promise<{ error: Record<string, number>, wrong: string[], beyond: string[] }>} the worst error of each
 *   result, what is wrong, and what is right but beyond the promised bounds
 */
export async function check(contender, oracle, input) {
  await contender.run();
  /** @type {Record<string, number>} */
  const error = {};
  for (const [result, errors] of Object.entries(ERRORS)) {
    if (contender[result]) Object.assign(error, errors(contender[result](), oracle, contender, input));
  }
  const { name, placement, operation, ours } = contender;
  const where = `${name}, ${placement}, ${operation} ${shapeText(input)}`;
  const over = (bounds) =>
    Object.keys(error)
      .filter((result) => result in bounds && !(error[result] <= bounds[result]))
      .map((result) => `${where}: ${result} off by ${error[result]}, at most ${bounds[result]} expected`);
  const wrong = over(SANE);
  return { error, wrong, beyond: ours && wrong.length === 0 ? over(PROMISED) : [] };
}
