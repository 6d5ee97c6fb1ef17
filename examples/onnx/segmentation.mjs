// What is where in a picture: of the logits of each pixel the class, as a colour that is as bright as the model is sure.
//
//   node segmentation.mjs MODEL.onnx PICTURE.ppm OUT.ppm [onnxruntime-web]
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { argmax, softmax } from 'softmax-simd';
import { readPicture, writePicture } from './picture.mjs';
import { runModel } from './run-model.mjs';

/** Black for class 0, the background; beyond that colours that differ in as many bits as can be (as PASCAL VOC's). */
function colourOf(id) {
  const colour = [0, 0, 0];
  for (let bit = 7, rest = id; rest > 0; bit--, rest >>= 3) {
    for (let part = 0; part < 3; part++) colour[part] |= ((rest >> part) & 1) << bit;
  }
  return colour;
}

/** @param {{ data: Float32Array, dims: readonly number[] }} logits [1, classes, height, width] */
export function toColours({ data, dims }) {
  const [, count, height, width] = dims;
  const along = { shape: dims, axis: 1 };
  const classes = argmax(data, along); // [1, height, width]
  const probabilities = softmax(data, along); // [1, classes, height, width]
  const colours = Array.from({ length: count }, (_, id) => colourOf(id));
  const rgb = new Uint8Array(3 * classes.length);
  classes.forEach((id, at) => {
    const p = probabilities[id * width * height + at];
    for (let part = 0; part < 3; part++) rgb[3 * at + part] = Math.round(p * colours[id][part]);
  });
  return { width, height, rgb, classes };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [, , model, picture, out, runtime = 'onnxruntime-node'] = argv;
  writePicture(out, toColours(await runModel(model, readPicture(picture), runtime)));
}
