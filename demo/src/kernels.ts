/** What computes on this page: the package, on the page's own thread. */
import { type Kernels, loadSync } from 'softmax-simd';

/** `simd` has the same bits on every machine; where there is none, `js` has bits of its own. */
export function loadBits(): Kernels {
  try {
    return loadSync({ backend: 'simd' });
  } catch {
    return loadSync({ backend: 'js' });
  }
}

export const kernels: Kernels = loadBits();

/** Float64 arithmetic, for the columns of a textbook. */
const exact = loadSync({ backend: 'js' });

/** e^x for each x, in float64: the statistics of one-element rows relative to a maximum of 0. */
export function exponentials(x: readonly number[]): number[] {
  const below = x.map((value) => -Math.abs(value));
  const { sum } = exact.rowStats(below, { cols: 1, max: new Float32Array(x.length) });
  return x.map((value, i) => (value > 0 ? 1 / sum[i] : sum[i]));
}
