/**
 * The protocol between the calling thread and its workers, over a control block in their shared memory.
 *
 * A job is one kernel call, divided into chunks which threads claim one by one until none is left. The words
 * CLAIM and DONE carry the job's tag in their upper half, and are only changed by compare-and-exchange: a thread
 * that comes late, or was given up, finds another tag there and can neither claim nor finish anything. So nobody
 * waits for a worker that has not begun, and what a worker has read of a job is valid whenever it gets a chunk.
 */
import { ALIGNMENT } from '../abi.ts';

export type Kernel = (...args: number[]) => number | undefined;

/** Chunks of a job at most, each with room for one result. */
export const MAX_CHUNKS = 1024;
const MAX_ARGS = 24;

// int32 words, those that several threads change each in a cache line of its own.
const JOB = 0;
const CLAIM = 16;
const DONE = 32;
const SLEEPERS = 48;
const KERNEL = 64;
const ARGS = 65;
const COUNT_AT = 66;
const COUNT = 67;
const CHUNK = 68;
/** One line per worker: 1 while it looks for a chunk or works on one. */
const BUSY = 80;
const LINE = ALIGNMENT / 4;

/** Bytes of the control block of so many workers. */
export function controlBytes(workers: number): number {
  return (BUSY + LINE * workers) * 4 + (2 * MAX_ARGS + MAX_CHUNKS) * 8;
}

/** A kernel call, divided. */
export interface Job {
  /** Index of the kernel in the list that all threads have. */
  readonly kernel: number;
  readonly args: readonly number[];
  /** By how much each argument grows with every one of `count`. */
  readonly steps: readonly number[];
  /** Index of the argument that counts. */
  readonly countAt: number;
  readonly count: number;
  /** Of how many of `count` a chunk consists; at most `MAX_CHUNKS` chunks. */
  readonly chunk: number;
}

const tagOf = (job: number): number => job << 16;
const sameTag = (word: number, job: number): boolean => word >>> 16 === (job & 0xffff);

/** Pauses within a loop that waits; engines without it only burn a little more. */
const pause: () => void = (Atomics as { pause?: () => void }).pause ?? (() => {});

/** Looks for `ms` whether a word changes. */
function spin(words: Int32Array, at: number, value: number, ms: number): boolean {
  const end = performance.now() + ms;
  do {
    for (let i = 0; i < 50; i++) {
      if (Atomics.load(words, at) !== value) return true;
      pause();
    }
  } while (performance.now() < end);
  return false;
}

/** One thread's view of the control block. */
export class Control {
  readonly #words: Int32Array;
  readonly #args: Float64Array;
  readonly #steps: Float64Array;
  readonly #results: Float64Array;

  constructor(buffer: ArrayBufferLike, start: number, workers: number) {
    const words = BUSY + LINE * workers;
    const floats = start + words * 4;
    this.#words = new Int32Array(buffer, start, words);
    this.#args = new Float64Array(buffer, floats, MAX_ARGS);
    this.#steps = new Float64Array(buffer, floats + MAX_ARGS * 8, MAX_ARGS);
    this.#results = new Float64Array(buffer, floats + MAX_ARGS * 16, MAX_CHUNKS);
  }

  /** To be called once, before any thread works. */
  clear(): void {
    this.#words.fill(0);
    this.abandon(0);
  }

