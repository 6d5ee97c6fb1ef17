/** What infinite and zero scales come to. */

/**
 * `beta` as a factor that is neither 0 nor Infinity, so that no product with an infinite or zero `x − max` is
 * NaN. Both ends are far enough out to give the limits: `beta·(x − max)` is within 1e-284 of 0 at the lower
 * one unless x is −Infinity, and beyond the range of float32 at the upper one unless x is max.
 */
export function finiteBeta(beta: number): number {
  return Math.max(Number.MIN_VALUE, Math.min(beta, Number.MAX_VALUE));
}

/** A slope that keeps 0, also where it is infinite. */
export function finiteSlope(slope: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(slope, Number.MAX_VALUE));
}

/** Whether a row with this maximum has a softmax: not without any finite element, nor with Infinity at T > 0. */
export function hasSoftmax(max: number, beta: number): boolean {
  return max > -Infinity && (max < Infinity || beta === Infinity);
}
