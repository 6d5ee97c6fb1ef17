import { checkChoice, checkOptions, describe, rangeError, typeError } from './arguments/check.ts';
import { type Backend, Kernels, type Loaded } from './kernels.ts';
import { Arena, createPlainMemory, type GrowableMemory, MAX_MEMORY_BYTES } from './memory/arena.ts';
import type { Host } from './memory/host.ts';
import { PAGE_BYTES, type RawKernels } from './raw/abi.ts';
import { createFallback } from './raw/js/index.ts';
import { compiled, HAS_SHARED } from './raw/wasm/compile.ts';
import { createWasm, type WasmBackend } from './raw/wasm/instance.ts';
import { toModules, type WasmModuleName, type WasmModules } from './raw/wasm/modules.ts';

/** What `load` and `loadSync` take. */
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
  /** The caller's memory, shared or not; only pages that the kernels get by growing it are used. */
  memory?: WebAssembly.Memory;
  /** Ceiling of the bytes that the kernels take; at least 1 MiB. */
  maxBytes?: number;
  /**
   * Modules compiled from the package's `.wasm` files, one or several by name, for hosts that forbid compilation
   * at run time: nothing else is compiled then.
   */
  module?: WebAssembly.Module | WasmModules;
}

const BACKENDS = ['auto', 'relaxed-simd', 'simd', 'js'] as const;
/** Room for copied data: rows of up to a million columns in one piece. Untouched, it costs address space alone. */
const SCRATCH_BYTES = 4 * 1024 * 1024 + 65536;
const MIN_BYTES = 1024 * 1024;
const MIN_SCRATCH_BYTES: number = MIN_BYTES / 4;
/** More are a mistake: each takes some megabytes, and a while to start. */
export const MAX_THREADS = 256;

/**
 * The fastest kernels that this host can run, and as many threads as were asked for, or it has to give.
 *
 * Results have the same bits for any number of threads. Calls stay synchronous, on a browser's main thread too.
 * Threads wait asleep, and keep no process alive; `close` ends them. Should one die during a call, the call throws
 * an Error and later calls go on with those that remain.
 * @throws TypeError or RangeError for a bad option; Error if the named `backend` cannot run here
 * @example
 * ```ts
 * import { load } from 'softmax-simd';
 *
 * const k = await load({ threads: 'auto' });
 * const x = k.alloc(64 * 32_000).fill(1);
 * k.softmax(x, { cols: 32_000, out: x }); // on all cores
 * k.close();
 * ```
 */
export async function load(options: LoadOptions = {}): Promise<Kernels> {
  const opened = open('load', options);
  const { threads = 1 } = options;
  if (threads === 1) return new Kernels(opened.loaded);
  // Not for everybody to load: most programs have one thread.
  const { startThreads } = await import('./threads/start.ts');
  return new Kernels(await startThreads(opened, threads));
}

/** As {@link load}, at once, and with one thread. */
export function loadSync(options: LoadOptions = {}): Kernels {
  const { loaded } = open('loadSync', options);
  if ((options.threads ?? 1) !== 1) {
    throw new TypeError('loadSync: more threads than one take time to start: use load');
  }
  return new Kernels(loaded);
}

/** Kernels of one thread, and what it takes to give them more. */
export interface Opened {
  readonly loaded: Loaded;
  readonly module: WebAssembly.Module | undefined;
  /** A second scratch of the same size, so that dividing a call does not disturb the data in the first. */
  readonly scratch: () => Host['scratch'];
}

