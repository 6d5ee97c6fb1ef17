/** Any number of threads: the same bits, on every host that has them. (When one dies: threads.node.test.ts.) */

import { describe, expect, test, vi } from 'vitest';
import { type Kernels, load, loadSync } from '../../src/index.ts';
import { DIVISIBLE } from '../../src/threads/divide.ts';
import { Team } from '../../src/threads/team.ts';
import { makeData, placeData, resultsOf } from '../calls/data.ts';
import { forms, rowForms } from '../operations/index.ts';
import { backends } from '../support/backends.ts';
import { firstDifference, halves } from '../support/compare.ts';
import { type Input, makeInput } from '../support/rows.ts';

/** Shapes below and above the threshold, with fewer and more rows than threads, short, long and over-long rows. */
const SHAPES = [
  [3, 7],
  [40_000, 2],
  [9001, 11],
  [1500, 67],
  [70, 1025],
  [33, 4097],
  [3, 65_537],
  [5, 131_075],
  [1, 300_001],
  [1, 1_100_000],
] as const;
/** The fallback takes longer: enough to cover each way to divide a call. */
const SHAPES_JS = [
  [3, 7],
  [6000, 2],
  [900, 17],
  [3, 65_537],
  [1, 131_075],
] as const;

/** The same for every operation in every form, of which there are many. */
const SHAPES_OF_VARIANTS = {
  wasm: [
    [3, 7],
    [3000, 33],
    [17, 4097],
    [3, 65_537],
    [1, 300_001],
  ],
  js: [
    [3, 7],
    [700, 33],
    [3, 16_385],
    [1, 40_003],
  ],
} as const;

/** Every operation, on views of the memory: results as they are, and computed over the input where it may be. */
function results(k: Kernels, { x, labels, cols }: Input, scale: { beta?: number }): Float32Array[] {
  const view = k.alloc(x.length);
  const call = { cols, ...scale };
  const found = rowForms.map(({ run }) => {
    view.set(x);
    return run(k, view, labels, call);
  });
  for (const { run, shape } of rowForms) {
    if (shape !== 'elements') continue;
    view.set(x);
    found.push(run(k, view, labels, call, view).slice());
  }
  found.push(rowForms[0].run(k, x, labels, call));
  const mean = k.crossEntropy(x, labels, call);
  found.push(halves(Float64Array.of(mean)));
  k.free(view);
  return found;
}

describe.each(backends)('$name', ({ name: backend, kernels: single }) => {
  test.each([1, 2, 3, 4, 8])('%i threads: the bits of one', { timeout: 60_000 }, async (threads) => {
    using k = await load({ backend, threads });
    expect(k.threads).toBe(threads);
    expect(k.backend).toBe(backend);
    for (const [rows, cols] of backend === 'js' ? SHAPES_JS : SHAPES) {
      const input = makeInput(rows, cols, rows + cols);
      for (const scale of rows < 2000 ? [{}, { beta: 0.7 }] : [{}]) {
        const wanted = results(single, input, scale);
        for (const [i, got] of results(k, input, scale).entries()) {
          expect(firstDifference(got, wanted[i]), `${rows}x${cols}, result ${i}`).toBe(-1);
        }
      }
    }
  });

  const names = Object.keys(forms);
  test.each([1, 2, 3, 4, 8])(
    '%i threads, every form of every operation',
    { timeout: 60_000 },
    async (threads) => {
      using k = await load({ backend, threads });
      const divided = new Set<string>();
      const { run } = Team.prototype;
      using _ = vi.spyOn(Team.prototype, 'run').mockImplementation(function (this: Team, job) {
        divided.add(DIVISIBLE[job.kernel]);
        run.call(this, job);
      });
      for (const [rows, cols] of SHAPES_OF_VARIANTS[backend === 'js' ? 'js' : 'wasm']) {
        const data = makeData(rows, cols, rows + cols);
        const { inside, free } = placeData(k, data);
        for (const name of names) {
          const wanted = resultsOf(single, forms[name], data);
          for (const place of [inside, data]) {
            for (const [i, got] of resultsOf(k, forms[name], place).entries()) {
              const text = `${rows}x${cols} ${name}, result ${i}, ${place === data ? 'outside' : 'inside'}`;
              expect(firstDifference(got, wanted[i]), text).toBe(-1);
            }
          }
        }
        free();
      }
      // Along an axis rows are gathered and scattered, too.
      const { x } = makeData(3, 70 * 600, 5);
      const along = { shape: [3, 70, 600], axis: 1 };
      expect(firstDifference(k.softmax(x, along), single.softmax(x, along))).toBe(-1);
      // Half precision is widened and narrowed.
      const half = k.alloc(70 * 600, 'bf16').fill(0x3f80);
      const call = { cols: 600, dtype: 'bfloat16', out: half } as const;
      const same = single.softmax(new Uint16Array(half), { ...call, out: new Uint16Array(half.length) });
      expect([...k.softmax(half, call)]).toEqual([...same]);
      k.free(half);
      expect([...divided].sort()).toEqual(threads === 1 ? [] : [...DIVISIBLE].sort());
    },
  );

  test('statistics: softmaxFrom gives the bits of softmax', async () => {
    using k = await load({ backend, threads: 3 });
    const { x } = makeInput(2, 200_000, 1);
    const options = { cols: 200_000 };
    const stats = k.rowStats(x, options);
    expect(stats).toEqual(single.rowStats(x, options));
    expect(firstDifference(k.softmaxFrom(x, stats, options), single.softmax(x, options))).toBe(-1);
  });

  test('fitTemperatureBatches gives the bits of fitTemperature', async () => {
    using k = await load({ backend, threads: 2 });
    const { p, labels } = makeData(600, 50, 1);
    const batches = [0, 400].map((row) => ({
      logits: p.subarray(row * 50, (row + 400) * 50),
      labels: labels.subarray(row, row + 400),
    }));
    const fitted = await k.fitTemperatureBatches(() => batches, { cols: 50 });
    expect(fitted).toEqual(single.fitTemperature(p, labels, { cols: 50 }));
  });
});

