/** Types of arrays of floats. */

export type { Dtype } from '../memory/half.ts';

/** The host's `Float16Array`, if its types know of it. */
export type Float16 = typeof globalThis extends { Float16Array: { prototype: infer View } } ? View : never;

/** Half precision: a `Float16Array`, or a `Uint16Array` of which the option `dtype` says what it holds. */
export type HalfArray = Float16 | Uint16Array;

/**
 * Logits, probabilities and other real numbers: float32, or what becomes float32, half precision exactly, `Float64Array`
 * and numbers rounded; numbers are small and written by hand.
 */
export type Floats = Float32Array | Float64Array | HalfArray | readonly number[];

/** What floats are written to: float32, or half precision, to which float32 results are rounded, ties to even. */
export type FloatsOut = Float32Array | HalfArray;
