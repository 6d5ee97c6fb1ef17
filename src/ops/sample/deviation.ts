/** The standard deviation of a row, by kernels that are there for something else. */
import { momentsOf } from '../../raw/js/masses.ts';
import { MOMENTS_STRIDE } from '../../raw/sizes.ts';
import { deviationOf } from './elements.ts';

/**
 * A β so small that all weights are exactly 1, but for those of −Infinity, which are 0; a power of two, so that no
 * digit of the distances is lost.
 */
export const COUNTING_BETA: number = 2 ** -200;

/** The population standard deviation of what is above −Infinity, from `momentsF32` at `COUNTING_BETA`. */
export function deviationFrom(moments: Float64Array, at: number): number {
  const [count, sum, squares] = [moments[at + 1], moments[at + 3], moments[at + 4]];
  return deviationOf(count, sum, squares) / COUNTING_BETA;
}

/** The same of a row that is not in the memory. */
export function deviationOfRow(x: Float32Array): number {
  const moments = new Float64Array(MOMENTS_STRIDE);
  momentsOf(x, 0, x.length, COUNTING_BETA, moments, 0);
  return deviationFrom(moments, 0);
}
