// Small models of what the examples are for: each class has a colour that it answers to.
import {
  block,
  FLOAT,
  FLOAT16,
  INT64,
  integer,
  model,
  node,
  tensor,
  valueInfo,
} from '../../../bench/peers/onnx-model.mjs';

/** Logits [1, classes, height, width] of each pixel: w·colour + b, by a convolution of one pixel. */
export function segmentationModel(weights, bias, height, width) {
  const classes = bias.length;
  return model([
    block(1, node('Conv', ['pixels', 'weights', 'bias'], ['logits'])),
    block(2, 'segmentation'),
    block(5, tensor('weights', FLOAT, [classes, 3, 1, 1], Float32Array.from(weights.flat()))),
    block(5, tensor('bias', FLOAT, [classes], Float32Array.from(bias))),
    block(11, valueInfo('pixels', [1, 3, height, width])),
    block(12, valueInfo('logits', [1, classes, height, width])),
  ]);
}

/** Logits [1, classes] of the picture's mean colour. */
export function classifierModel(weights, height, width) {
  const classes = weights.length;
  const columns = [0, 1, 2].flatMap((colour) => weights.map((row) => row[colour]));
  return model([
    block(1, node('GlobalAveragePool', ['pixels'], ['mean'])),
    block(1, node('Flatten', ['mean'], ['colour'], [integer('axis', 1)])),
    block(1, node('MatMul', ['colour', 'weights'], ['logits'])),
    block(2, 'classifier'),
    block(5, tensor('weights', FLOAT, [3, classes], Float32Array.from(columns))),
    block(11, valueInfo('pixels', [1, 3, height, width])),
    block(12, valueInfo('logits', [1, classes])),
  ]);
}

/** Logits [rows, cols] as they go in, and the class of each row as int64. */
export function labelsModel(rows, cols) {
  return model([
    block(1, node('Identity', ['x'], ['logits'])),
    block(1, node('ArgMax', ['x'], ['labels'], [integer('axis', 1), integer('keepdims', 0)])),
    block(2, 'labels'),
    block(11, valueInfo('x', [rows, cols])),
    block(12, valueInfo('logits', [rows, cols])),
    block(12, valueInfo('labels', [rows], INT64)),
  ]);
}

/** Logits [rows, cols] in half precision, and the class of each row as int64. */
export function halfModel(rows, cols) {
  return model([
    block(1, node('Cast', ['x'], ['half'], [integer('to', FLOAT16)])),
    block(1, node('ArgMax', ['half'], ['labels'], [integer('axis', 1), integer('keepdims', 0)])),
    block(2, 'half'),
    block(11, valueInfo('x', [rows, cols])),
    block(12, valueInfo('half', [rows, cols], FLOAT16)),
    block(12, valueInfo('labels', [rows], INT64)),
  ]);
}
