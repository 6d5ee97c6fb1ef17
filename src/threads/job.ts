/**
 * The protocol between the calling thread and its workers, over a control block in their shared memory.
 *
 * A job is one kernel call, divided into chunks which threads claim one by one until none is left: each from a share
 * of its own, so that it finds in its cache what it left there in the job before, then from those of the others.
 *
 * The words CLAIM and DONE carry the job's tag in their upper bits, and are only changed by compare-and-exchange: a
 * thread that comes late, or was given up, finds another tag there and can neither claim nor finish anything. So
 * nobody waits for a worker that has not begun, and what a worker has read of a job is valid whenever it gets a chunk.
 * For one that has begun everybody waits, however long it stands still: it may write until it has ended, which only
 * the host can tell, or it itself, if its kernel traps.
 */
import { ALIGNMENT } from '../raw/sizes.ts';

export type Kernel = (...args: number[]) => number | undefined;

/** Chunks of a job at most, each with room for one result. */
export const MAX_CHUNKS = 1024;
const MAX_ARGS = 24;

// int32 words, those that several threads change each in a cache line of its own.
const LINE = ALIGNMENT / 4;
const JOB = 0;
const DONE = LINE;
const SLEEPERS = 2 * LINE;
const KERNEL = 3 * LINE;
const ARGS = KERNEL + 1;
const COUNT_AT = KERNEL + 2;
const COUNT = KERNEL + 3;
const CHUNK = KERNEL + 4;
/** A line for each thread: how many chunks of its share are claimed, and what it does. */
const THREADS = 4 * LINE;
const CLAIM = 0;
const STATE = 1;

// What a worker does: nothing; it looks for a chunk or has one; it has ended.
const IDLE = 0;
const BUSY = 1;
export const GONE = 2;

/** How to wait. */
export interface WaitOptions {
  readonly spinMs: number;
  readonly patienceMs: number;
  readonly maySleep: boolean;
  readonly suspect: () => void;
}

const wordsOf = (threads: number): number => THREADS + LINE * threads;

