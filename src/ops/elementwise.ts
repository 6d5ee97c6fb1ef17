/** The logistic function. */
import { type Floats, type FloatsOut, toFloats, toOut } from '../arguments/arrays.ts';
import { checkBeta, checkOptions } from '../arguments/check.ts';
import { ELEMENT_NAMES, type ElementOptions } from '../arguments/options.ts';
import { runBlocks } from '../memory/blocks.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import type { RawKernels } from '../raw/index.ts';

type ElementKernel = keyof Pick<RawKernels, 'sigmoidF32' | 'logSigmoidF32'>;

/**
 * The logistic function `1/(1 + exp(−β·x))` of each element.
 *
 * @param x float32, any shape
 * @returns float32 of the same length: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: within 2 steps for every float32 and every β, subnormal results included; −Infinity gives 0, Infinity
 * 1, NaN NaN. Views of the kernels' memory are used in place, other arrays are copied through a bounded scratch.
 * @example
 * ```ts
 * import { sigmoid } from 'softmax-simd';
 *
 * sigmoid([0, 2, -100]); // Float32Array [0.5, 0.881, 3.78e-44]
 * ```
 */
export function sigmoid(host: Host, x: Floats, options: ElementOptions = {}): FloatsOut {
  return elementwise(host, 'sigmoid', 'sigmoidF32', x, options);
}

/**
 * The logarithm of the logistic function, `−log(1 + exp(−β·x))`, of each element, without overflow and without
 * loss near 0.
 *
 * @param x float32, any shape
 * @returns float32 of the same length, in nats: `options.out`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: within 2 steps for every float32 and every β, subnormal results included; −Infinity gives −Infinity,
 * Infinity 0, NaN NaN. Views of the kernels' memory are used in place, other arrays are copied through a bounded
 * scratch.
 * @example
 * ```ts
 * import { logSigmoid } from 'softmax-simd';
 *
 * logSigmoid([0, 20, -1000]); // Float32Array [-0.693, -2.06e-9, -1000]
 * ```
 */
export function logSigmoid(host: Host, x: Floats, options: ElementOptions = {}): FloatsOut {
  return elementwise(host, 'logSigmoid', 'logSigmoidF32', x, options);
}

function elementwise(
  host: Host,
  op: string,
  kernel: ElementKernel,
  x: Floats,
  options: ElementOptions,
): FloatsOut {
  checkOptions(op, options, ELEMENT_NAMES);
  const { dtype } = options;
  const data = toFloats(op, 'x', x, dtype);
  const beta = checkBeta(op, options.temperature, options.beta);
  const { out: given } = options;
  const out =
    given === undefined ? new Float32Array(data.length) : toOut(op, 'out', given, data.length, dtype);
  if (given !== undefined) checkOverlap(host, op, 'out', out, 'x', data, true);
  // Each element is a row of its own: one of them always fits into the scratch.
  const operands = [
    { view: data, rowBytes: 4, write: false },
    { view: out, rowBytes: 4, write: true, over: 0 },
  ];
  runBlocks(host, data.length, operands, ([at, outAt], n) => host.raw[kernel](at, outAt, n, 1, beta));
  return (given ?? out) as FloatsOut;
}
