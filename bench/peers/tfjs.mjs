// tfjs-backend-wasm: XNNPACK compiled to Wasm with SIMD, kept to one thread.
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

export async function loadTfjs() {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setThreadsCount(1);
  await tf.setBackend('wasm');
  await tf.ready();
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  if (tf.getBackend() !== 'wasm' || !simd) throw new Error('no Wasm SIMD');
}

/** Along axis 1 of a tensor of rank 4 by hand, as tfjs knows only the last axis. */
function softmaxAlong(x) {
  return tf.tidy(() => tf.transpose(tf.softmax(tf.transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2]));
}

/** @returns {import('../contenders.mjs').Candidate[]} */
export function tfjs({ x, labels, rows, cols, shape = [rows, cols] }, operation) {
  const contender = { name: 'tfjs-wasm', operation };
  const logits = tf.tensor(x, shape);
  const softmax = shape.length === 2 ? tf.softmax : softmaxAlong;
  // The label of each row as an index into all probabilities: tf.gather along one axis is all there is.
  const indices = tf.tensor1d(
    labels.map((label, row) => row * cols + label),
    'int32',
  );
  const free = () => tf.dispose([logits, indices]);
  if (operation === 'softmax') {
    let out;
    const run = () => softmax(logits).dispose();
    const probabilities = () => tf.tidy(() => softmax(logits).dataSync());
    const runCopied = () => {
      const input = tf.tensor(x, shape);
      const output = softmax(input);
      out = output.dataSync();
      tf.dispose([input, output]);
    };
    return [
      { ...contender, placement: 'in place', run, probabilities, free },
      { ...contender, placement: 'copied', run: runCopied, probabilities: () => out },
    ];
  }
  if (operation !== 'crossEntropy' || shape.length > 2) {
    free();
    return []; // its gradients are a tape over many kernels, not an operation
  }
  let loss = 0;
  const mean = (input) =>
    tf.neg(tf.mean(tf.gather(tf.reshape(tf.logSoftmax(input), [-1]), indices))).dataSync()[0];
  const run = () => {
    loss = tf.tidy(() => mean(logits));
  };
  const runCopied = () => {
    loss = tf.tidy(() => mean(tf.tensor(x, shape)));
  };
  return [
    { ...contender, placement: 'in place', run, loss: () => loss, free },
    { ...contender, placement: 'copied', run: runCopied, loss: () => loss },
  ];
}
