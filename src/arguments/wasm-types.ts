/** WebAssembly's types, which are the DOM's: a program without them, nor Node's, need not get them for this package. */

/** A `WebAssembly.Memory`. */
export type WasmMemory =
  typeof globalThis extends Record<'WebAssembly', Record<'Memory', Record<'prototype', infer Memory>>>
    ? Memory
    : {
        /** The memory's bytes: another buffer after it has grown. */
        readonly buffer: ArrayBufferLike;
        /** Adds pages of 64 KiB; how many there were. */
        grow(delta: number): number;
      };

/** A `WebAssembly.Module`. */
export type WasmModule =
  typeof globalThis extends Record<'WebAssembly', Record<'Module', Record<'prototype', infer Module>>>
    ? Module
    : object;
