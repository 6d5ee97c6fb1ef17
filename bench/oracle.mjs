// The float64 reference that every contender is checked against before it is timed.

/** Σ exp(x − max) of a row, compensated (Neumaier). */
function sumExp(x, start, cols, max) {
  let sum = 0;
  let rest = 0;
  for (let i = start; i < start + cols; i++) {
    const term = Math.exp(x[i] - max);
    const next = sum + term;
    rest += sum >= term ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + rest;
}

function maxOf(x, start, cols) {
  let max = x[start];
  for (let i = start + 1; i < start + cols; i++) if (x[i] > max) max = x[i];
  return max;
}

/** Correctly rounded float32 probabilities. */
export function softmaxOracle({ x, rows, cols }) {
  const p = new Float32Array(x.length);
  for (let start = 0; start < rows * cols; start += cols) {
    const max = maxOf(x, start, cols);
    const sum = sumExp(x, start, cols, max);
    for (let i = start; i < start + cols; i++) p[i] = Math.exp(x[i] - max) / sum;
  }
  return p;
}

/** Log-probabilities and log-sum-exp, in float64. */
export function logOracle({ x, rows, cols }) {
  const logProbabilities = new Float64Array(x.length);
  const logSumExp = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const max = maxOf(x, start, cols);
    // What is left of the sum without one largest term, which is 1: not by subtraction.
    let others = 0;
    let isFirst = true;
    for (let i = start; i < start + cols; i++) {
      if (isFirst && x[i] === max) isFirst = false;
      else others += Math.exp(x[i] - max);
    }
    const logSum = Math.log1p(others);
    logSumExp[row] = max + logSum;
    for (let i = start; i < start + cols; i++) logProbabilities[i] = x[i] - max - logSum;
  }
  return { logProbabilities, logSumExp };
}

/** The indices of the k largest elements of each row, descending, the first of equals first. */
export function largestOracle({ x, rows, cols }, k) {
  const indices = new Int32Array(rows * k);
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const comesBefore = (i, j) => x[start + i] > x[start + j] || (x[start + i] === x[start + j] && i < j);
    let last = -1;
    for (let rank = 0; rank < k; rank++) {
      let best = -1;
      for (let i = 0; i < cols; i++) {
        if (last >= 0 && !comesBefore(last, i)) continue;
        if (best < 0 || comesBefore(i, best)) best = i;
      }
      indices[row * k + rank] = best;
      last = best;
    }
  }
  return indices;
}

/** Mean cross-entropy in nats and its gradient. */
export function crossEntropyOracle({ x, labels, rows, cols }) {
  const gradient = new Float64Array(x.length);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const max = maxOf(x, start, cols);
    const sum = sumExp(x, start, cols, max);
    const label = start + labels[row];
    let others = 0; // 1 − p of the label, times sum: not by subtraction, which would cancel for p near 1
    for (let i = start; i < start + cols; i++) {
      const y = Math.exp(x[i] - max);
      if (i !== label) others += y;
      gradient[i] = y / sum / rows;
    }
    gradient[label] = -others / sum / rows;
    loss += x[label] === max ? Math.log1p(others) : Math.log(sum) + max - x[label];
  }
  return { loss: loss / rows, gradient };
}

const SMALLEST_NORMAL = 2 ** -126;
const value = new Float32Array(1);
const bits = new Int32Array(value.buffer);

/** Position of a float32 among all float32 values, so that neighbours differ by 1. */
function position(number) {
  value[0] = number;
  return bits[0] < 0 ? -2147483648 - bits[0] : bits[0];
}

/** How many float32 values lie between two numbers; NaN counts as infinitely far. */
export function steps(actual, expected) {
  if (Number.isNaN(actual) || Number.isNaN(expected)) return Object.is(actual, expected) ? 0 : Infinity;
  return Math.abs(position(actual) - position(expected));
}

/** The largest distance in steps; probabilities that should lie below the smallest normal number may be 0. */
export function maxSteps(actual, expected, mayFlush = true) {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    if (mayFlush && expected[i] < SMALLEST_NORMAL && actual[i] < SMALLEST_NORMAL) continue;
    const distance = steps(actual[i], expected[i]);
    if (!(distance <= worst)) worst = distance;
  }
  return worst;
}

/** The largest error of a gradient, in units of 2^-23 of the largest entry of its row (of `least`, if larger). */
export function gradientError(actual, expected, cols, least = 0) {
  let worst = 0;
  for (let start = 0; start < expected.length; start += cols) {
    let largest = 0;
    let error = 0;
    for (let i = start; i < start + cols; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      const distance = Math.abs(actual[i] - expected[i]);
      if (!(distance <= error)) error = distance;
    }
    if (error > 0 || Number.isNaN(error)) {
      const relative = error / Math.max(largest, least) / 2 ** -23;
      if (!(relative <= worst)) worst = relative;
    }
  }
  return worst;
}

/** The largest distance in units in the last place of max(1, |expected|), in float32. */
export function maxUnits(actual, expected) {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    const size = Math.max(1, Math.abs(expected[i]));
    const distance = Math.abs(actual[i] - Math.fround(expected[i])) / 2 ** (Math.floor(Math.log2(size)) - 23);
    if (!(distance <= worst)) worst = distance;
  }
  return worst;
}

/** How many elements are others. */
export function differing(actual, expected) {
  let count = Math.abs(actual.length - expected.length);
  for (let i = 0; i < expected.length; i++) if (actual[i] !== expected[i]) count++;
  return count;
}

/**
 * By how many standard errors the mean log-probability of what was drawn is off: of each row's draw it is the row's
 * negative entropy.
 */
export function drawError(ids, logProbabilities, cols) {
  let difference = 0;
  let variance = 0;
  for (let row = 0; row < ids.length; row++) {
    let mean = 0;
    let square = 0;
    for (let i = row * cols; i < (row + 1) * cols; i++) {
      const p = Math.exp(logProbabilities[i]);
      if (p === 0) continue;
      mean += p * logProbabilities[i];
      square += p * logProbabilities[i] ** 2;
    }
    difference += logProbabilities[row * cols + ids[row]] - mean;
    variance += square - mean * mean;
  }
  return Math.abs(difference) / Math.sqrt(variance);
}
