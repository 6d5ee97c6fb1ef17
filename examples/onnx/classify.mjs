// What a picture shows: the five most probable classes of an image classifier.
//
//   node classify.mjs MODEL.onnx PICTURE.ppm NAMES.txt [onnxruntime-web]      a name a line
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { topK } from 'softmax-simd';
import { readPicture } from './picture.mjs';
import { runModel } from './run-model.mjs';

/** @param {{ data: Float32Array, dims: readonly number[] }} logits [1, classes] */
export function mostProbable({ data, dims }, count = 5) {
  const { values, indices } = topK({ data, dims }, Math.min(count, dims[1]), { values: 'probabilities' });
  return Array.from(indices, (id, i) => ({ id, probability: values[i] }));
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [, , model, picture, namesPath, runtime = 'onnxruntime-node'] = argv;
  const names = readFileSync(namesPath, 'utf8').trim().split('\n');
  for (const { id, probability } of mostProbable(await runModel(model, readPicture(picture), runtime))) {
    console.log(`${(100 * probability).toFixed(2).padStart(6)} %  ${names[id]}`);
  }
}
