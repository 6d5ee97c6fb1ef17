/** Any number of threads: the same bits, no hang, no leak; and what happens when a thread dies. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import workerThreads, { type Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RawKernels } from '../src/abi.ts';
import { Arena } from '../src/arena.ts';
import { type Kernels, load, loadSync } from '../src/index.ts';
import { DIVISIBLE } from '../src/threads/kernels.ts';
import { Team } from '../src/threads/team.ts';
import { backends } from './backends.ts';
import { firstDifference } from './compare.ts';
import { operations } from './operations.ts';
import { random } from './random.ts';
import { makeData, placeData, resultsOf, variants } from './variants.ts';

const run = promisify(execFile);
/** What was built, for programs of their own. */
const LIBRARY = new URL('../dist/index.js', import.meta.url).href;

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

interface Input {
  x: Float32Array;
  labels: Int32Array;
  cols: number;
}

/** Logits, some rows of them with a special element; some labels are to be ignored. */
function makeInput(rows: number, cols: number, seed: number): Input {
  const r = random(seed);
  const x = new Float32Array(rows * cols);
  for (let i = 0; i < x.length; i++) x[i] = 20 * r.next() - 10;
  const special = [NaN, Infinity, -Infinity, -Infinity, 1e30, -1e30];
  for (let i = 0; i < Math.min(rows - 1, special.length); i++) x[r.below(x.length)] = special[i];
  const labels = Int32Array.from({ length: rows }, (_, row) => (row % 7 === 3 ? -100 : r.below(cols)));
  return { x, labels, cols };
}

