/** Row kernels whose rows can be shared out by columns: composed of parts, merged through their statistics. */

import { longLogSoftmaxGradient, longSoftmaxGradient } from '../long/gradients.ts';
import { longLoss } from '../long/losses.ts';
import { longLogSoftmax, longLogSumExp, longSoftmax } from '../long/softmax.ts';
import type { Host } from '../memory/host.ts';
import type { RawKernels } from '../raw/index.ts';

/**
 * A row kernel on one row of row-major rows (an `inner` of 1), given all the kernel's arguments by name. The host's
 * kernels divide parts of rows.
 */
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
  softmaxF32(host, { x, out, cols, from, beta }, row) {
    longSoftmax(host, rowAt(host, x, from + row, cols), rowAt(host, out, from + row, cols), beta);
  },
  logSoftmaxF32(host, { x, out, cols, from, beta }, row) {
    longLogSoftmax(host, rowAt(host, x, from + row, cols), rowAt(host, out, from + row, cols), beta);
  },
  logSumExpF32(host, { x, out, cols, from, beta }, row) {
    longLogSumExp(host, rowAt(host, x, from + row, cols), rowAt(host, out, row, 1), beta);
  },
  crossEntropyF32(host, args, row) {
    const { x, labels, probabilities, weight, losses, gradient, cols, from } = args;
    const { beta, ignoreIndex, scale, smoothing, zLoss } = args;
    const take = (address: number) => rowAt(host, address, from + row, cols);
    const loss = longLoss(
      host,
      take(x),
      labels === 0 ? take(probabilities) : host.arena.i32[labels / 4 + row],
      weight === 0 ? undefined : floatsAt(host, weight, cols),
      gradient === 0 ? undefined : take(gradient),
      { beta, ignoreIndex, scale, smoothing, zLoss },
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
