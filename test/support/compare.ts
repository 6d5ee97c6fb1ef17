/** Comparisons of whole results: the worst element against the oracle, and equality of bits. */

import { isFlushed, steps, ulp } from '../oracle/ulp.ts';

export interface Worst {
  error: number;
  /** Where, what came and what was wanted, for the message of a failed test. */
  where: string;
}

/** Error of one float32 in steps. */
export type Measure = (actual: number, exact: number) => number;

/** Steps from the correctly rounded value. */
export const inSteps: Measure = (actual, exact) => steps(actual, Math.fround(exact));

/** The same for probabilities, which may be flushed to +0 below 2^-126. */
export const inStepsOrFlushed: Measure = (actual, exact) =>
  isFlushed(actual, exact) ? 0 : steps(actual, Math.fround(exact));

/** Steps of max(1, |value|), for logSumExp. */
export const inUnits: Measure = (actual, exact) => {
  const rounded = Math.fround(exact);
  if (!Number.isFinite(rounded) || !Number.isFinite(actual)) return steps(actual, rounded);
  return Math.abs(actual - rounded) / ulp(Math.max(1, Math.abs(exact)));
};

/** By how a result is compared. */
export const MEASURES = { steps: inSteps, flushed: inStepsOrFlushed, units: inUnits } as const;

/** The element with the largest error. A NaN where none belongs, or a missing one, is an infinite error. */
export function worst(actual: ArrayLike<number>, exact: ArrayLike<number>, measure: Measure): Worst {
  let error = 0;
  let at = -1;
  for (let i = 0; i < exact.length; i++) {
    const e = measure(actual[i], exact[i]);
    if (e > error) {
      error = e;
      at = i;
    }
  }
  if (actual.length !== exact.length)
    return { error: 1 / 0, where: `length ${actual.length}, not ${exact.length}` };
  return { error, where: at < 0 ? '' : `[${at}] is ${actual[at]}, should be ${Math.fround(exact[at])}` };
}

/** Steps between two float32 results. */
export function worstSteps(a: ArrayLike<number>, b: ArrayLike<number>): Worst {
  return worst(a, b, steps);
}

/** A float32 array's bits, with one pattern for every NaN, whose payload an engine may choose. */
export function bitsOf(values: Float32Array): Int32Array {
  const bits = new Int32Array(values.length);
  new Float32Array(bits.buffer).set(values);
  for (let i = 0; i < bits.length; i++) if ((bits[i] & 0x7fffffff) > 0x7f800000) bits[i] = 0x7fc00000;
  return bits;
}

/** Other arrays' bits as float32, those of float64 as pairs: of NaN, if they are NaN, whose bits an engine may choose. */
export function halves(wide: Float64Array | Int32Array): Float32Array {
  const pairs = new Float32Array(wide.slice().buffer);
  if (wide instanceof Int32Array) return pairs;
  for (let i = 0; i < wide.length; i++) if (Number.isNaN(wide[i])) pairs.fill(Number.NaN, 2 * i, 2 * i + 2);
  return pairs;
}

/** The first index at which the bits differ, or −1. Any two NaN are equal. */
export function firstDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  const x = new Int32Array(a.buffer, a.byteOffset, a.length);
  const y = new Int32Array(b.buffer, b.byteOffset, b.length);
  for (let i = 0; i < x.length; i++) {
    if (x[i] !== y[i] && !(Number.isNaN(a[i]) && Number.isNaN(b[i]))) return i;
  }
  return -1;
}
