/** Moments of a row: its standard deviation, and how far its elements are from the largest. */
import { momentsOf } from '../../raw/js/masses.ts';
import { MOMENTS_STRIDE } from '../../raw/sizes.ts';
import { deviationOf } from './elements.ts';

/**
 * A β so small that all weights are exactly 1, but for those of −Infinity, which are 0; a power of two, so that no
 * digit of the distances is lost: 2^-200.
 */
export const COUNTING_BETA = 6.223015277861142e-61;

/** The population standard deviation of what is above −Infinity, from `momentsF32` at `COUNTING_BETA`. */
export function deviationFrom(moments: Float64Array, at: number): number {
  const [count, sum, squares] = [moments[at + 1], moments[at + 3], moments[at + 4]];
  return deviationOf(count, sum, squares) / COUNTING_BETA;
}

/** The mean of β(max − x) by weights exp(β(x − max)), from `momentsF32` at β. */
export function meanDistanceFrom(moments: Float64Array, at: number): number {
  return moments[at + 3] / moments[at + 1];
}

/** What `momentsF32` gives, of a row that is not in the memory. */
export function momentsOfRow(x: Float32Array, beta: number): Float64Array {
  const moments = new Float64Array(MOMENTS_STRIDE);
  momentsOf(x, 0, x.length, beta, moments, 0);
  return moments;
}
