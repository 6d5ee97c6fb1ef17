// lib es2022 and no more: neither WebAssembly nor Symbol.dispose are among its types.
import {
  argmax,
  crossEntropy,
  type Kernels,
  type LoadOptions,
  load,
  loadSync,
  mergeStats,
  rowStats,
  sample,
  softmax,
  topK,
} from 'softmax-simd';

const p: Float32Array = softmax([1, 2], { temperature: 0.5 });
const k: Kernels = loadSync({ backend: 'simd' });
const options: LoadOptions = { memory: k.memory };
const x: Float32Array = k.alloc(6);
const labels: Int32Array = k.alloc(2, 'i32');
const mean: number = k.crossEntropy(x, labels, { cols: 3, gradient: x });
const each: Float32Array = crossEntropy(p, [0], { reduction: 'none' });
const inPlace: Float32Array = k.softmax(x, { out: x });
const whole = [[1, 2], [3]].map((columns) => rowStats(columns)).reduce(mergeStats);
// @ts-expect-error a reduction that there is not
crossEntropy(p, [0], { reduction: 'average' });
// @ts-expect-error an option that there is not
softmax(p, { temprature: 2 });
// @ts-expect-error kernels are made by load
load(3);

export const all = [mean, each, inPlace, options, whole.max, argmax(p), sample(p).ids, topK(p, 1).indices];
export const reason: Promise<string | undefined> = load().then((loaded) => loaded.reason);
