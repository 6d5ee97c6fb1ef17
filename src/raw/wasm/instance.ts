import type { RawKernels } from '../index.ts';

export type WasmBackend = 'simd' | 'relaxed-simd';

/** The kernels of a compiled binary over `memory`, shared if the binary is for shared memory. */
export function createWasm(memory: WebAssembly.Memory, module: WebAssembly.Module): RawKernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as RawKernels;
}