describe("a view at address 0 of the caller's own memory", () => {
  test.each(backends)('$name', async ({ name: backend, kernels: single }) => {
    const memory = new WebAssembly.Memory({ initial: 20, maximum: 65536, shared: true });
    using k = await load({ backend, threads: 2, memory });
    const { x, labels, cols } = makeInput(3000, 100, 1);
    const view = new Float32Array(memory.buffer, 0, x.length);
    view.set(x);
    expect(firstDifference(k.softmax(view, { cols, out: view }), single.softmax(x, { cols }))).toBe(-1);
    view.set(x);
    const gradient = new Float32Array(x.length);
    single.crossEntropy(x, labels, { cols, gradient });
    k.crossEntropy(view, labels, { cols, gradient: view });
    expect(firstDifference(view, gradient)).toBe(-1);
  });
});

describe('life', () => {
  test('close ends the threads, and twice is fine', async () => {
    const k = await load({ threads: 2 });
    k.close();
    k.close();
    expect(k.threads).toBe(1);
    expect(() => k.softmax([1])).toThrow(/closed/);
  });

  test('kernels side by side', async () => {
    const all = await Promise.all([
      load({ threads: 2, backend: 'simd' }),
      load({ threads: 3, backend: 'js' }),
      load({ threads: 2, backend: 'simd' }),
    ]);
    const { x, cols } = makeInput(40, 3000, 3);
    const wanted = all.map((k) => loadSync({ backend: k.backend }).softmax(x, { cols }));
    for (let round = 0; round < 5; round++) {
      for (const [i, k] of all.entries()) {
        expect(firstDifference(k.softmax(x, { cols }), wanted[i])).toBe(-1);
      }
    }
    all[0].close();
    expect(firstDifference(all[2].softmax(x, { cols }), wanted[2])).toBe(-1);
    for (const k of all) k.close();
  });
});

describe('options', () => {
  test.each([0, -1, 1.5, 257, 1e9, NaN, Infinity])('%d threads: RangeError', async (threads) => {
    await expect(load({ threads })).rejects.toThrow(RangeError);
  });

  test('wrong types: TypeError', async () => {
    await expect(load({ threads: '2' as 'auto' })).rejects.toThrow(TypeError);
    await expect(load({ threads: null as unknown as number })).rejects.toThrow(TypeError);
  });

  test('loadSync has one thread', () => {
    expect(loadSync({ threads: 1 }).threads).toBe(1);
    expect(() => loadSync({ threads: 2 })).toThrow(/use load/);
    expect(() => loadSync({ threads: 0 })).toThrow(RangeError);
  });

  test("'auto': as many as there are cores", async () => {
    using k = await load({ threads: 'auto' });
    const os = globalThis.process?.getBuiltinModule?.('node:os');
    expect(k.threads).toBe(os?.availableParallelism() ?? navigator.hardwareConcurrency);
  });

  test('memory that is not shared: one thread, and why', async () => {
    const memory = new WebAssembly.Memory({ initial: 0 });
    for (const backend of ['simd', 'js'] as const) {
      const k = await load({ threads: 4, memory, backend });
      expect(k.threads).toBe(1);
      expect(k.reason).toMatch(/one thread: the memory is not shared/);
      expect(k.softmax([0, 0])).toEqual(new Float32Array([0.5, 0.5]));
    }
  });

  test('threads for which there is no memory: one thread, and what was meant for them is free', async () => {
    using k = await load({ threads: 64, maxBytes: 2 ** 20, backend: 'simd' });
    expect(k.threads).toBe(1);
    expect(k.reason).toMatch(/one thread: load: \d+ bytes in one piece are needed/);
    using alone = loadSync({ maxBytes: 2 ** 20, backend: 'simd' });
    const most = (of: Kernels): number => {
      for (let length = 2 ** 18; ; length -= 1024) {
        try {
          return of.alloc(length).length;
        } catch {}
      }
    };
    expect(most(k)).toBe(most(alone));
  });

  test('the least memory is enough', async () => {
    using k = await load({ threads: 8, maxBytes: 2 ** 20, backend: 'simd' });
    expect(k.threads).toBe(8);
    const { x, cols } = makeInput(1, 200_000, 4);
    expect(firstDifference(k.softmax(x, { cols }), loadSync({ backend: 'simd' }).softmax(x))).toBe(-1);
  });
});
