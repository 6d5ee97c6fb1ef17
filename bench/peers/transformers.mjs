// The softmax of @huggingface/transformers, the function its pipelines call: one row at a time, a new array each.
// It is not exported, so its file is imported by path; that file imports nothing itself.
import { softmax } from './node_modules/@huggingface/transformers/src/utils/maths.js';

/** @returns {import('../contenders.mjs').Candidate[]} */
export function transformers({ x, rows, cols, shape }, operation) {
  if (operation !== 'softmax' || shape) return [];
  const out = new Float32Array(x.length);
  const run = () => {
    for (let start = 0; start < rows * cols; start += cols) {
      out.set(softmax(x.subarray(start, start + cols)), start);
    }
  };
  return [{ name: 'transformers.js', operation, placement: 'arrays', run, probabilities: () => out }];
}
