/** In place of ../raw/wasm/compile.ts in the CommonJS build, which has the binaries in their files, not once more inlined. */
import { readFileSync } from 'node:fs';
import { compileModule } from '../raw/wasm/compile-module.ts';
import type { WasmBackend } from '../raw/wasm/instance.ts';
import { widened } from '../raw/wasm/widened.ts';

declare const __dirname: string;

/** Whether there are modules for shared memory. */
export const HAS_SHARED: boolean = true;

const modules = new Map<string, WebAssembly.Module>();

/** A binary, compiled once. Throws where the host cannot run it. */
export function compiled(backend: WasmBackend, shared: boolean): WebAssembly.Module {
  const name = shared ? `${backend}-shared` : backend;
  let module = widened(name) ?? modules.get(name);
  if (module === undefined) {
    module = compileModule(backend, new Uint8Array(readFileSync(`${__dirname}/../wasm/${name}.wasm`)));
    modules.set(name, module);
  }
  return module;
}
