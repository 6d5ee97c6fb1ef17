/** Probabilities and their derivatives over two logits. No page in it: Node computes the same. */
import type { Kernels } from 'softmax-simd';

export interface SurfaceChoice {
  readonly cols: number;
  /** Of which probability. */
  readonly i: number;
  /** By which logit it is differentiated; below 0 it is not. */
  readonly j: number;
  /** The third logit, where there are three. */
  readonly third: number;
  /** z₁ and z₂ go from −range to range. */
  readonly range: number;
}

/** The chosen function over a grid of z₁ and z₂, `[side, side]`. */
export function softmaxSurface(
  k: Kernels,
  { cols, i, j, third, range }: SurfaceChoice,
  side: number,
): Float32Array {
  const grid = (at: number): number => ((2 * at) / (side - 1) - 1) * range;
  const x = new Float32Array(side * side * cols);
  for (let at = 0; at < side * side; at++) {
    x.set([grid(Math.floor(at / side)), grid(at % side), third].slice(0, cols), at * cols);
  }
  const p = k.softmax(x, { cols });
  const pick = (values: Float32Array, column: number): Float32Array =>
    Float32Array.from({ length: side * side }, (_, at) => values[at * cols + column]);
  if (j < 0) return pick(p, i);
  // The gradient of p_i: the vector-Jacobian product with 1 at class i.
  const one = Float32Array.from(p, (_, at) => Number(at % cols === i));
  return pick(k.softmaxGradient(p, one, { cols }), j);
}
