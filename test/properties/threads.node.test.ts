/** Threads by what Node can tell of them: no hang, no leak, nothing kept alive; and what happens when one dies. */

import workerThreads, { type Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kernels, load, loadSync } from '../../src/index.ts';
import { Arena } from '../../src/memory/arena.ts';
import type { RawKernels } from '../../src/raw/index.ts';
import { Team } from '../../src/threads/team.ts';
import { hasRelaxedSimd } from '../support/backends.ts';
import { firstDifference } from '../support/compare.ts';
import { runProgram } from '../support/program.ts';
import { random } from '../support/random.ts';

/** What was built, for programs of their own. */
const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;

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
    team.run({ kernel: 0, args, steps: [0, 4], countAt: 2, count: ROWS, chunk: 1 });
    expect(out).toEqual(new Float32Array(ROWS).fill(1));
  }

  /** Fails within a second, naming the numbers of threads. */
  function dies(beta: number, message: RegExp) {
    const before = performance.now();
    expect(() => call(beta)).toThrow(message);
    // With some allowance for a busy machine.
    expect(performance.now() - before).toBeLessThan(1500);
  }

  // Deno tells nobody that a worker has ended, and Bun ends none that is within an endless loop of WebAssembly.
  test.skipIf('Deno' in globalThis || 'Bun' in globalThis)(
    'terminated in mid-call: an error, and the next call is right',
    async () => {
      await start(3);
      call(1);
      meanwhile = () => {
        for (const worker of workers) void worker.terminate();
      };
      // Both have a chunk, and never end it; the error is of all that are lost.
      dies(666, /2 of 3 threads died.*further calls use the 1 that remain/);
      meanwhile = () => {};
      expect(team.threads).toBe(1);
      call(1);
      team.close();
    },
  );

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

/**
 * Workers that stand still for a while after they have got a chunk, when they are told to: as on a machine that has
 * something else to do. RUNS=50 STALL_MS=2500 for the full figure.
 */
describe.each(['simd', 'relaxed-simd', 'js'] as const)('a worker that stands still (%s)', (backend) => {
  const runs = Number(process.env.RUNS ?? 1);
  const stallMs = Number(process.env.STALL_MS ?? 900);
  const told = new Int32Array(new SharedArrayBuffer(8));
  const { Worker: Original } = workerThreads;
  beforeAll(() => {
    workerThreads.Worker = class extends Original {
      constructor(source: string | URL, options: { workerData: object }) {
        const stall = `{
          const { told, stallMs } = require('node:worker_threads').workerData;
          const { compareExchange } = Atomics;
          Atomics.compareExchange = (words, at, expected, value) => {
            const found = compareExchange(words, at, expected, value);
            if (told && found === expected && compareExchange(told, 0, 1, 2) === 1) {
              Atomics.wait(told, 1, 0, stallMs);
              Atomics.store(told, 0, 3);
            }
            return found;
          };
        }\n`;
        super(`${stall}${source}`, {
          ...options,
          workerData: Object.assign(options.workerData, { told, stallMs }),
        });
      }
    } as typeof Original;
    return () => {
      workerThreads.Worker = Original;
    };
  });

  test.skipIf(backend === 'relaxed-simd' && !hasRelaxedSimd)(
    'is waited for: nothing is written after the call',
    { timeout: 30_000 + 3 * runs * stallMs },
    async () => {
      const cols = 1024;
      const data = Float32Array.from({ length: 2048 * cols }, (_, i) => i % 97);
      const wanted = loadSync({ backend }).softmax(data, { cols });
      let stalled = 0;
      let changed = 0;
      for (let i = 0; i < runs; i++) {
        using k = await load({ backend, threads: 2 });
        const x = k.alloc(data.length);
        x.set(data);
        const out = k.alloc(data.length);
        Atomics.store(told, 0, 1);
        // It may take some calls until the worker gets a chunk: this machine may have something else to do, too.
        for (let call = 0; call < 100 && Atomics.load(told, 0) === 1; call++) k.softmax(x, { cols, out });
        expect(Atomics.load(told, 0)).not.toBe(2);
        stalled += Number(Atomics.exchange(told, 0, 0) === 3);
        expect(firstDifference(out, wanted)).toBe(-1);
        out.fill(7);
        await new Promise((done) => setTimeout(done, 50));
        changed += out.filter((value) => value !== 7).length;
        // The next call goes on with all threads.
        k.softmax(x, { cols, out });
        expect(firstDifference(out, wanted)).toBe(-1);
        expect(k.threads).toBe(2);
      }
      expect(changed).toBe(0);
      expect(stalled).toBeGreaterThan(runs / 2);
    },
  );
});

describe('life', () => {
  test('nothing keeps a process alive', () => {
    const program = `
      import { load } from '${LIBRARY}';
      const k = await load({ threads: 3, backend: 'simd' });
      const p = k.softmax(new Float32Array(1e6), { cols: 1000 });
      console.log(k.threads, p[0]);`;
    const { stdout } = runProgram(program);
    expect(stdout).toBe('3 0.0010000000474974513\n');
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
