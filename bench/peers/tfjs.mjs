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

/** @returns {import('../contenders.mjs').Candidate[]} */
export function tfjs({ x, labels, rows, cols }, operation) {
  const contender = { name: 'tfjs-wasm', operation };
  const logits = tf.tensor2d(x, [rows, cols]);
  // The label of each row as an index into all probabilities: tf.gather along one axis is all there is.
  const indices = tf.tensor1d(
    labels.map((label, row) => row * cols + label),
    'int32',
  );
  const free = () => tf.dispose([logits, indices]);
  if (operation === 'softmax') {
    let out;
    const run = () => tf.softmax(logits).dispose();
    const probabilities = () => tf.tidy(() => tf.softmax(logits).dataSync());
    const runCopied = () => {
      const input = tf.tensor2d(x, [rows, cols]);
      const output = tf.softmax(input);
      out = output.dataSync();
      tf.dispose([input, output]);
    };
    return [
      { ...contender, placement: 'in place', run, probabilities, free },
      { ...contender, placement: 'copied', run: runCopied, probabilities: () => out },
    ];
  }
  if (operation !== 'crossEntropy') {
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
    loss = tf.tidy(() => mean(tf.tensor2d(x, [rows, cols])));
  };
  return [
    { ...contender, placement: 'in place', run, loss: () => loss, free },
    { ...contender, placement: 'copied', run: runCopied, loss: () => loss },
  ];
}
