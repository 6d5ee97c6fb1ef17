// What one writes in plain JavaScript, in two kinds: with the sum and the intermediate results in JavaScript's
// own float64, and in float32 throughout (but for Math.exp), as a library in float32 has it.

const same = (value) => value;

/** @param {(value: number) => number} round of every sum and difference */
function naive(name, round) {
  /** Writes exp(x − max) into `out`. */
  function exponentials(x, start, cols, out) {
    let max = Number.NEGATIVE_INFINITY;
    for (let j = start; j < start + cols; j++) if (x[j] > max) max = x[j];
    let sum = 0;
    for (let j = start; j < start + cols; j++) {
      const y = round(Math.exp(round(x[j] - max)));
      out[j] = y;
      sum = round(sum + y);
    }
    return { max, sum };
  }

  function eachRow(x, cols, use) {
    const out = new Float32Array(x.length);
    for (let start = 0, r = 0; start < x.length; start += cols, r++) {
      use(exponentials(x, start, cols, out), r, start, out);
    }
    return out;
  }

  const softmax = ({ x, cols }) =>
    eachRow(x, cols, ({ sum }, _, start, out) => {
      for (let j = start; j < start + cols; j++) out[j] /= sum;
    });
  const logSoftmax = ({ x, cols }) =>
    eachRow(x, cols, ({ max, sum }, _, start, out) => {
      const logSum = round(Math.log(sum));
      for (let j = start; j < start + cols; j++) out[j] = round(x[j] - max) - logSum;
    });
  const logSumExp = ({ x, cols }) => {
    const result = new Float32Array(x.length / cols);
    eachRow(x, cols, ({ max, sum }, r) => {
      result[r] = max + round(Math.log(sum));
    });
    return result;
  };
  const crossEntropy = ({ x, labels, cols }) => {
    const result = new Float32Array(labels.length);
    eachRow(x, cols, ({ max, sum }, r, start) => {
      result[r] = round(Math.log(sum)) - round(x[start + labels[r]] - max);
    });
    return result;
  };
  return { name, run: { softmax, logSoftmax, logSumExp, crossEntropy } };
}

export const naiveContenders = [naive('naive JS', same), naive('naive float32', Math.fround)];
