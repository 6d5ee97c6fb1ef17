// A softmax classifier, trained by SGD and by Adam with the gradient that crossEntropy gives along with the loss.
// Everything is seeded and made of + − × ÷ and square roots: `simd` gives the same bits on every machine.
//
//   node examples/train.mjs
import { loadSync } from 'softmax-simd';

const ROWS = 300;
const FEATURES = 2;
const CLASSES = 3;
const STEPS = 200;
/** A feature that is always 1 stands for the bias. */
const INPUTS = FEATURES + 1;

/** Uniform numbers from 0 to 1: a linear congruential generator. */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Clouds of points around three centres, row by row; the row's number gives the class. */
function drawData(random) {
  const centres = [
    [2, 0],
    [-1, 1.75],
    [-1, -1.75],
  ];
  const inputs = new Float32Array(ROWS * INPUTS);
  const labels = new Int32Array(ROWS);
  for (let row = 0; row < ROWS; row++) {
    const label = row % CLASSES;
    for (let i = 0; i < FEATURES; i++) {
      const noise = random() + random() + random() + random() - 2;
      inputs[row * INPUTS + i] = centres[label][i] + 2 * noise;
    }
    inputs[row * INPUTS + FEATURES] = 1;
    labels[row] = label;
  }
  return { inputs, labels };
}

/** logits = inputs · weights */
function forward(inputs, weights, logits) {
  for (let row = 0; row < ROWS; row++) {
    for (let c = 0; c < CLASSES; c++) {
      let sum = 0;
      for (let i = 0; i < INPUTS; i++) sum += inputs[row * INPUTS + i] * weights[i * CLASSES + c];
      logits[row * CLASSES + c] = sum;
    }
  }
}

/** d(loss)/d(weights) = inputsᵀ · d(loss)/d(logits) */
function backward(inputs, byLogits, byWeights) {
  byWeights.fill(0);
  for (let row = 0; row < ROWS; row++) {
    for (let i = 0; i < INPUTS; i++) {
      for (let c = 0; c < CLASSES; c++) {
        byWeights[i * CLASSES + c] += inputs[row * INPUTS + i] * byLogits[row * CLASSES + c];
      }
    }
  }
}

const optimizers = {
  SGD: () => (weights, gradient) => {
    for (let i = 0; i < weights.length; i++) weights[i] -= 0.1 * gradient[i];
  },
  /** Kingma and Ba (2015), with their defaults but for the rate. */
  Adam: () => {
    const mean = new Float64Array(INPUTS * CLASSES);
    const square = new Float64Array(INPUTS * CLASSES);
    let meanShare = 1;
    let squareShare = 1;
    return (weights, gradient) => {
      meanShare *= 0.9;
      squareShare *= 0.999;
      for (let i = 0; i < weights.length; i++) {
        mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
        square[i] = 0.999 * square[i] + 0.001 * gradient[i] * gradient[i];
        const size = Math.sqrt(square[i] / (1 - squareShare)) + 1e-8;
        weights[i] -= (0.05 * (mean[i] / (1 - meanShare))) / size;
      }
    };
  },
};

/** Trains with one optimizer; the loss before each step, and the weights. */
export function train(k, name) {
  const { inputs, labels } = drawData(createRandom(1));
  const weights = new Float64Array(INPUTS * CLASSES);
  const byWeights = new Float64Array(INPUTS * CLASSES);
  const logits = k.alloc(ROWS * CLASSES);
  const target = k.alloc(ROWS, 'i32');
  target.set(labels);
  const update = optimizers[name]();
  const losses = [];
  for (let step = 0; step < STEPS; step++) {
    forward(inputs, weights, logits);
    // The gradient takes the logits' place.
    losses.push(k.crossEntropy(logits, target, { cols: CLASSES, gradient: logits }));
    backward(inputs, logits, byWeights);
    update(weights, byWeights);
  }
  k.free(logits);
  k.free(target);
  return { losses, weights };
}

/** A curve over columns of the terminal. */
function plot(losses, height = 10, width = 60) {
  const top = Math.max(...losses);
  const lines = [];
  for (let y = height; y > 0; y--) {
    let line = '';
    for (let x = 0; x < width; x++) {
      const loss = losses[Math.floor((x * losses.length) / width)];
      const filled = (loss / top) * height - (y - 1);
      line += filled <= 0 ? ' ' : '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor(filled * 8))];
    }
    lines.push(`${((y / height) * top).toFixed(2).padStart(6)} ${line}`);
  }
  return lines.join('\n');
}

/** FNV-1a over the bits of float64 numbers. */
function digest(values) {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(new Float64Array(values).buffer))
    hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

const k = loadSync({ backend: 'simd' });
for (const name of Object.keys(optimizers)) {
  const { losses, weights } = train(k, name);
  console.log(`${name}: cross-entropy of ${ROWS} points in ${CLASSES} classes, ${STEPS} steps\n`);
  console.log(plot(losses));
  console.log(`\nfrom ${losses[0].toFixed(6)} to ${losses.at(-1).toFixed(6)} nats`);
  console.log(`bits ${digest([...losses, ...weights])}\n`);
}
k.close();
