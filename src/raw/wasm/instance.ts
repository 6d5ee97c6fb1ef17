import type { RawKernels } from '../index.ts';

export type WasmBackend = 'simd' | 'relaxed-simd';

/**
 * The kernels of a compiled binary over `memory`, shared if the binary is for shared memory. `scratch` is the address of
 * `LANE_SCRATCH_BYTES` of their own.
 */
export function createWasm(
  memory: WebAssembly.Memory,
  module: WebAssembly.Module,
  scratch: number,
): RawKernels {
  return new WebAssembly.Instance(module, { env: { memory, scratch } }).exports as unknown as RawKernels;
}
