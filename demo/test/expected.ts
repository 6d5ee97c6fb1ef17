/** What the page's figures should hold at first, computed in Node: by the test's name of the figure, in every bit. */
import type { Kernels } from 'softmax-simd';
import { posterior } from '../src/maths/gaussians.ts';
import { softmaxSurface } from '../src/maths/surfaces.ts';
import { digest } from '../src/training/digest.ts';
import { train } from '../src/training/train.ts';

export function expectedDigests(k: Kernels): Record<string, string> {
  const sweep = Array.from({ length: 121 }, (_, i) => [((2 * i) / 120 - 1) * 6, 1, 0, -1.5]);
  const gaussians = { means: [-1.6, -0.8, 1.6, -0.8, 0, 1.9], spread: 1 };
  return {
    gaussians: digest(posterior(k, gaussians, { side: 49, reach: 4 })),
    sweep: digest(k.softmax(Float32Array.from(sweep.flat()), { cols: 4 })),
    surface: digest(softmaxSurface(k, { cols: 2, i: 0, j: -1, third: 0, range: 5 }, 45)),
  };
}

export function expectedPaths(k: Kernels): Record<string, string> {
  const run = (optimizer: 'sgd' | 'adam', rate: number) =>
    digest(train(k, { optimizer, rate, seed: 1, steps: 300 }).logits);
  return { 'digest-sgd': run('sgd', 0.2), 'digest-adam': run('adam', 0.002) };
}

/** Single numbers, as the page keeps them beside what it shows. */
export function expectedValues(k: Kernels): Record<string, number[]> {
  const scores = [
    ...[9, 4, 0, 1, 6, 3, 12, 17, 2, 0, 4, 7, 1, 22, 11, 6, 0, 9],
    ...[0, 3, 14, 10, 5, 12, 6, 2, 1, 8, 9, 14, 3, 10, 7, 15, 11, 16],
  ];
  const mask = Uint8Array.from(scores, (_, i) => Number(i % 6 <= Math.floor(i / 6)));
  const gradient = new Float32Array(3);
  const loss = k.crossEntropy([2, 1, 0.1], [1], { gradient });
  const weights = k.softmax(scores, { cols: 6, beta: 0.125, mask });
  return {
    'hero output': [...k.softmax([2, 1, 0.1])],
    sigmoid: [k.sigmoid([1])[0]],
    losses: [loss],
    gradient: [...gradient],
    weights: [...weights].filter((_, i) => mask[i] === 1),
  };
}
