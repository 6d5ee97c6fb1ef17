import { checkBeta, checkCols, checkFloats, checkOptions, toFloats } from '../arguments/check.ts';
import type { ElementOptions, RowsOptions } from '../arguments/options.ts';
import { longLogSoftmaxGradient, longSoftmaxGradient } from '../long/losses.ts';
import { runBlocks } from '../memory/blocks.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { partOf } from '../memory/view.ts';
import type { RawKernels } from '../raw/abi.ts';

type GradientKernel = keyof Pick<
  RawKernels,
  'softmaxGradientF32' | 'logSoftmaxGradientF32' | 'sigmoidGradientF32'
>;
type LongRow = (host: Host, y: Float32Array, dy: Float32Array, out: Float32Array, beta: number) => void;
type Floats = Float32Array | readonly number[];

export function softmaxGradient(host: Host, p: Floats, dp: Floats, options: RowsOptions = {}): Float32Array {
  const names = ['softmaxGradient', 'p', 'dp'] as const;
  return gradient(host, names, 'softmaxGradientF32', longSoftmaxGradient, p, dp, options);
}

export function logSoftmaxGradient(
  host: Host,
  logP: Floats,
  dLogP: Floats,
  options: RowsOptions = {},
): Float32Array {
  const names = ['logSoftmaxGradient', 'logP', 'dLogP'] as const;
  return gradient(host, names, 'logSoftmaxGradientF32', longLogSoftmaxGradient, logP, dLogP, options);
}

export function sigmoidGradient(
  host: Host,
  p: Floats,
  dp: Floats,
  options: ElementOptions = {},
): Float32Array {
  const names = ['sigmoidGradient', 'p', 'dp'] as const;
  return gradient(host, names, 'sigmoidGradientF32', undefined, p, dp, options);
}

/** One kernel over a result `y` of an operation and the derivatives `dy` by it; row by row if there is a `long`. */
function gradient(
  host: Host,
  [op, yName, dyName]: readonly [op: string, y: string, dy: string],
  kernel: GradientKernel,
  long: LongRow | undefined,
  y: Floats,
  dy: Floats,
  options: RowsOptions,
): Float32Array {
  checkOptions(op, options);
  const data = toFloats(op, yName, y);
  const derivatives = checkFloats(op, dyName, toFloats(op, dyName, dy), data.length);
  const cols = long ? checkCols(op, yName, data.length, options.cols) : 1;
  const rows = cols === 0 ? 0 : data.length / cols;
  const beta = checkBeta(op, options.temperature, options.beta);
  let { out } = options;
  if (out === undefined) out = new Float32Array(data.length);
  else {
    checkFloats(op, 'out', out, data.length);
    checkOverlap(host, op, 'out', out, yName, data, true);
    checkOverlap(host, op, 'out', out, dyName, derivatives, true);
  }
  const rowBytes = cols * 4;
  // Not `over` an input, as `out` may be the other one.
  const operands = [
    { view: data, rowBytes, write: false },
    { view: derivatives, rowBytes, write: false },
    { view: out, rowBytes, write: true },
  ];
  const fits = runBlocks(host, rows, operands, ([yAt, dyAt, outAt], n) =>
    host.raw[kernel](yAt, dyAt, outAt, n, cols, beta),
  );
  if (!fits && long) {
    for (let from = 0; from < data.length; from += cols) {
      const part = (view: Float32Array) => partOf(view, from, from + cols);
      long(host, part(data), part(derivatives), part(out), beta);
    }
  }
  return out;
}
