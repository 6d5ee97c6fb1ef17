/** The recipes for other libraries: tensors by their structure. */

import { expect, it } from 'vitest';
import { sample, softmax } from '../../src/index.ts';

it('a tensor of onnxruntime is its data and its last dimension', () => {
  const tensor = { type: 'float32', data: new Float32Array([1, 2, 3, 3, 2, 1]), dims: [1, 2, 3] };

  const { data, dims } = tensor;
  const { ids } = sample(data, { cols: dims.at(-1), temperature: 0 });

  expect([...ids]).toEqual([2, 0]);
});

it('a tensor of tfjs is its data and its last dimension', () => {
  const tensor = { shape: [2, 3], dataSync: () => new Float32Array([1, 1, 1, 0, 0, 0]) };

  const cols = tensor.shape.at(-1);
  const probabilities = softmax(tensor.dataSync(), { cols });

  expect([...probabilities].map((p) => p.toFixed(3))).toEqual(new Array(6).fill('0.333'));
});
