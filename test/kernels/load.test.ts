/** Loading: every option, what the host cannot do, and the end of it. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { WasmModuleName } from '../../src/arguments/modules.ts';
import { type Kernels, type LoadOptions, load, loadSync } from '../../src/index.ts';
import { LANE_SCRATCH_BYTES } from '../../src/raw/sizes.ts';
import { rowForms } from '../operations/index.ts';
import { backends, hasRelaxedSimd } from '../support/backends.ts';
import { bitsOf } from '../support/compare.ts';
import { readBytes } from '../support/files.ts';
import { memories } from '../support/memories.ts';
import { random } from '../support/random.ts';

const { Memory, Module } = WebAssembly;

const names: WasmModuleName[] = [
  ...(['simd', 'simd-shared'] as const),
  ...(hasRelaxedSimd ? (['relaxed-simd', 'relaxed-simd-shared'] as const) : []),
];
const modules: Record<string, WebAssembly.Module> = {};
for (const name of names) modules[name] = new Module(await readBytes(`dist/wasm/${name}.wasm`));

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.resetModules();
});

/** The bits of every operation on the same rows. */
function allBits(k: Kernels): Int32Array[] {
  const r = random(1);
  const cols = 77;
  const x = Float32Array.from({ length: 50 * cols }, () => 8 * r.normal());
  const labels = Int32Array.from({ length: 50 }, () => r.below(cols));
  return rowForms.map(({ run }) => bitsOf(run(k, x, labels, { cols, temperature: 0.7 })));
}

/** Puts `construct` in the place of a constructor of WebAssembly, of which instances stay instances. */
function stubConstructor<T>(name: 'Memory' | 'Module', construct: (argument: T) => object): void {
  const value = new Proxy(WebAssembly[name], { construct: (_, [argument]) => construct(argument) });
  vi.stubGlobal('WebAssembly', Object.create(WebAssembly, { [name]: { value } }));
}

describe.each(backends)('backend $name', ({ name, kernels }) => {
  test('load and loadSync give it', async () => {
    for (const k of [await load({ backend: name }), loadSync({ backend: name })]) {
      expect(k).toMatchObject({ backend: name, threads: 1 });
      expect(k.memory).toBeInstanceOf(Memory);
      expect(allBits(k)).toEqual(allBits(kernels));
      k.close();
    }
  });

  test('reason says that it was asked for, unless nothing is faster', () => {
    const wanted = name === 'relaxed-simd' ? undefined : `the backend '${name}' was asked for`;
    expect(kernels.reason).toBe(wanted);
  });

  test('shared and plain memory: the same bits', () => {
    for (const { name: kind, create } of memories) {
      const memory = create();
      const k = loadSync({ backend: name, memory });
      expect(k.memory).toBe(memory);
      expect(k.memory.buffer instanceof SharedArrayBuffer).toBe(kind === 'shared');
      expect(allBits(k)).toEqual(allBits(kernels));
    }
  });

  test('maxBytes: the same bits with little memory', () => {
    const k = loadSync({ backend: name, maxBytes: 2 ** 20 });
    expect(allBits(k)).toEqual(allBits(kernels));
    expect(k.memory.buffer.byteLength).toBeLessThanOrEqual(2 ** 20);
  });
});

