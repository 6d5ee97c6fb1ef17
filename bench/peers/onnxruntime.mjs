// onnxruntime-web (Wasm SIMD) and onnxruntime-node (native), one thread each.
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { residentSoftmaxModel, softmaxModel } from './onnx-model.mjs';

web.env.wasm.numThreads = 1;
web.env.logLevel = 'error';
native.env.logLevel = 'error';

const RUNTIMES = {
  'onnxruntime-web': { ort: web, options: { executionProviders: ['wasm'] } },
  'onnxruntime-node': { ort: native, options: { executionProviders: ['cpu'] } },
};
const COMMON = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };

/**
 * @param {keyof typeof RUNTIMES} name
 * @returns {Promise<import('../contenders.mjs').Candidate[]>}
 */
export async function onnxruntime(name, { x, rows, cols, shape = [rows, cols] }, operation) {
  if (operation !== 'softmax') return [];
  const { ort, options } = RUNTIMES[name];
  const create = (model) => ort.InferenceSession.create(model, { ...COMMON, ...options });
  const contender = { name, operation, async: true };

  const plain = await create(softmaxModel(shape));
  let out;
  const runCopied = async () => {
    const { y } = await plain.run({ x: new ort.Tensor('float32', x, shape) });
    out = y.data;
  };
  const copied = { ...contender, placement: 'copied', run: runCopied, probabilities: () => out };

  const resident = await create(residentSoftmaxModel(x, shape));
  let first;
  const run = async () => {
    first = (await resident.run({})).first.data;
  };
  const inPlace = { ...contender, placement: 'in place', partial: true, run, probabilities: () => first };
  return [
    { ...inPlace, free: () => resident.release() },
    { ...copied, free: () => plain.release() },
  ];
}
