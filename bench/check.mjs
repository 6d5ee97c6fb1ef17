// Runs a contender once and compares it with the oracle.
import { importTypeScript } from './accuracy/typescript.mjs';
import { crossEntropyOracle, gradientError, maxSteps, softmaxOracle, steps } from './oracle.mjs';

const { ACCURACY } = await importTypeScript('src/raw/accuracy.ts');
/** What the package promises of every backend: steps of probabilities and of a reduced loss, and of gradients. */
const PROMISED = {
  probabilities: Math.max(...Object.values(ACCURACY.steps)),
  loss: ACCURACY.reducedLoss,
  gradient: ACCURACY.gradient,
};
/** Nobody is timed who computes something else: to 1e-3, as ONNX asks; the float32 mean of 10^6 losses to 1e-2. */
const SANE = { probabilities: 8192, loss: 65536, gradient: 8192 };

/** The expected results of one operation, computed once for all contenders. */
export function makeOracle(input, operation) {
  if (operation === 'copy') return { probabilities: input.x };
  if (operation === 'softmax') return { probabilities: softmaxOracle(input) };
  return crossEntropyOracle(input);
}

/**
 * @param {import('./contenders.mjs').Candidate} contender
 * @returns {Promise<{ error: Record<string, number>, wrong: string[], beyond: string[] }>} the worst error of each
 *   result, what is wrong, and what is right but beyond the promised bounds
 */
export async function check(contender, oracle, input) {
  await contender.run();
  /** @type {Record<string, number>} */
  const error = {};
  if (contender.probabilities) {
    const actual = contender.probabilities();
    // A runtime that keeps the result in its own memory may hand out only its beginning.
    const all = oracle.probabilities;
    error.probabilities = maxSteps(actual, contender.partial ? all.subarray(0, actual.length) : all);
  }
  if (contender.loss) error.loss = steps(Math.fround(contender.loss()), Math.fround(oracle.loss));
  if (contender.gradient) {
    // Others lose the gradient of a row whose label is nearly certain, so theirs is measured against 1 / rows.
    const least = contender.ours ? 0 : 1 / input.rows;
    error.gradient = gradientError(contender.gradient(), oracle.gradient, input.cols, least);
  }
  const { name, placement, operation, ours } = contender;
  const where = `${name}, ${placement}, ${operation} ${input.rows}x${input.cols}`;
  const over = (bounds) =>
    Object.keys(error)
      .filter((result) => !(error[result] <= bounds[result]))
      .map((result) => `${where}: ${result} off by ${error[result]}, at most ${bounds[result]} expected`);
  const wrong = over(SANE);
  return { error, wrong, beyond: ours && wrong.length === 0 ? over(PROMISED) : [] };
}
