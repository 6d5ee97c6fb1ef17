/** Modules that the caller compiled from the package's .wasm files, each of which carries its name. */
import { describe, typeError } from './errors.ts';
import type { WasmModule } from './wasm-types.ts';

/** A `.wasm` file of the package, less its ending: `-shared` are for shared memory, the others for plain memory. */
export type WasmModuleName = 'simd' | 'simd-shared' | 'relaxed-simd' | 'relaxed-simd-shared';

/** Modules compiled from these files. */
export type WasmModules = Partial<Record<WasmModuleName, WasmModule>>;

const NAMES: readonly string[] = ['simd', 'simd-shared', 'relaxed-simd', 'relaxed-simd-shared'];

/** The modules by name; `undefined` if none are given. */
export function toModules(op: string, given: unknown): WasmModules | undefined {
  if (given === undefined) return undefined;
  if (isModule(given)) {
    const name = NAMES.find((candidate) => isNamed(given, candidate));
    if (name === undefined) throw typeError(op, 'module', "one of the package's own", given);
    return { [name]: given };
  }
  if (typeof given !== 'object' || given === null) {
    throw typeError(op, 'module', 'a WebAssembly.Module, or an object of them by name', given);
  }
  for (const [name, module] of Object.entries(given)) {
    if (!NAMES.includes(name)) {
      const names = NAMES.map(describe).join(', ');
      throw new RangeError(`${op}: module must have names among ${names}, but has ${describe(name)}`);
    }
    if (module !== undefined && !(isModule(module) && isNamed(module, name))) {
      throw typeError(op, `module['${name}']`, `compiled from the package's ${name}.wasm`, module);
    }
  }
  return given;
}

function isModule(value: unknown): value is WebAssembly.Module {
  return typeof WebAssembly === 'object' && value instanceof WebAssembly.Module;
}

/** The name is that of an empty custom section: see tools/build/wasm.mjs. */
function isNamed(module: WebAssembly.Module, name: string): boolean {
  return WebAssembly.Module.customSections(module, name).length > 0;
}
