/** In place of ../compile.ts where only modules may run that the host compiled from files, before the program began. */

import type { WasmBackend } from '../raw/wasm/instance.ts';
import relaxedSimd from '../wasm/relaxed-simd.wasm';
import simd from '../wasm/simd.wasm';

/** Without workers nobody has use for shared memory. */
export const HAS_SHARED: boolean = false;

export function compiled(backend: WasmBackend, shared: boolean): WebAssembly.Module {
  if (shared) throw new Error('this host is given modules for plain memory alone');
  return backend === 'simd' ? simd : relaxedSimd;
}