/** Every operation, on views of the memory: results as they are, and computed over the input where it may be. */
function results(k: Kernels, { x, labels, cols }: Input, scale: { beta?: number }): Float32Array[] {
  const view = k.alloc(x.length);
  const call = { cols, ...scale };
  const found = operations.map(({ run }) => {
    view.set(x);
    return run(k, view, labels, call);
  });
  for (const { run, shape } of operations) {
    if (shape !== 'elements') continue;
    view.set(x);
    found.push(run(k, view, labels, call, view).slice());
  }
  found.push(operations[0].run(k, x, labels, call));
  const mean = k.crossEntropy(x, labels, call);
  found.push(new Float32Array(new Float64Array([mean]).buffer));
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

  const names = Object.keys(variants);
  test.each([1, 2, 3, 4, 8])(
    '%i threads, every form of every operation',
    { timeout: 60_000 },
    async (threads) => {
      using k = await load({ backend, threads });
      const divided = new Set<string>();
      const { run } = Team.prototype;
      using _ = vi.spyOn(Team.prototype, 'run').mockImplementation(function (this: Team, job, elements) {
        divided.add(DIVISIBLE[job.kernel]);
        run.call(this, job, elements);
      });
      for (const [rows, cols] of SHAPES_OF_VARIANTS[backend === 'js' ? 'js' : 'wasm']) {
        const data = makeData(rows, cols, rows + cols);
        const { inside, free } = placeData(k, data);
        for (const name of names) {
          const wanted = resultsOf(single, variants[name], data);
          for (const place of [inside, data]) {
            for (const [i, got] of resultsOf(k, variants[name], place).entries()) {
              const text = `${rows}x${cols} ${name}, result ${i}, ${place === data ? 'outside' : 'inside'}`;
              expect(firstDifference(got, wanted[i]), text).toBe(-1);
            }
          }
        }
        free();
      }
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

  test('nothing is missing among them', () => {
    const called = new Set<string>(['constructor', 'alloc', 'free', 'close']);
    // The only one that gives a promise has a test of its own.
    called.add('fitTemperatureBatches');
    const record = new Proxy(single, {
      get(target, name) {
        called.add(String(name));
        const value = target[name as keyof Kernels];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    for (const name of names) variants[name](record, makeData(3, 7, 1));
    const methods = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(single)));
    for (const [name, { value }] of methods) if (value) expect(called).toContain(name);
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

describe('thousands of calls', () => {
  let k: Kernels;
  beforeAll(async () => {
    k = await load({ backend: 'simd', threads: 4 });
  });
  afterAll(() => k.close());

  test('of random shapes: right each time, memory and handles flat', { timeout: 60_000 }, () => {
    const single = loadSync({ backend: 'simd' });
    const r = random(5);
    const data = Float32Array.from({ length: 200_000 }, () => 4 * r.normal());
    const x = k.alloc(data.length);
    x.set(data);
    const out = k.alloc(data.length);
    const reference = single.alloc(data.length);
    reference.set(data);
    const wanted = single.alloc(data.length);
    const bytes = k.memory.buffer.byteLength;
    const handles = process.getActiveResourcesInfo().length;
    let heap = 0;
    for (let i = 0; i < 10_000; i++) {
      // From 2^0 to 2^17 columns and up to 2^17 elements, above and below the threshold.
      const cols = Math.ceil(2 ** (17 * r.next()));
      const rows = 1 + r.below(Math.floor(140_000 / cols));
      const n = rows * cols;
      k.softmax(x.subarray(0, n), { cols, out: out.subarray(0, n) });
      if (i === 1000) heap = process.memoryUsage().heapUsed;
      // Comparing takes longer than computing: every tenth time.
      if (i % 10 > 0) continue;
      single.softmax(reference.subarray(0, n), { cols, out: wanted.subarray(0, n) });
      expect(firstDifference(out.subarray(0, n), wanted.subarray(0, n)), `call ${i}`).toBe(-1);
    }
    expect(k.threads).toBe(4);
    expect(k.memory.buffer.byteLength).toBe(bytes);
    expect(process.getActiveResourcesInfo().length).toBe(handles);
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(64 * 2 ** 20);
  });
});

/**
 * A kernel that stores 1 at `out`, but then never returns if beta is 666, and traps if it is 667:
 * `(func (export "softmaxF32") (param $x i32) (param $out i32) (param i32 i32) (param $beta f64) …)`.
 */
function makeDeadly(): WebAssembly.Module {
  const text = (value: string) =>
    [value.length, ...value].map((c) => (typeof c === 'string' ? c.charCodeAt(0) : c));
  const f64 = (value: number) => [0x44, ...new Uint8Array(new Float64Array([value]).buffer)];
  const section = (id: number, content: number[]) => [id, content.length, ...content];
  const whenBeta = (value: number, then: number[]) => [0x20, 4, ...f64(value), 0x61, 4, 0x40, ...then, 0x0b];
  const body = [
    ...[0, 0x20, 1, 0x43, 0, 0, 0x80, 0x3f, 0x38, 2, 0],
    ...[...whenBeta(666, [3, 0x40, 0x0c, 0, 0x0b]), ...whenBeta(667, [0]), 0x0b],
  ];
  const bytes = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 5, 0x7f, 0x7f, 0x7f, 0x7f, 0x7c, 0]),
    ...section(2, [1, ...text('env'), ...text('memory'), 2, 3, 0, 0x80, 0x80, 4]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('softmaxF32'), 0, 0]),
    ...section(10, [1, body.length, ...body]),
  ];
  return new WebAssembly.Module(new Uint8Array(bytes));
}

describe('a worker that dies', () => {
  const ROWS = 8;
  let workers: Worker[];
  let arena: Arena;
  let team: Team;
  let out: Float32Array;
  /** What the calling thread does before its work, when every worker has begun with a chunk. */
  let meanwhile: () => void;
  let begun: boolean;

  beforeAll(() => {
    const { Worker: Original } = workerThreads;
    workerThreads.Worker = class extends Original {
      constructor(...args: ConstructorParameters<typeof Original>) {
        super(...args);
        workers.push(this);
      }
    };
    return () => {
      workerThreads.Worker = Original;
    };
  });

  async function start(threads: number) {
    workers = [];
    meanwhile = () => {};
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 65536, shared: true });
    arena = new Arena(memory, 2 ** 24);
    out = arena.alloc(ROWS, 'f32') as Float32Array;
    const local = {
      softmaxF32(_: number, to: number) {
        if (!begun) {
          begun = true;
          for (let i = 0; i < 500 && out.filter((value) => value === 1).length < team.threads - 1; i++) {
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
          }
          meanwhile();
        }
        arena.f32[to / 4] = 1;
      },
    } as unknown as RawKernels;
    const module = makeDeadly();
    const plan = { arena, local, module, kernels: ['softmaxF32' as const], threads, cores: 1 };
    ({ team } = await Team.start(plan));
  }

  function call(beta: number) {
    out.fill(0);
    begun = false;
    const args = [0, out.byteOffset, ROWS, 1, beta];
    team.run({ kernel: 0, args, steps: [0, 4], countAt: 2, count: ROWS, chunk: 1 }, ROWS);
    expect(out).toEqual(new Float32Array(ROWS).fill(1));
  }

  /** Fails within a second, naming the numbers of threads. */
  function dies(beta: number, message: RegExp) {
    const before = performance.now();
    expect(() => call(beta)).toThrow(message);
    // With some allowance for a busy machine.
    expect(performance.now() - before).toBeLessThan(1500);
  }

  test('terminated in mid-call: an error, and the next call is right', async () => {
    await start(3);
    call(1);
    meanwhile = () => {
      void workers[0].terminate();
    };
    // Both get a chunk and keep it; the error is of all that are lost.
    dies(666, /2 of 3 threads died.*further calls use the 1 that remain/);
    meanwhile = () => {};
    expect(team.threads).toBe(1);
    call(1);
    team.close();
  });

  test('a trap: an error, and the next calls go on', async () => {
    await start(2);
    dies(667, /1 of 2 threads died/);
    call(1);
    expect(team.threads).toBe(1);
    team.close();
  });

  test('between two calls: the next one is right, with the others', async () => {
    await start(3);
    await workers[1].terminate();
    expect(team.threads).toBe(2);
    call(1);
    call(1);
    team.close();
  });

  test('closed: all workers end', async () => {
    await start(4);
    const ends = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    team.close();
    await Promise.all(ends);
    expect(team.threads).toBe(1);
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

  test('nothing keeps a process alive', async () => {
    const program = `
      import { load } from '${LIBRARY}';
      const k = await load({ threads: 3, backend: 'simd' });
      const p = k.softmax(new Float32Array(1e6), { cols: 1000 });
      console.log(k.threads, p[0]);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 20_000,
    });
    expect(stdout).toBe('3 0.0010000000474974513\n');
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

  test('kernels in several workers over one memory', { timeout: 30_000 }, async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    new Uint8Array(memory.buffer).fill(123);
    const program = `
      const { parentPort, workerData } = require('node:worker_threads');
      (async () => {
        const { load } = await import('${LIBRARY}');
        const k = await load({ threads: 2, backend: 'simd', memory: workerData });
        for (let i = 0; i < 50; i++) {
          const x = k.alloc(100_000 + i).fill(i);
          const p = k.softmax(x);
          const expected = Math.fround(1 / x.length);
          if (!p.every((value) => Math.abs(value / expected - 1) < 1e-6)) throw new Error('wrong');
          k.free(x);
        }
        k.close();
        parentPort.postMessage('right');
      })();`;
    const answers = [1, 2, 3].map(
      () =>
        new Promise((resolve, reject) => {
          const worker = new workerThreads.Worker(program, { eval: true, workerData: memory });
          worker.on('message', resolve).on('error', reject);
        }),
    );
    expect(await Promise.all(answers)).toEqual(['right', 'right', 'right']);
    expect(new Uint8Array(memory.buffer, 0, 65536).every((byte) => byte === 123)).toBe(true);
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
    expect(k.threads).toBe((await import('node:os')).availableParallelism());
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

  test('the least memory is enough', async () => {
    using k = await load({ threads: 8, maxBytes: 2 ** 20, backend: 'simd' });
    expect(k.threads).toBe(8);
    const { x, cols } = makeInput(1, 200_000, 4);
    expect(firstDifference(k.softmax(x, { cols }), loadSync({ backend: 'simd' }).softmax(x))).toBe(-1);
  });
});
