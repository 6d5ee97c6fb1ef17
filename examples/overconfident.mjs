// A classifier that is too sure of itself, and what a temperature makes of it. Small pictures of five shapes are
// learned by heart: right on nearly all that it has seen, wrong more often on new ones, and as sure of those.
// Everything is seeded and made of + − × ÷ and square roots: `simd` gives the same bits on every machine.
//
//   node examples/overconfident.mjs [FOLDER]     writes logits.npy and labels.npy of the new pictures there
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSync } from 'softmax-simd';

const SHAPES = ['disc', 'square', 'ring', 'cross', 'triangle'];
const SIDE = 10;
const PIXELS = SIDE * SIDE;
const HIDDEN = 48;
const SEEN = 150;
const NEW = 1500;
const STEPS = 250;
const RATE = 0.004;
const NOISE = 0.32;

/** Uniform numbers from 0 to 1: a linear congruential generator. */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Whether a shape of size 1 around the origin covers a point. */
function covers(shape, x, y) {
  const [across, down] = [Math.abs(x), Math.abs(y)];
  const far = x * x + y * y;
  if (shape === 'disc') return far < 1;
  if (shape === 'square') return across < 0.85 && down < 0.85;
  if (shape === 'ring') return far < 1 && far > 0.3;
  if (shape === 'cross') return (across < 0.3 && down < 1) || (down < 0.3 && across < 1);
  return y < 0.8 && y > 2 * across - 1;
}

/** Pictures `[count, PIXELS]` of shapes somewhere, of some size, under noise. */
function drawPictures(random, count) {
  const pictures = new Float64Array(count * PIXELS);
  const labels = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    labels[row] = row % SHAPES.length;
    const [cx, cy, size] = [3.5 + 2 * random(), 3.5 + 2 * random(), 2.4 + 1.4 * random()];
    for (let at = 0; at < PIXELS; at++) {
      const inside = covers(
        SHAPES[labels[row]],
        ((at % SIDE) - cx) / size,
        (Math.floor(at / SIDE) - cy) / size,
      );
      let normal = -6;
      for (let i = 0; i < 12; i++) normal += random();
      pictures[row * PIXELS + at] = Number(inside) - 0.4 + NOISE * normal;
    }
  }
  return { pictures, labels };
}

/** Weights `[ins, outs]`, with what Adam keeps of their gradients. */
function createLayer(random, ins, outs) {
  const reach = Math.sqrt(6 / ins);
  const weights = Float64Array.from({ length: ins * outs }, () => reach * (2 * random() - 1));
  return { ins, outs, weights, mean: new Float64Array(ins * outs), square: new Float64Array(ins * outs) };
}

function forward({ ins, outs, weights }, inputs, rows) {
  const outputs = new Float64Array(rows * outs);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < ins; i++) {
      const input = inputs[row * ins + i];
      if (input === 0) continue;
      for (let o = 0; o < outs; o++) outputs[row * outs + o] += input * weights[i * outs + o];
    }
  }
  return outputs;
}

/** A step of Adam (Kingma and Ba 2015); gives d(loss)/d(inputs). */
function backward(layer, inputs, byOutputs, rows, step) {
  const { ins, outs, weights, mean, square } = layer;
  const gradient = new Float64Array(ins * outs);
  const byInputs = new Float64Array(rows * ins);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < ins; i++) {
      for (let o = 0; o < outs; o++) {
        gradient[i * outs + o] += inputs[row * ins + i] * byOutputs[row * outs + o];
        byInputs[row * ins + i] += weights[i * outs + o] * byOutputs[row * outs + o];
      }
    }
  }
  const [meanShare, squareShare] = [1 - power(0.9, step), 1 - power(0.999, step)];
  for (let i = 0; i < weights.length; i++) {
    mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
    square[i] = 0.999 * square[i] + 0.001 * gradient[i] * gradient[i];
    weights[i] -= (RATE * (mean[i] / meanShare)) / (Math.sqrt(square[i] / squareShare) + 1e-8);
  }
  return byInputs;
}

/** By multiplication: `Math.pow` may differ from engine to engine. */
function power(base, exponent) {
  let result = 1;
  for (let i = 0; i < exponent; i++) result *= base;
  return result;
}

const relu = (values) => values.map((value) => (value > 0 ? value : 0));

function train(k, { pictures, labels }) {
  const random = createRandom(2);
  const [first, second] = [createLayer(random, PIXELS, HIDDEN), createLayer(random, HIDDEN, SHAPES.length)];
  const gradient = new Float32Array(SEEN * SHAPES.length);
  for (let step = 1; step <= STEPS; step++) {
    const hidden = relu(forward(first, pictures, SEEN));
    const logits = Float32Array.from(forward(second, hidden, SEEN));
    k.crossEntropy(logits, labels, { cols: SHAPES.length, gradient });
    const byHidden = backward(second, hidden, gradient, SEEN, step);
    backward(
      first,
      pictures,
      byHidden.map((value, i) => (hidden[i] > 0 ? value : 0)),
      SEEN,
      step,
    );
  }
  return (inputs, rows) => Float32Array.from(forward(second, relu(forward(first, inputs, rows)), rows));
}

/** A .npy file, version 1.0. */
function npy(values, descr, shape) {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const header = `${dict.padEnd(64 * Math.ceil((dict.length + 11) / 64) - 11)}\n`;
  const prefix = Uint8Array.of(0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 255, header.length >> 8);
  return Buffer.concat([prefix, Buffer.from(header), Buffer.from(values.buffer)]);
}

const k = loadSync({ backend: 'simd' });
const cols = SHAPES.length;
const seen = drawPictures(createRandom(1), SEEN);
const classify = train(k, seen);
const { pictures, labels } = drawPictures(createRandom(3), NEW);
const logits = classify(pictures, NEW);
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const learned = k.calibration(classify(seen.pictures, SEEN), seen.labels, { cols });
console.log(`${SEEN} pictures seen: ${percent(learned.accuracy)} right`);
const { temperature } = k.fitTemperature(logits, labels, { cols });
for (const t of [1, temperature]) {
  const { accuracy, ece } = k.calibration(logits, labels, { cols, temperature: t });
  console.log(
    `${NEW} new ones at T = ${t.toFixed(3)}: ${percent(accuracy)} right, calibration error ${percent(ece)}`,
  );
}
const folder = process.argv[2];
if (folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'logits.npy'), npy(logits, '<f4', [NEW, cols]));
  writeFileSync(join(folder, 'labels.npy'), npy(labels, '<i4', [NEW]));
}
k.close();