  /** Makes a job known to the workers and wakes as many as it has use for. Returns its number. */
  publish({ kernel, args, steps, countAt, count, chunk }: Job): number {
    const words = this.#words;
    const job = (Atomics.load(words, JOB) + 1) | 0;
    Atomics.store(words, CLAIM, tagOf(job) | 0xffff);
    words[KERNEL] = kernel;
    words[ARGS] = args.length;
    words[COUNT_AT] = countAt;
    words[COUNT] = count;
    words[CHUNK] = chunk;
    for (let i = 0; i < args.length; i++) {
      this.#args[i] = args[i];
      this.#steps[i] = steps[i] ?? 0;
    }
    Atomics.store(words, DONE, tagOf(job));
    Atomics.store(words, CLAIM, tagOf(job));
    Atomics.store(words, JOB, job);
    if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, JOB, Math.ceil(count / chunk) - 1);
    return job;
  }

  /** Works on chunks of a job until none is left; the number of chunks done. */
  work(job: number, kernels: readonly Kernel[]): number {
    const words = this.#words;
    const kernel = kernels[words[KERNEL]];
    const countAt = words[COUNT_AT];
    const count = words[COUNT];
    const chunk = words[CHUNK];
    const args = Array.from(this.#args.subarray(0, words[ARGS]));
    const steps = Array.from(this.#steps.subarray(0, args.length));
    const chunks = Math.ceil(count / chunk);
    let done = 0;
    for (;;) {
      const claim = Atomics.load(words, CLAIM);
      const index = claim & 0xffff;
      if (!sameTag(claim, job) || !(index < chunks)) return done;
      if (Atomics.compareExchange(words, CLAIM, claim, claim + 1) !== claim) continue;
      const first = index * chunk;
      const part = args.map((arg, i) => {
        const isFixed = steps[i] === 0 || (arg === 0 && i < countAt);
        return isFixed ? arg : arg + steps[i] * first;
      });
      part[countAt] = Math.min(chunk, count - first);
      const result = kernel(...part);
      if (result !== undefined) this.#results[index] = result;
      done++;
    }
  }

  /** The result of a chunk, if its kernel has one. */
  result(index: number): number {
    return this.#results[index];
  }

  /** A worker's life: it never returns. */
  serve(slot: number, kernels: readonly Kernel[], spinMs: number): never {
    const words = this.#words;
    const busy = BUSY + LINE * slot;
    for (;;) {
      const job = Atomics.load(words, JOB);
      Atomics.store(words, busy, 1);
      const done = this.work(job, kernels);
      if (done > 0) this.#finish(job, done);
      Atomics.store(words, busy, 0);
      if (spin(words, JOB, job, spinMs)) continue;
      Atomics.add(words, SLEEPERS, 1);
      Atomics.wait(words, JOB, job);
      Atomics.sub(words, SLEEPERS, 1);
    }
  }

  #finish(job: number, done: number): void {
    const words = this.#words;
    for (;;) {
      const word = Atomics.load(words, DONE);
      if (!sameTag(word, job)) return;
      if (Atomics.compareExchange(words, DONE, word, word + done) === word) break;
    }
    Atomics.notify(words, DONE);
  }

  /**
   * Waits until workers have done so many chunks of a job: by spinning for `spinMs`, then asleep if the thread may
   * sleep. False if `patienceMs` pass in which no chunk is claimed or done: a worker that had one is gone. Time in
   * which the whole process stands still, as when a machine sleeps, hardly counts.
   */
  wait(job: number, chunks: number, spinMs: number, patienceMs: number, maySleep: boolean): boolean {
    const words = this.#words;
    const all = tagOf(job) | chunks;
    const SLICE_MS = 20;
    let waited = 0;
    let claim = Atomics.load(words, CLAIM);
    for (;;) {
      const done = Atomics.load(words, DONE);
      if (done === all) return true;
      if (spin(words, DONE, done, maySleep ? spinMs : SLICE_MS)) {
        waited = 0;
        continue;
      }
      const changed = maySleep && Atomics.wait(words, DONE, done, SLICE_MS) !== 'timed-out';
      const claimed = Atomics.load(words, CLAIM);
      waited = changed || claimed !== claim ? 0 : waited + SLICE_MS;
      claim = claimed;
      if (waited > patienceMs) return false;
    }
  }

  /** Keeps everybody from claiming a chunk of a job that is given up. */
  abandon(job: number): void {
    Atomics.store(this.#words, CLAIM, tagOf(job) | 0xffff);
  }

  isBusy(slot: number): boolean {
    return Atomics.load(this.#words, BUSY + LINE * slot) === 1;
  }
}

/** Whether this thread may sleep in `Atomics.wait`: not a browser's main thread. */
export function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
