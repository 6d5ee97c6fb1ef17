import { describe } from './arguments/errors.ts';
import {
  BACKENDS,
  type Backend,
  type LoadOptions,
  type LoadPlan,
  MIN_BYTES,
  toLoadPlan,
} from './arguments/load-options.ts';
import type { WasmModuleName, WasmModules } from './arguments/modules.ts';
import { Kernels } from './kernels.ts';
import type { Loaded, Opened } from './loaded.ts';
import { Arena, type GrowableMemory } from './memory/arena.ts';
import { createMemory, isShared } from './memory/create.ts';
import type { Host } from './memory/host.ts';
import { createJs, type RawKernels } from './raw/index.ts';
import { compiled, HAS_SHARED } from './raw/wasm/compile.ts';
import { createWasm, type WasmBackend } from './raw/wasm/instance.ts';

/** Room for copied data: rows of up to a million columns in one piece. Untouched, it costs address space alone. */
const SCRATCH_BYTES = 4 * 1024 * 1024 + 65536;
const MIN_SCRATCH_BYTES: number = MIN_BYTES / 4;

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
  const plan = toLoadPlan('load', options);
  const opened = open('load', plan);
  if (plan.threads === 1) return new Kernels(opened.loaded);
  // Not for everybody to load: most programs have one thread.
  const { startThreads } = await import('./threads/start.ts');
  return new Kernels(await startThreads(opened, plan.threads));
}

/** As {@link load}, at once, and with one thread. */
export function loadSync(options: LoadOptions = {}): Kernels {
  const plan = toLoadPlan('loadSync', options);
  if (plan.threads !== 1) {
    throw new TypeError('loadSync: more threads than one take time to start: use load');
  }
  return new Kernels(open('loadSync', plan).loaded);
}

function open(op: string, { backend, memory: given, maxBytes, modules }: LoadPlan): Opened {
  const memory = given ?? createMemory(MIN_BYTES, maxBytes, haveShared(modules));
  const arena = new Arena(memory, maxBytes);
  const tried: string[] = [];
  for (const candidate of backend === 'auto' ? BACKENDS : [backend]) {
    let raw: RawKernels;
    let wasmModule: WebAssembly.Module | undefined;
    try {
      wasmModule = candidate === 'js' ? undefined : moduleFor(candidate, memory, modules);
      raw = wasmModule === undefined ? createJs(arena) : createWasm(memory as WebAssembly.Memory, wasmModule);
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

/** Whether there are modules for shared memory. */
function haveShared(modules: WasmModules | undefined): boolean {
  return modules ? Boolean(modules['simd-shared'] || modules['relaxed-simd-shared']) : HAS_SHARED;
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

function moduleFor(
  backend: WasmBackend,
  memory: GrowableMemory,
  modules: WasmModules | undefined,
): WebAssembly.Module {
  if (typeof WebAssembly !== 'object') throw new Error('there is no WebAssembly');
  const shared = isShared(memory);
  const name: WasmModuleName = shared ? `${backend}-shared` : backend;
  if (modules === undefined) return compiled(backend, shared);
  const module = modules[name];
  if (module === undefined) throw new Error(`'${name}' is not among the modules given`);
  return module;
}
