import type { RawKernels } from '../index.ts';
import { PAGE_BYTES } from '../sizes.ts';

export type WasmBackend = 'simd' | 'relaxed-simd';

/** The kernels of a compiled binary over `memory`, shared if the binary is for shared memory. */
export function createWasm(memory: WebAssembly.Memory, module: WebAssembly.Module): RawKernels {
  return new WebAssembly.Instance(module, { env: { memory, scratch: scratchIn(memory) } })
    .exports as unknown as RawKernels;
}

/** Pages for an instance's scratch: a tile and what is known of its strips. */
const SCRATCH_PAGES = 2;

/** The address of a new scratch, of which an instance has one of its own. */
export function scratchIn(memory: WebAssembly.Memory): WebAssembly.Global<'i32'> {
  return new WebAssembly.Global({ value: 'i32' }, memory.grow(SCRATCH_PAGES) * PAGE_BYTES);
}
