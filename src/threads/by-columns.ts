/** Row kernels whose rows can be shared out by columns: composed of parts, merged through their statistics. */

import { longLogSoftmaxGradient, longSoftmaxGradient } from '../long/gradients.ts';
import { longLoss } from '../long/losses.ts';
import { longLogSoftmax, longLogSumExp, longSoftmax } from '../long/softmax.ts';
import type { Host } from '../memory/host.ts';
import type { RawKernels } from '../raw/index.ts';

/** A row kernel on one row, given all the kernel's arguments by name. The host's kernels divide parts of rows. */
export type ByColumns = (host: Host, args: Readonly<Record<string, number>>, row: number) => void;

/** `length` elements from `address` on. */
function floatsAt({ arena }: Host, address: number, length: number): Float32Array {
  return new Float32Array(arena.buffer, address, length);
}

/** The row of `cols` elements of the array at `address`. */
function rowAt(host: Host, address: number, row: number, cols: number): Float32Array {
  return floatsAt(host, address + row * cols * 4, cols);
}

export const BY_COLUMNS: Partial<Record<keyof RawKernels, ByColumns>> = {
  softmaxF32(host, { x, out, cols, beta }, row) {
    longSoftmax(host, rowAt(host, x, row, cols), rowAt(host, out, row, cols), beta);
  },
  logSoftmaxF32(host, { x, out, cols, beta }, row) {
    longLogSoftmax(host, rowAt(host, x, row, cols), rowAt(host, out, row, cols), beta);
  },
  logSumExpF32(host, { x, out, cols, beta }, row) {
    longLogSumExp(host, rowAt(host, x, row, cols), rowAt(host, out, row, 1), beta);
  },
  crossEntropyF32(host, args, row) {
    const { x, labels, probabilities, weight, losses, gradient, rows, cols } = args;
    const { beta, ignoreIndex, scale, smoothing, zLoss } = args;
    const all = (address: number) => (address === 0 ? undefined : floatsAt(host, address, rows * cols));
    const loss = longLoss(
      host,
      {
        ...{ x: floatsAt(host, x, rows * cols), rows, cols, ignoreIndex },
        labels: labels === 0 ? undefined : new Int32Array(host.arena.buffer, labels, rows),
        probabilities: all(probabilities),
        weight: weight === 0 ? undefined : floatsAt(host, weight, cols),
        gradient: all(gradient),
        scalars: { beta, scale, smoothing, zLoss },
      },
      row,
    );
    host.arena.f64[losses / 8 + row] = loss;
  },
  softmaxGradientF32(host, { p, dp, out, cols, beta }, row) {
    const at = (address: number) => rowAt(host, address, row, cols);
    longSoftmaxGradient(host, at(p), at(dp), at(out), beta);
  },
  logSoftmaxGradientF32(host, { logP, dLogP, out, cols, beta }, row) {
    const at = (address: number) => rowAt(host, address, row, cols);
    longLogSoftmaxGradient(host, at(logP), at(dLogP), at(out), beta);
  },
};
