/** Parts of views. */

export type View = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Elements of a view. Unlike `subarray` it asks no class derived from the view's, whose constructor may be any. */
export function partOf<V extends View>(view: V, from: number, to: number): V;
export function partOf(view: View, from: number, to: number): View {
  const at = view.byteOffset + from * view.BYTES_PER_ELEMENT;
  if (view instanceof Float32Array) return new Float32Array(view.buffer, at, to - from);
  if (view instanceof Float64Array) return new Float64Array(view.buffer, at, to - from);
  if (view instanceof Int32Array) return new Int32Array(view.buffer, at, to - from);
  return new Uint8Array(view.buffer, at, to - from);
}