describe('auto', () => {
  test('is the default, and the fastest that runs', async () => {
    const fastest = hasRelaxedSimd ? 'relaxed-simd' : 'simd';
    for (const k of [loadSync(), await load(), loadSync({ backend: 'auto' }), loadSync({})]) {
      expect(k.backend).toBe(fastest);
      if (hasRelaxedSimd) expect(k.reason).toBeUndefined();
      else expect(k.reason).toMatch(/^no relaxed-simd: /);
    }
  });

  // Only in Node can vitest load modules anew. (In browsers a page's policy takes WebAssembly away: tools/matrix.)
  test.skipIf('document' in globalThis)('falls back step by step, and says why', async () => {
    // Compiled modules are kept, so nothing would ask for another validation: a library loaded anew.
    const fresh = await import('../../src/load.ts');
    const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValueOnce(false);
    expect(fresh.loadSync()).toMatchObject({
      backend: 'simd',
      reason: "no relaxed-simd: this engine's WebAssembly has no relaxed SIMD",
    });
    vi.resetModules();
    validate.mockReturnValue(false);
    const again = await import('../../src/load.ts');
    const reason =
      "no relaxed-simd: this engine's WebAssembly has no relaxed SIMD; " +
      "no simd: this engine's WebAssembly has no SIMD";
    expect(again.loadSync()).toMatchObject({ backend: 'js', reason });
    expect(() => again.loadSync({ backend: 'simd' })).toThrow(
      "loadSync: this host cannot run the backend 'simd' (no simd: this engine's WebAssembly has no SIMD)",
    );
    await expect(again.load({ backend: 'relaxed-simd' })).rejects.toThrow("backend 'relaxed-simd'");
  });

  test('without WebAssembly: js, in memory of the same kind of behaviour', () => {
    const js = loadSync({ backend: 'js' });
    vi.stubGlobal('WebAssembly', undefined);
    const k = loadSync();
    const why = 'there is no WebAssembly';
    expect(k).toMatchObject({ backend: 'js', reason: `no relaxed-simd: ${why}; no simd: ${why}` });
    expect(allBits(k)).toEqual(allBits(js));
    expect(() => loadSync({ backend: 'simd' })).toThrow(why);
    const view = k.alloc(4);
    k.alloc(2 ** 24);
    expect(() => k.softmax(view)).toThrow(TypeError);
    expect(() => loadSync({ memory: js.memory })).toThrow('loadSync: memory must be a WebAssembly.Memory');
    expect(() => loadSync({ module: {} as WebAssembly.Module })).not.toThrow();
  });

  test.each(['SharedArrayBuffer', 'crossOriginIsolated'])('without %s: plain memory, same bits', (name) => {
    const wanted = allBits(loadSync());
    vi.stubGlobal(name, name === 'crossOriginIsolated' ? false : undefined);
    const k = loadSync();
    expect(k.memory.buffer).toBeInstanceOf(ArrayBuffer);
    expect(allBits(k)).toEqual(wanted);
  });

  test('a host that sets aside less address space', () => {
    const asked: number[] = [];
    stubConstructor('Memory', (descriptor: WebAssembly.MemoryDescriptor) => {
      asked.push(descriptor.maximum ?? 0);
      if ((descriptor.maximum ?? 0) > 1000) throw new RangeError('could not allocate memory');
      return new Memory(descriptor);
    });
    const k = loadSync();
    expect(asked).toEqual([65536, 16384, 4096, 1024, 256]);
    expect(k.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(k.softmax([1, 1])).toEqual(new Float32Array([0.5, 0.5]));
  });
});

describe('module', () => {
  const compiled = (name: string): WebAssembly.Module => modules[name];
  const backendOf = (name: string) => name.replace('-shared', '') as 'simd' | 'relaxed-simd';

  describe.each(names)('%s', (name) => {
    const module = compiled(name);
    const backend = backendOf(name);
    const shared = name.endsWith('-shared');
    const wanted = allBits(loadSync({ backend }));

    test('alone, by name, with and without a backend: nothing else is compiled', async () => {
      // Loaded anew, the library has nothing compiled yet.
      vi.resetModules();
      const fresh = await import('../../src/load.ts');
      const compile = vi.fn();
      stubConstructor('Module', compile);
      for (const given of [module, { [name]: module }]) {
        for (const options of [{}, { backend: 'auto' as const }, { backend }]) {
          const k = await fresh.load({ module: given, ...options });
          expect(k.backend).toBe(backend);
          expect(k.memory.buffer instanceof SharedArrayBuffer).toBe(shared);
          expect(allBits(k)).toEqual(wanted);
        }
      }
      expect(compile).not.toHaveBeenCalled();
    });

    test('all of the memory is free for arrays, but for the scratches and the line at address 0', () => {
      const k = loadSync({ module, backend, maxBytes: 2 ** 20 });
      expect(() => k.alloc((2 ** 20 - 2 ** 18 - LANE_SCRATCH_BYTES - 64) / 4)).not.toThrow();
    });

    test('with the memory that it is for', () => {
      for (const { name: kind, create } of memories) {
        const fits = shared === (kind === 'shared');
        const open = () => loadSync({ module, backend, memory: create() });
        if (fits) expect(allBits(open())).toEqual(wanted);
        else expect(open).toThrow(`(no ${backend}: '${backend}${shared ? '' : '-shared'}' is not among`);
        expect(loadSync({ module, memory: create() }).backend).toBe(fits ? backend : 'js');
      }
    });

    test('by another name: TypeError', () => {
      const other = names.find((candidate) => candidate !== name) as WasmModuleName;
      expect(() => loadSync({ module: { [other]: module } })).toThrow(
        new TypeError(
          `loadSync: module['${other}'] must be compiled from the package's ${other}.wasm, but is an object (Module)`,
        ),
      );
    });
  });

  test('all of them: the fastest', () => {
    const module = Object.fromEntries(names.map((name) => [name, compiled(name)]));
    const k = loadSync({ module });
    expect(k.backend).toBe(hasRelaxedSimd ? 'relaxed-simd' : 'simd');
    expect(k.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(loadSync({ module, backend: 'simd' }).backend).toBe('simd');
    expect(loadSync({ module, backend: 'js' }).backend).toBe('js');
  });

  test('a backend without its module', () => {
    expect(() => loadSync({ module: compiled('simd'), backend: 'relaxed-simd' })).toThrow(
      "no relaxed-simd: 'relaxed-simd' is not among the modules given",
    );
    expect(loadSync({ module: {} })).toMatchObject({
      backend: 'js',
      reason:
        "no relaxed-simd: 'relaxed-simd' is not among the modules given; no simd: 'simd' is not among the modules given",
    });
  });
});

describe('bad options', () => {
  const empty = new Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  const cases: [string, unknown, typeof TypeError | typeof RangeError, string][] = [
    ['options', null, TypeError, 'options must be an object, but is null'],
    ['options', 'simd', TypeError, "options must be an object, but is 'simd'"],
    [
      'backend',
      { backend: 1 },
      TypeError,
      "backend must be one of 'auto', 'relaxed-simd', 'simd', 'js', but is 1",
    ],
    ['backend', { backend: null }, TypeError, 'but is null'],
    [
      'backend',
      { backend: 'SIMD' },
      RangeError,
      "backend must be one of 'auto', 'relaxed-simd', 'simd', 'js', but is 'SIMD'",
    ],
    ['backend', { backend: '' }, RangeError, "but is ''"],
    ['maxBytes', { maxBytes: '1e6' }, TypeError, "maxBytes must be a number, but is '1e6'"],
    ['maxBytes', { maxBytes: 2n ** 20n }, TypeError, 'maxBytes must be a number, but is 1048576n'],
    [
      'maxBytes',
      { maxBytes: 2 ** 20 - 1 },
      RangeError,
      'maxBytes must be from 1048576 to 4294967296, but is 1048575',
    ],
    ['maxBytes', { maxBytes: 2 ** 32 + 1 }, RangeError, 'but is 4294967297'],
    ['maxBytes', { maxBytes: Number.NaN }, RangeError, 'but is NaN'],
    ['maxBytes', { maxBytes: -1 }, RangeError, 'but is -1'],
    ['maxBytes', { maxBytes: Infinity }, RangeError, 'but is Infinity'],
    ['memory', { memory: null }, TypeError, 'memory must be a WebAssembly.Memory, but is null'],
    ['memory', { memory: new ArrayBuffer(65536) }, TypeError, 'but is an object (ArrayBuffer)'],
    ['memory', { memory: { buffer: new ArrayBuffer(65536) } }, TypeError, 'but is an object (Object)'],
    [
      'module',
      { module: null },
      TypeError,
      'module must be a WebAssembly.Module, or an object of them by name, but is null',
    ],
    ['module', { module: 'simd.wasm' }, TypeError, "but is 'simd.wasm'"],
    [
      'module',
      { module: empty },
      TypeError,
      "module must be one of the package's own, but is an object (Module)",
    ],
    [
      'module',
      { module: { simd: 'simd.wasm' } },
      TypeError,
      "module['simd'] must be compiled from the package's simd.wasm",
    ],
    ['module', { module: { simd: empty } }, TypeError, "module['simd'] must be compiled from"],
    [
      'module',
      { module: new Uint8Array(8) },
      RangeError,
      "module must have names among 'simd', 'simd-shared'",
    ],
    ['module', { module: { SIMD: empty } }, RangeError, "but has 'SIMD'"],
  ];
  test.each(cases)('%s: %o', async (_, options, type, message) => {
    const bad = options as LoadOptions;
    expect(() => loadSync(bad)).toThrow(type);
    expect(() => loadSync(bad)).toThrow(message);
    expect(() => loadSync(bad)).toThrow(/^loadSync: /);
    await expect(load(bad)).rejects.toThrow(type);
    await expect(load(bad)).rejects.toThrow(/^load: /);
  });

  test('undefined is the default everywhere', () => {
    const options = { backend: undefined, memory: undefined, maxBytes: undefined, module: undefined };
    expect(loadSync(options).backend).toBe(loadSync().backend);
  });
});

describe('close', () => {
  test.each(['close', Symbol.dispose] as const)('%s: every further call throws, a second is fine', (how) => {
    const k = loadSync();
    const view = k.alloc(4);
    k[how]();
    k[how]();
    k.close();
    const calls: Record<string, () => unknown> = {
      alloc: () => k.alloc(4),
      free: () => k.free(view),
      softmax: () => k.softmax([1]),
      logSoftmax: () => k.logSoftmax([1]),
      logSumExp: () => k.logSumExp([1]),
      crossEntropy: () => k.crossEntropy([1], [0]),
    };
    for (const [op, call] of Object.entries(calls)) {
      expect(call, op).toThrow(new TypeError(`${op}: these kernels are closed: load others`));
    }
    expect(k.memory.buffer.byteLength).toBeGreaterThan(0);
  });
});
