/** Parts of views. */
import { Half } from './half.ts';

/** Floats that are read, and their elements, which kernels get as float32. */
export type FloatView = Float32Array | Float64Array | Half;
/** Floats that are written. */
export type OutView = Float32Array | Half;

export type View = FloatView | Int32Array | Uint16Array | Uint8Array;

/** Elements of a view. Unlike `subarray` it asks no class derived from the view's, whose constructor may be any. */
export function partOf<V extends View>(view: V, from: number, to: number): V;
export function partOf(view: View, from: number, to: number): View {
  return viewOf(view, view.buffer, view.byteOffset + from * view.BYTES_PER_ELEMENT, to - from);
}

/** A view of the same kind as another. */
export function viewOf<V extends View>(like: V, buffer: ArrayBufferLike, at: number, length: number): V;
export function viewOf(like: View, buffer: ArrayBufferLike, at: number, length: number): View {
  if (like instanceof Float32Array) return new Float32Array(buffer, at, length);
  if (like instanceof Float64Array) return new Float64Array(buffer, at, length);
  if (like instanceof Int32Array) return new Int32Array(buffer, at, length);
  if (like instanceof Uint16Array) return new Uint16Array(buffer, at, length);
  if (like instanceof Half) return new Half(new Uint16Array(buffer, at, length), like.type);
  return new Uint8Array(buffer, at, length);
}
