/**
 * A small network whose logits are watched while it learns: three inputs, two hidden layers of 32, three logits, the
 * last layer's weights zero, so that every path begins at the origin. Full batches.
 *
 * Everything is made of + − × ÷ and square roots in float64, and of the package's `simd`: a seed gives the same bits
 * on every engine and machine. No page here: Node runs it, too.
 */
import type { Kernels } from 'softmax-simd';
import { createNormal, createRandom } from '../random.ts';
import { createLayer, type Layer, layerBackward, layerForward } from './layer.ts';
import { createOptimizer, type OptimizerName } from './optimizers.ts';

export const CLASSES = 3;
const PER_CLASS = 20;
const POINTS: number = CLASSES * PER_CLASS;
const INPUTS = 3;
const HIDDEN = 32;
const NOISE = 0.75;

export interface TrainingOptions {
  readonly optimizer: OptimizerName;
  readonly seed: number;
  readonly rate: number;
  readonly steps: number;
  /** Called after each step with the number of steps done. */
  readonly onStep?: (done: number) => void;
}

export interface TrainingRun {
  readonly points: number;
  readonly classes: number;
  readonly steps: number;
  /** `[points]` */
  readonly labels: Int32Array;
  /** Before each step and after the last, `[steps + 1, points, classes]`. */
  readonly logits: Float32Array;
  /** Mean cross-entropy in nats, `[steps + 1]`. */
  readonly losses: Float64Array;
}

export function train(k: Kernels, { optimizer, seed, rate, steps, onStep }: TrainingOptions): TrainingRun {
  const random = createRandom(seed);
  const { inputs, labels } = drawPoints(random);
  const layers = [
    createLayer(INPUTS, HIDDEN, POINTS, random),
    createLayer(HIDDEN, HIDDEN, POINTS, random),
    createLayer(HIDDEN, CLASSES, POINTS, undefined),
  ];
  const update = createOptimizer(optimizer, layers, rate);
  const logits = new Float32Array((steps + 1) * POINTS * CLASSES);
  const losses = new Float64Array(steps + 1);
  const gradient = new Float32Array(POINTS * CLASSES);
  for (let step = 0; step <= steps; step++) {
    const now = logits.subarray(step * gradient.length, (step + 1) * gradient.length);
    now.set(forward(layers, inputs));
    losses[step] = k.crossEntropy(now, labels, { cols: CLASSES, gradient });
    if (step === steps) break;
    backward(layers, inputs, gradient);
    update();
    onStep?.(step + 1);
  }
  return { points: POINTS, classes: CLASSES, steps, labels, logits, losses };
}

/** Clouds around three corners that overlap a little. */
function drawPoints(random: () => number): { inputs: Float64Array; labels: Int32Array } {
  const normal = createNormal(random);
  const inputs = new Float64Array(POINTS * INPUTS);
  const labels = new Int32Array(POINTS);
  for (let point = 0; point < POINTS; point++) {
    labels[point] = Math.floor(point / PER_CLASS);
    for (let i = 0; i < INPUTS; i++) {
      inputs[point * INPUTS + i] = (i === labels[point] ? 1.5 : 0) - 0.5 + NOISE * normal();
    }
  }
  return { inputs, labels };
}

function forward(layers: readonly Layer[], inputs: Float64Array): Float64Array {
  let values = inputs;
  for (const [i, layer] of layers.entries()) values = layerForward(layer, values, i + 1 < layers.length);
  return values;
}

function backward(layers: readonly Layer[], inputs: Float64Array, byLogits: Float32Array): void {
  let byOutputs: ArrayLike<number> = byLogits;
  for (let i = layers.length - 1; i >= 0; i--) {
    const below = i === 0 ? undefined : layers[i - 1];
    byOutputs = layerBackward(layers[i], below?.outputs ?? inputs, byOutputs, below !== undefined);
  }
}
