/** Views of the memory that the kernels in TypeScript work on. */

/** Not an index: nothing to skip, nowhere to write. */
export const NONE = -1;

/** Views of one memory. */
export interface Views {
  readonly buffer: ArrayBufferLike;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  readonly u16: Uint16Array;
  readonly u8: Uint8Array;
}

function viewsOf(buffer: ArrayBufferLike): Views {
  return {
    buffer,
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i32: new Int32Array(buffer),
    u16: new Uint16Array(buffer),
    u8: new Uint8Array(buffer),
  };
}

/**
 * Views of `memory.buffer`, which may be replaced at any time: memory grows so. A `WebAssembly.Memory` will do for
 * `memory`, but reading its getter takes some 20 ns in each call, a plain property 1 ns.
 */
export function viewsIn(memory: { readonly buffer: ArrayBufferLike }): () => Views {
  let current = viewsOf(memory.buffer);
  return () => {
    if (memory.buffer !== current.buffer) current = viewsOf(memory.buffer);
    return current;
  };
}

/** The address of a float32 as an index, NONE for 0. */
export function place(address: number): number {
  return address === 0 ? NONE : address >>> 2;
}