function open(op: string, options: LoadOptions): Opened {
  checkOptions(op, options);
  const { backend = 'auto', memory: given, maxBytes = MAX_MEMORY_BYTES, module } = options;
  checkChoice(op, 'backend', BACKENDS, backend);
  checkThreads(op, options.threads);
  if (typeof maxBytes !== 'number') throw typeError(op, 'maxBytes', 'a number', maxBytes);
  if (!(maxBytes >= MIN_BYTES && maxBytes <= MAX_MEMORY_BYTES)) {
    throw rangeError(op, 'maxBytes', `from ${MIN_BYTES} to ${MAX_MEMORY_BYTES}`, maxBytes);
  }
  if (given !== undefined && !(hasWasm() && given instanceof WebAssembly.Memory)) {
    throw typeError(op, 'memory', 'a WebAssembly.Memory', given);
  }
  const modules = toModules(op, module);
  const memory = given ?? createMemory(maxBytes, modules);
  const arena = new Arena(memory, maxBytes);
  const tried: string[] = [];
  for (const candidate of backend === 'auto' ? BACKENDS.slice(1) : [backend]) {
    if (candidate === 'auto') continue;
    let raw: RawKernels;
    let wasmModule: WebAssembly.Module | undefined;
    try {
      wasmModule = candidate === 'js' ? undefined : moduleFor(candidate, memory, modules);
      raw =
        wasmModule === undefined
          ? createFallback(arena)
          : createWasm(memory as WebAssembly.Memory, wasmModule);
    } catch (error) {
      tried.push(`no ${candidate}: ${error instanceof Error ? error.message : error}`);
      continue;
    }
    const reason = backend === 'auto' ? tried.join('; ') || undefined : whyNotFaster(backend);
    const scratch = () => reserveScratch(op, arena);
    const loaded: Loaded = {
      ...{ raw, alone: raw, manyElements: 0, arena, scratch: scratch() },
      ...{ backend: candidate, reason, team: undefined },
    };
    return { loaded, module: wasmModule, scratch };
  }
  throw new Error(`${op}: this host cannot run the backend ${describe(backend)} (${tried.join('; ')})`);
}

function checkThreads(op: string, threads: unknown): void {
  if (threads === undefined || threads === 'auto') return;
  if (typeof threads !== 'number') throw typeError(op, 'threads', "a number or 'auto'", threads);
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw rangeError(op, 'threads', `an integer from 1 to ${MAX_THREADS}, or 'auto'`, threads);
  }
}

/** The scratch: a smaller one where the memory cannot grow so far. */
function reserveScratch(op: string, arena: Arena): Host['scratch'] {
  for (let bytes = Math.min(SCRATCH_BYTES, Math.floor(arena.maxBytes / 4)); ; bytes >>= 1) {
    try {
      return { start: arena.allocBytes(op, bytes), bytes };
    } catch (error) {
      if (bytes < 2 * MIN_SCRATCH_BYTES) throw error;
    }
  }
}

function whyNotFaster(backend: Backend): string | undefined {
  return backend === 'relaxed-simd' ? undefined : `the backend '${backend}' was asked for`;
}

/** Adds a reason to those that there are. */
export function because(loaded: Loaded, reason: string): Loaded {
  return { ...loaded, reason: loaded.reason === undefined ? reason : `${loaded.reason}; ${reason}` };
}

function hasWasm(): boolean {
  return typeof WebAssembly === 'object';
}

/**
 * Shared memory where the host allows it and the modules given, if any, can use it: its views survive growth, and
 * threads can work on it.
 */
function createMemory(maxBytes: number, modules: WasmModules | undefined): GrowableMemory {
  if (!hasWasm()) return createPlainMemory();
  const maximum = Math.ceil(maxBytes / PAGE_BYTES);
  const hasShared = modules ? modules['simd-shared'] || modules['relaxed-simd-shared'] : HAS_SHARED;
  if (canShare() && hasShared) {
    // A host may refuse to set aside so much address space: less will do.
    for (let pages = maximum; pages >= MIN_BYTES / PAGE_BYTES; pages = Math.floor(pages / 4)) {
      try {
        return new WebAssembly.Memory({ initial: 0, maximum: pages, shared: true });
      } catch {}
    }
  }
  return new WebAssembly.Memory({ initial: 0, maximum });
}

/** Not every host that has SharedArrayBuffer may use it, nor does every one that makes shared memory have it. */
function canShare(): boolean {
  return typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated !== false;
}

export function isShared(memory: GrowableMemory): boolean {
  return typeof SharedArrayBuffer === 'function' && memory.buffer instanceof SharedArrayBuffer;
}

function moduleFor(
  backend: WasmBackend,
  memory: GrowableMemory,
  modules: WasmModules | undefined,
): WebAssembly.Module {
  if (!hasWasm()) throw new Error('there is no WebAssembly');
  const shared = isShared(memory);
  const name: WasmModuleName = shared ? `${backend}-shared` : backend;
  if (modules === undefined) return compiled(backend, shared);
  const module = modules[name];
  if (module === undefined) throw new Error(`'${name}' is not among the modules given`);
  return module;
}
