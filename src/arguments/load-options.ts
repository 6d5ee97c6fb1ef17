/** What `load` and `loadSync` take. */
import { MAX_MEMORY_BYTES } from '../memory/arena.ts';
import { checkChoice, checkOptions } from './check.ts';
import { rangeError, typeError } from './errors.ts';
import { toModules, type WasmModules } from './modules.ts';
import type { Names } from './options.ts';
import { ownOptions } from './own-options.ts';
import type { WasmMemory, WasmModule } from './wasm-types.ts';

/** What computes: fused multiply-add where the host has it, the same bits everywhere, or plain TypeScript. */
export type Backend = 'relaxed-simd' | 'simd' | 'js';

/** The options of `load` and `loadSync`: which backend computes, on how many threads, in which memory. */
export interface LoadOptions {
  /**
   * `'auto'` (the default): the fastest that the host can run. `'relaxed-simd'`: fused multiply-add where the
   * host has it. `'simd'`: the same bits everywhere. `'js'`: pure TypeScript, computed in float64.
   */
  backend?: 'auto' | Backend;
  /**
   * How many threads work on a call, the calling one included, from 1 (the default) to 256, or `'auto'`: one for
   * each core. More than one take shared memory, and `load`. Where a host has no threads to give, `reason` says why.
   */
  threads?: number | 'auto';
  /** The caller's memory, shared or not; only pages that the kernels get by growing it are used, and stay taken. */
  memory?: WasmMemory;
  /** Ceiling of the bytes that the kernels take; at least 1 MiB. */
  maxBytes?: number;
  /**
   * Modules compiled from the package's `.wasm` files, one or several by name, for hosts that forbid compilation
   * at run time: nothing else is compiled then.
   */
  module?: WasmModule | WasmModules;
}

const NAMES: Names<LoadOptions> = ['backend', 'threads', 'memory', 'maxBytes', 'module'];

/** From the fastest to the slowest. */
export const BACKENDS: readonly Backend[] = ['relaxed-simd', 'simd', 'js'];

/** Less memory is of no use. */
export const MIN_BYTES: number = 1024 * 1024;

/** More are a mistake: each takes some megabytes, and a while to start. */
export const MAX_THREADS = 256;

/** The options checked, with their defaults. */
export interface LoadPlan {
  readonly backend: 'auto' | Backend;
  readonly threads: number | 'auto';
  readonly memory: WasmMemory | undefined;
  readonly maxBytes: number;
  readonly modules: WasmModules | undefined;
}

export function toLoadPlan(op: string, options: LoadOptions): LoadPlan {
  const own = ownOptions(options) as LoadOptions;
  checkOptions(op, own, NAMES);
  const { backend = 'auto', threads = 1, memory, maxBytes = MAX_MEMORY_BYTES, module } = own;
  checkChoice(op, 'backend', ['auto', ...BACKENDS], backend);
  checkThreads(op, threads);
  if (typeof maxBytes !== 'number') throw typeError(op, 'maxBytes', 'a number', maxBytes);
  if (!(maxBytes >= MIN_BYTES && maxBytes <= MAX_MEMORY_BYTES)) {
    throw rangeError(op, 'maxBytes', `from ${MIN_BYTES} to ${MAX_MEMORY_BYTES}`, maxBytes);
  }
  if (memory !== undefined && !(typeof WebAssembly === 'object' && memory instanceof WebAssembly.Memory)) {
    throw typeError(op, 'memory', 'a WebAssembly.Memory', memory);
  }
  return { backend, threads, memory, maxBytes, modules: toModules(op, module) };
}

function checkThreads(op: string, threads: unknown): void {
  if (threads === 'auto') return;
  if (typeof threads !== 'number') throw typeError(op, 'threads', "a number or 'auto'", threads);
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw rangeError(op, 'threads', `an integer from 1 to ${MAX_THREADS}, or 'auto'`, threads);
  }
}
