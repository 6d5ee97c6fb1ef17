/** The workers of one set of kernels. */

import type { Arena } from '../memory/arena.ts';
import type { RawKernels } from '../raw/index.ts';
import { Control, controlBytes, type Job, type Kernel, maySleep } from './job.ts';
import { spawn, type Thread } from './spawn.ts';
import type { WorkerStart } from './worker.ts';

/** How long threads look for work, or for the end of it, before they sleep: the price of waking up, about. */
const SPIN_MS = 0.05;
/**
 * Without any progress for this long, and a little more for each element of a chunk, a worker counts as dead. Only
 * its own thread could tell for sure, and that is waiting.
 */
const PATIENCE_MS = 700;
const PATIENCE_PER_ELEMENT_MS = 0.0005;

export interface TeamPlan {
  readonly arena: Arena;
  /** The kernels as this thread calls them. */
  readonly local: RawKernels;
  /** Their module for the workers; `undefined` for the fallback. */
  readonly module: WebAssembly.Module | undefined;
  /** The names of those that may be jobs. */
  readonly kernels: readonly (keyof RawKernels)[];
  /** Threads in all, the calling one included. */
  readonly threads: number;
  readonly cores: number;
}

export class Team {
  readonly #control: Control;
  readonly #kernels: readonly Kernel[];
  readonly #spinMs: number;
  readonly #maySleep: boolean = maySleep();
  /** The living workers by number. */
  readonly #workers = new Map<number, Thread>();

  private constructor(control: Control, kernels: readonly Kernel[], spinMs: number) {
    this.#control = control;
    this.#kernels = kernels;
    this.#spinMs = spinMs;
  }

  /** A team of at least two threads; rejects if not a single worker starts. `missing` is why not all did. */
  static async start(plan: TeamPlan): Promise<{ team: Team; missing: string | undefined }> {
    const { arena, kernels, threads } = plan;
    const start = arena.allocBytes('load', controlBytes(threads));
    const control = new Control(arena.buffer, start, threads);
    control.clear();
    // Threads that have to share a core only keep each other from working if they spin.
    const spinMs = threads <= plan.cores ? SPIN_MS : 0;
    const local = kernels.map((name) => plan.local[name] as unknown as Kernel);
    const team = new Team(control, local, spinMs);
    const memory = arena.memory as WebAssembly.Memory;
    const common: Omit<WorkerStart, 'thread'> = {
      ...{ memory, module: plan.module, control: start, threads, kernels, spinMs },
    };
    const started = await Promise.allSettled(
      Array.from({ length: threads - 1 }, async (_, index) => {
        const thread = index + 1;
        const worker = await spawn({ ...common, thread }, () => team.#workers.delete(thread));
        team.#workers.set(thread, worker);
      }),
    );
    const failure = started.find((result) => result.status === 'rejected');
    if (failure === undefined) return { team, missing: undefined };
    if (team.threads === 1) {
      arena.freeBytes(start);
      throw failure.reason;
    }
    const missing = failure.reason instanceof Error ? failure.reason.message : String(failure.reason);
    return { team, missing };
  }

  /** Living threads, the calling one included. */
  get threads(): number {
    return this.#workers.size + 1;
  }

  /**
   * Does a job, together; returns when all of it is done.
   * @throws Error if a worker dies over it, which the team then does without
   */
  run(job: Job, elements: number): void {
    const control = this.#control;
    const before = this.threads;
    const chunks = Math.ceil(job.count / job.chunk);
    const number = control.publish(job);
    let own: number;
    try {
      own = control.work(number, 0, this.#kernels);
    } catch (error) {
      control.abandon(number);
      throw error;
    }
    const patience = PATIENCE_MS + (elements / chunks) * PATIENCE_PER_ELEMENT_MS;
    if (control.wait(number, chunks - own, this.#spinMs, patience, this.#maySleep)) return;
    control.abandon(number);
    for (const [thread, worker] of this.#workers) {
      if (!control.isBusy(thread)) continue;
      this.#workers.delete(thread);
      worker.terminate();
    }
    throw new Error(
      `threads: ${before - this.threads} of ${before} threads died during this call, and left its results ` +
        `incomplete; further calls use the ${this.threads} that remain`,
    );
  }

  result(chunk: number): number {
    return this.#control.result(chunk);
  }

  close(): void {
    for (const worker of this.#workers.values()) worker.terminate();
    this.#workers.clear();
  }
}
