// What the library makes lies in an ArrayBuffer, which may be sent anywhere; `out` is what was given.
import {
  argmax,
  type Kernels,
  loadSync,
  mergeStats,
  rowStats,
  sample,
  softmax,
  tokenLogProbs,
  topK,
} from 'softmax-simd';

const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
const memory = new WebAssembly.Memory({ initial: 1 });
const k: Kernels = loadSync({ module: new WebAssembly.Module(bytes), memory });
const same: WebAssembly.Memory = k.memory;
// @ts-expect-error no memory
loadSync({ memory: 3 });

const p = softmax([1, 2]);
const { ids, logProbs } = sample(p);
const { max, sum } = mergeStats(rowStats(p), rowStats(p));
const { values, indices } = topK(p, 1);
export const blob = new Blob([p, argmax(p), ids, logProbs, max, sum, values, indices, k.hardmax(p)]);
export const response = new Response(tokenLogProbs(p, [0], { temperature: 2 }));
export const losses = new Blob([k.crossEntropy(p, [0], { reduction: 'none' })]);
export const direct = new Response(k.softmax(p, { cols: 2 }));

const mine = new Float32Array(2);
export const own = new Blob([softmax(p, { out: mine })]);
const view = k.alloc(2);
export const inPlace: Float32Array = softmax(view, { out: view });
export { same };
