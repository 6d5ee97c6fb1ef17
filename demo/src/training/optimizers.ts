import type { Layer } from './layer.ts';

export type OptimizerName = 'sgd' | 'adam';

/** A function that moves the weights of the layers by their gradients. */
export function createOptimizer(name: OptimizerName, layers: readonly Layer[], rate: number): () => void {
  return name === 'sgd' ? createSgd(layers, rate) : createAdam(layers, rate);
}

function createSgd(layers: readonly Layer[], rate: number): () => void {
  return () => {
    for (const { weights, gradient } of layers) {
      for (let i = 0; i < weights.length; i++) weights[i] -= rate * gradient[i];
    }
  };
}

/** Kingma and Ba (2015), with their defaults but for the rate. */
function createAdam(layers: readonly Layer[], rate: number): () => void {
  const means = layers.map(({ weights }) => new Float64Array(weights.length));
  const squares = layers.map(({ weights }) => new Float64Array(weights.length));
  let meanShare = 1;
  let squareShare = 1;
  return () => {
    meanShare *= 0.9;
    squareShare *= 0.999;
    layers.forEach(({ weights, gradient }, l) => {
      const [mean, square] = [means[l], squares[l]];
      for (let i = 0; i < weights.length; i++) {
        mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
        square[i] = 0.999 * square[i] + 0.001 * gradient[i] * gradient[i];
        const size = Math.sqrt(square[i] / (1 - squareShare)) + 1e-8;
        weights[i] -= (rate * (mean[i] / (1 - meanShare))) / size;
      }
    });
  };
}
