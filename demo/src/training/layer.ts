/** A fully connected layer, its gradient, and ReLU. */

export interface Layer {
  readonly ins: number;
  readonly outs: number;
  /** `[ins, outs]`, then the biases `[outs]`. */
  readonly weights: Float64Array;
  readonly gradient: Float64Array;
  /** `[rows, outs]` */
  readonly outputs: Float64Array;
  /** d(loss)/d(inputs), `[rows, ins]` */
  readonly byInputs: Float64Array;
}

/** Weights uniform within ±√(6/ins) (He et al. 2015), or zeros without a generator; biases zero. */
export function createLayer(
  ins: number,
  outs: number,
  rows: number,
  random: (() => number) | undefined,
): Layer {
  const weights = new Float64Array((ins + 1) * outs);
  const reach = Math.sqrt(6 / ins);
  if (random) for (let i = 0; i < ins * outs; i++) weights[i] = reach * (2 * random() - 1);
  return {
    ...{ ins, outs, weights, gradient: new Float64Array(weights.length) },
    ...{ outputs: new Float64Array(rows * outs), byInputs: new Float64Array(rows * ins) },
  };
}

export function layerForward(
  { ins, outs, weights, outputs }: Layer,
  inputs: Float64Array,
  relu: boolean,
): Float64Array {
  const rows = outputs.length / outs;
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < outs; o++) {
      let sum = weights[ins * outs + o];
      for (let i = 0; i < ins; i++) sum += inputs[row * ins + i] * weights[i * outs + o];
      outputs[row * outs + o] = relu && !(sum > 0) ? 0 : sum;
    }
  }
  return outputs;
}

/** Fills the layer's gradient; gives d(loss)/d(inputs), stopped where a ReLU below stood at 0. */
export function layerBackward(
  { ins, outs, weights, gradient, byInputs }: Layer,
  inputs: Float64Array,
  byOutputs: ArrayLike<number>,
  relu: boolean,
): Float64Array {
  const rows = inputs.length / ins;
  gradient.fill(0);
  byInputs.fill(0);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < outs; o++) {
      const d = byOutputs[row * outs + o];
      gradient[ins * outs + o] += d;
      for (let i = 0; i < ins; i++) {
        gradient[i * outs + o] += d * inputs[row * ins + i];
        byInputs[row * ins + i] += d * weights[i * outs + o];
      }
    }
    if (!relu) continue;
    for (let i = 0; i < ins; i++) if (inputs[row * ins + i] === 0) byInputs[row * ins + i] = 0;
  }
  return byInputs;
}
