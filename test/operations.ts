/** The operations in one shape, for tests that hold for all of them; a new operation is a new line here. */

import type { Kernels } from '../src/index.ts';

/** What `run` takes beside the data. */
export interface Call {
  cols: number;
  temperature?: number;
  beta?: number;
}

export interface Operation {
  name: string;
  /** Elements of the result: one for each of `x`, or one a row. */
  shape: 'elements' | 'rows';
  /** `out` gets the result where it is given, and may be `x` if the shape is 'elements'. */
  run(kernels: Kernels, x: Float32Array, labels: Int32Array, call: Call, out?: Float32Array): Float32Array;
}

export const operations: Operation[] = [
  { name: 'softmax', shape: 'elements', run: (k, x, _, call, out) => k.softmax(x, { ...call, out }) },
  { name: 'logSoftmax', shape: 'elements', run: (k, x, _, call, out) => k.logSoftmax(x, { ...call, out }) },
  { name: 'logSumExp', shape: 'rows', run: (k, x, _, call, out) => k.logSumExp(x, { ...call, out }) },
  {
    name: 'crossEntropy',
    shape: 'rows',
    run: (k, x, labels, call, out) => {
      const losses = k.crossEntropy(x, labels, { ...call, reduction: 'none' });
      // The losses of this operation have no place to be put.
      out?.set(losses);
      return out ?? losses;
    },
  },
  {
    name: "crossEntropy's gradient",
    shape: 'elements',
    run: (k, x, labels, call, out) => {
      const gradient = out ?? new Float32Array(x.length);
      k.crossEntropy(x, labels, { ...call, reduction: 'sum', gradient });
      return gradient;
    },
  },
];
