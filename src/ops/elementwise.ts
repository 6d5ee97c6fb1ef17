import { checkBeta, checkFloats, checkOptions, toFloats } from '../arguments/check.ts';
import type { ElementOptions } from '../arguments/options.ts';
import { runBlocks } from '../memory/blocks.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import type { RawKernels } from '../raw/abi.ts';

type ElementKernel = keyof Pick<RawKernels, 'sigmoidF32' | 'logSigmoidF32'>;

export function sigmoid(
  host: Host,
  x: Float32Array | readonly number[],
  options: ElementOptions = {},
): Float32Array {
  return elementwise(host, 'sigmoid', 'sigmoidF32', x, options);
}

export function logSigmoid(
  host: Host,
  x: Float32Array | readonly number[],
  options: ElementOptions = {},
): Float32Array {
  return elementwise(host, 'logSigmoid', 'logSigmoidF32', x, options);
}

function elementwise(
  host: Host,
  op: string,
  kernel: ElementKernel,
  x: Float32Array | readonly number[],
  options: ElementOptions,
): Float32Array {
  checkOptions(op, options);
  const data = toFloats(op, 'x', x);
  const beta = checkBeta(op, options.temperature, options.beta);
  let { out } = options;
  if (out === undefined) out = new Float32Array(data.length);
  else {
    checkFloats(op, 'out', out, data.length);
    checkOverlap(host, op, 'out', out, 'x', data, true);
  }
  // Each element is a row of its own: one of them always fits into the scratch.
  const operands = [
    { view: data, rowBytes: 4, write: false },
    { view: out, rowBytes: 4, write: true, over: 0 },
  ];
  runBlocks(host, data.length, operands, ([at, outAt], n) => host.raw[kernel](at, outAt, n, 1, beta));
  return out;
}