/** Bytes of the control block of so many threads, the calling one, which is thread 0, included. */
export function controlBytes(threads: number): number {
  return wordsOf(threads) * 4 + (2 * MAX_ARGS + MAX_CHUNKS) * 8;
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

/** Bits of a count of chunks: what is above is the tag, which comes again after two million jobs. */
const COUNT_BITS = 11;
const MAX_COUNT = 2 ** COUNT_BITS - 1;
const tagOf = (job: number): number => job << COUNT_BITS;
const sameTag = (word: number, job: number): boolean => (word ^ tagOf(job)) >>> COUNT_BITS === 0;

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

/**
 * The same number, as an integer if it is one. Engines keep what they read from a Float64Array as a float64, and
 * compile loops over it accordingly: the fallback runs at half its speed.
 */
function toInteger(value: number): number {
  const integer = value | 0;
  return Object.is(integer, value) ? integer : value;
}

/** One thread's view of the control block. */
export class Control {
  readonly #threads: number;
  readonly #words: Int32Array;
  readonly #args: Float64Array;
  readonly #steps: Float64Array;
  readonly #results: Float64Array;

  constructor(buffer: ArrayBufferLike, start: number, threads: number) {
    const words = wordsOf(threads);
    this.#threads = threads;
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
    this.abandon(job);
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
    this.#setClaims(tagOf(job));
    Atomics.store(words, JOB, job);
    if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, JOB, Math.ceil(count / chunk) - 1);
    return job;
  }

  /** Works on chunks of a job until none is left; the number of chunks done. */
  work(job: number, thread: number, kernels: readonly Kernel[]): number {
    const words = this.#words;
    const kernel = kernels[words[KERNEL]];
    const countAt = words[COUNT_AT];
    const count = words[COUNT];
    const chunk = words[CHUNK];
    const args = Array.from(this.#args.subarray(0, words[ARGS]));
    const steps = Array.from(this.#steps.subarray(0, args.length));
    const chunks = Math.ceil(count / chunk);
    // Not an array of numbers alone, which engines may keep as float64: see toInteger.
    const part: (number | undefined)[] = args.map(() => undefined);
    let done = 0;
    for (let i = 0; i < this.#threads; i++) {
      const share = (thread + i) % this.#threads;
      const end = this.#firstOf(share + 1, chunks);
      for (;;) {
        const index =
          this.#claim(job, share, end - this.#firstOf(share, chunks)) + this.#firstOf(share, chunks);
        if (!(index < end)) break;
        const first = index * chunk;
        for (let j = 0; j < args.length; j++) {
          const isFixed = steps[j] === 0 || (args[j] === 0 && j < countAt);
          part[j] = toInteger(isFixed ? args[j] : args[j] + steps[j] * first);
        }
        part[countAt] = Math.min(chunk, count - first);
        const result = kernel(...(part as number[]));
        if (result !== undefined) this.#results[index] = result;
        done++;
      }
    }
    return done;
  }

  /** The next chunk of a share of so many, counted within it; Infinity if all are claimed, or the job is over. */
  #claim(job: number, share: number, chunks: number): number {
    const words = this.#words;
    const at = THREADS + LINE * share + CLAIM;
    for (;;) {
      const claim = Atomics.load(words, at);
      const next = claim & MAX_COUNT;
      if (!sameTag(claim, job) || !(next < chunks)) return Infinity;
      if (Atomics.compareExchange(words, at, claim, claim + 1) === claim) return next;
    }
  }

  #firstOf(share: number, chunks: number): number {
    return Math.ceil((share * chunks) / this.#threads);
  }

  #setClaims(value: number): void {
    for (let thread = 0; thread < this.#threads; thread++) {
      Atomics.store(this.#words, THREADS + LINE * thread + CLAIM, value);
    }
  }

  /** The result of a chunk, if its kernel has one. */
  result(index: number): number {
    return this.#results[index];
  }

  /** A worker's life: it never returns. */
  serve(thread: number, kernels: readonly Kernel[], spinMs: number): never {
    const words = this.#words;
    const state = THREADS + LINE * thread + STATE;
    for (;;) {
      const job = Atomics.load(words, JOB);
      Atomics.store(words, state, BUSY);
      try {
        const done = this.work(job, thread, kernels);
        if (done > 0) this.#finish(job, done);
      } catch (error) {
        Atomics.store(words, state, GONE);
        Atomics.notify(words, DONE);
        throw error;
      }
      Atomics.store(words, state, IDLE);
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
   * Waits until workers have done so many chunks of a job, of which none is left to claim: by spinning for `spinMs`,
   * then asleep if the thread may sleep. False if no worker is at a chunk any more and some are not done: those that
   * had them are gone. `suspect` is called if nothing is finished for `patienceMs`.
   */
  wait(job: number, chunks: number, options: WaitOptions): boolean {
    const { spinMs, patienceMs, maySleep, suspect } = options;
    const words = this.#words;
    const SLICE_MS = 20;
    let waited = 0;
    for (;;) {
      const done = Atomics.load(words, DONE);
      if (done === (tagOf(job) | chunks)) return true;
      const changed =
        spin(words, DONE, done, maySleep ? spinMs : SLICE_MS) ||
        (maySleep && Atomics.wait(words, DONE, done, SLICE_MS) !== 'timed-out');
      if (changed && Atomics.load(words, DONE) !== done) {
        waited = 0;
        continue;
      }
      // Whoever is not at a chunk now has said before what it has done.
      if (!this.#isAnyBusy() && Atomics.load(words, DONE) === done) return false;
      waited += SLICE_MS;
      if (waited - SLICE_MS <= patienceMs && waited > patienceMs) suspect();
    }
  }

  #isAnyBusy(): boolean {
    for (let thread = 1; thread < this.#threads; thread++) {
      if (Atomics.load(this.#words, THREADS + LINE * thread + STATE) === BUSY) return true;
    }
    return false;
  }

  /** Keeps everybody from claiming a chunk of a job that is given up. */
  abandon(job: number): void {
    this.#setClaims(tagOf(job) | MAX_COUNT);
  }

  isGone(thread: number): boolean {
    return Atomics.load(this.#words, THREADS + LINE * thread + STATE) === GONE;
  }

  setGone(thread: number): void {
    Atomics.store(this.#words, THREADS + LINE * thread + STATE, GONE);
  }

  /** The words that somebody else has to change when a worker has ended: its state, and the one that is waited for. */
  wordsOf(thread: number): { state: Int32Array; done: Int32Array } {
    const word = (at: number) => this.#words.subarray(at, at + 1);
    return { state: word(THREADS + LINE * thread + STATE), done: word(DONE) };
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
