/** Row kernels whose rows can be shared out by columns: composed of parts, merged through their statistics. */
import type { RawKernels } from '../abi.ts';
import type { Host } from '../host.ts';
import { longCrossEntropy } from '../ops/cross-entropy.ts';
import { longLogSoftmax, longLogSumExp, longSoftmax } from '../ops/softmax.ts';

/** A row kernel on one row, given all the kernel's arguments. The host's kernels are those that divide parts. */
export type ByColumns = (host: Host, args: readonly number[], row: number) => void;

/** The row of `cols` elements of the array at `address`. */
function rowAt({ arena }: Host, address: number, row: number, cols: number): Float32Array {
  return new Float32Array(arena.buffer, address + row * cols * 4, cols);
}

export const BY_COLUMNS: Partial<Record<keyof RawKernels, ByColumns>> = {
  softmaxF32(host, [x, out, , cols, beta], row) {
    longSoftmax(host, rowAt(host, x, row, cols), rowAt(host, out, row, cols), beta);
  },
  logSoftmaxF32(host, [x, out, , cols, beta], row) {
    longLogSoftmax(host, rowAt(host, x, row, cols), rowAt(host, out, row, cols), beta);
  },
  logSumExpF32(host, [x, out, , cols, beta], row) {
    longLogSumExp(host, rowAt(host, x, row, cols), rowAt(host, out, row, 1), beta);
  },
  crossEntropyF32(host, [x, labels, losses, gradient, , cols, beta, ignoreIndex, scale], row) {
    const label = host.arena.i32[labels / 4 + row];
    const into = gradient === 0 ? undefined : rowAt(host, gradient, row, cols);
    const loss = longCrossEntropy(host, rowAt(host, x, row, cols), label, into, beta, ignoreIndex, scale);
    host.arena.f64[losses / 8 + row] = loss;
  },
};
