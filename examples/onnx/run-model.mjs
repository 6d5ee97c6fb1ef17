// Runs a model of one input and one output on a picture.
import { readFileSync } from 'node:fs';
import { toPlanes } from './picture.mjs';

/**
 * @param {string} path of the model
 * @param {'onnxruntime-node' | 'onnxruntime-web'} runtime
 * @returns {Promise<{ data: Float32Array, dims: readonly number[] }>} logits
 */
export async function runModel(path, picture, runtime) {
  const { InferenceSession, Tensor } = await import(runtime);
  const session = await InferenceSession.create(readFileSync(path), { logSeverityLevel: 3 });
  const shape = [1, 3, picture.height, picture.width];
  const input = new Tensor('float32', toPlanes(picture), shape);
  const results = await session.run({ [session.inputNames[0]]: input });
  return results[session.outputNames[0]];
}
