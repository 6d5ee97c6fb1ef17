/**
 * Arrays that the library makes: over an `ArrayBuffer` of their own, so that a `Blob` or a `Response` takes them. They
 * are `Float32Array<ArrayBuffer>` and its like, which TypeScript has known by this name since 5.7 only; before, these
 * types are `Float32Array` and its like.
 */

/** A new float32 array. */
export type NewFloat32Array = ReturnType<typeof Float32Array.of>;
/** A new float64 array. */
export type NewFloat64Array = ReturnType<typeof Float64Array.of>;
/** A new int32 array. */
export type NewInt32Array = ReturnType<typeof Int32Array.of>;

/** The type of the `out` that was given. (Not `Out` itself, which would be inferred from where the result goes, too.) */
export type Given<Out> = [Out][Out extends unknown ? 0 : never];
