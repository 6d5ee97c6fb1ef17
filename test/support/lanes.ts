/** Rows as they lie along the middle axis of `[outer, cols, inner]`, and back. */

export type Words = Float32Array | Float64Array | Int32Array | Uint8Array;

/** From `[outer, inner, elements]` to `[outer, elements, inner]`. */
export function toLanes<V extends Words>(rows: V, outer: number, inner: number): V {
  const lanes = rows.slice() as V;
  const elements = rows.length / outer / inner;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let e = 0; e < elements; e++) {
        lanes[(o * elements + e) * inner + i] = rows[(o * inner + i) * elements + e];
      }
    }
  }
  return lanes;
}

/** From `[outer, elements, inner]` to `[outer, inner, elements]`. */
export function toRows<V extends Words>(lanes: V, outer: number, inner: number): V {
  // What are lanes there are elements here.
  return toLanes(lanes, outer, lanes.length / outer / inner);
}
