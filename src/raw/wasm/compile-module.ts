/** A binary's bytes, compiled. */
import type { WasmBackend } from './instance.ts';

/** Throws where the host cannot run it. */
export function compileModule(backend: WasmBackend, bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  if (!WebAssembly.validate(bytes)) {
    throw new Error(`this engine's WebAssembly has no ${backend === 'simd' ? '' : 'relaxed '}SIMD`);
  }
  return new WebAssembly.Module(bytes);
}
