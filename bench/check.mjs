// Runs a contender once and compares it with the oracle.
import { crossEntropyOracle, gradientError, maxSteps, softmaxOracle, steps } from './oracle.mjs';

/** What API.md promises: steps of probabilities, of a reduced loss, and gradient units of 2^-23. */
const OUR_BOUNDS = { probabilities: 2, loss: 4, gradient: 4 };
/** Of others only that they compute the right thing: to 1e-3, as ONNX asks; a float32 mean of 10^6 losses to 1e-2. */
const OTHERS_BOUNDS = { probabilities: 8192, loss: 65536, gradient: 8192 };

/** The expected results of one operation, computed once for all contenders. */
export function makeOracle(input, operation) {
  if (operation === 'copy') return { probabilities: input.x };
  if (operation === 'softmax') return { probabilities: softmaxOracle(input) };
  return crossEntropyOracle(input);
}

/**
 * @param {import('./contenders.mjs').Candidate} contender
 * @returns {Promise<Record<string, number>>} the worst error of each result
 */
export async function check(contender, oracle, input) {
  await contender.run();
  /** @type {Record<string, number>} */
  const error = {};
  if (contender.probabilities) {
    const actual = contender.probabilities();
    // A runtime that keeps the result in its own memory may hand out only its beginning.
    const expected = contender.partial
      ? oracle.probabilities.subarray(0, actual.length)
      : oracle.probabilities;
    error.probabilities = maxSteps(actual, expected);
  }
  if (contender.loss) error.loss = steps(Math.fround(contender.loss()), Math.fround(oracle.loss));
  if (contender.gradient) {
    // Others lose the gradient of a row whose label is nearly certain, so theirs is measured against 1 / rows.
    const least = contender.ours ? 0 : 1 / input.rows;
    error.gradient = gradientError(contender.gradient(), oracle.gradient, input.cols, least);
  }
  const bounds = contender.ours ? OUR_BOUNDS : OTHERS_BOUNDS;
  for (const [result, worst] of Object.entries(error)) {
    if (!(worst <= bounds[result])) {
      const { name, placement, operation } = contender;
      const where = `${name}, ${placement}, ${operation} ${input.rows}x${input.cols}`;
      throw new Error(`${where}: ${result} off by ${worst}, at most ${bounds[result]} expected`);
    }
  }
  return error;
}
