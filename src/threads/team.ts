/** The workers of one set of kernels. */

import type { Arena } from '../memory/arena.ts';
import type { RawKernels } from '../raw/index.ts';
import { ALIGNMENT, LANE_SCRATCH_BYTES } from '../raw/sizes.ts';
import { Control, controlBytes, type Job, type Kernel, maySleep } from './job.ts';
import { lookOut, spawn, type Thread } from './spawn.ts';
import type { WorkerStart } from './worker.ts';

/**
 * How long threads look for work, or for the end of it, before they sleep: the price of waking up, about, which the
 * calling thread pays: up to 140 µs a job on a virtual machine.
 */
const SPIN_MS = 0.2;
/** Without any progress for this long it is asked of the host whether a worker has ended. */
const PATIENCE_MS = 500;

/** More chunks than a job has. */
const NEVER = -1;

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
  #lookout: Pick<Thread, 'terminate'> | undefined;

  private constructor(control: Control, kernels: readonly Kernel[], spinMs: number) {
    this.#control = control;
    this.#kernels = kernels;
    this.#spinMs = spinMs;
  }

  /** A team of at least two threads; rejects if not a single worker starts. `missing` is why not all did. */
  static async start(plan: TeamPlan): Promise<{ team: Team; missing: string | undefined }> {
    const { arena, kernels, threads } = plan;
    const controlSize = Math.ceil(controlBytes(threads) / ALIGNMENT) * ALIGNMENT;
    const start = arena.allocBytes('load', controlSize + LANE_SCRATCH_BYTES * (threads - 1));
    const control = new Control(arena.buffer, start, threads);
    control.clear();
    // Threads that have to share a core only keep each other from working if they spin.
    const spinMs = threads <= plan.cores ? SPIN_MS : 0;
    const local = kernels.map((name) => plan.local[name] as unknown as Kernel);
    const team = new Team(control, local, spinMs);
    const memory = arena.memory as WebAssembly.Memory;
    const scratch = start + controlSize;
    const common: Omit<WorkerStart, 'thread' | 'scratch'> = {
      ...{ memory, module: plan.module, control: start, threads, kernels, spinMs },
    };
    const started = await Promise.allSettled(
      Array.from({ length: threads - 1 }, async (_, index) => {
        const thread = index + 1;
        const own = { thread, scratch: scratch + index * LANE_SCRATCH_BYTES };
        const worker = await spawn({ ...common, ...own }, () => team.#workers.delete(thread));
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
  run(job: Job): void {
    const control = this.#control;
    const before = this.threads;
    const chunks = Math.ceil(job.count / job.chunk);
    const number = control.publish(job);
    const options = {
      ...{ spinMs: this.#spinMs, patienceMs: PATIENCE_MS, maySleep: this.#maySleep },
      suspect: () => this.#suspect(),
    };
    let own: number;
    try {
      own = control.work(number, 0, this.#kernels);
    } catch (error) {
      control.abandon(number);
      // What the others have begun they may still write.
      control.wait(number, NEVER, options);
      throw error;
    }
    if (control.wait(number, chunks - own, options)) return;
    for (const [thread, worker] of this.#workers) {
      if (!control.isGone(thread)) continue;
      this.#workers.delete(thread);
      worker.terminate();
    }
    throw new Error(
      `threads: ${before - this.threads} of ${before} threads died during this call, and left its results ` +
        `incomplete; further calls use the ${this.threads} that remain`,
    );
  }

  /** Has somebody look out for the end of workers, whose thread, unlike this one, is told by the host. */
  #suspect(): void {
    if (this.#lookout) return;
    const watched: Parameters<typeof lookOut>[0] = [];
    for (const [thread, { lifeline }] of this.#workers) {
      if (lifeline === 'closed') this.#control.setGone(thread);
      else if (lifeline) watched.push({ lifeline, ...this.#control.wordsOf(thread) });
    }
    this.#lookout = lookOut(watched);
  }

  result(chunk: number): number {
    return this.#control.result(chunk);
  }

  close(): void {
    for (const worker of this.#workers.values()) worker.terminate();
    this.#workers.clear();
    this.#lookout?.terminate();
  }
}
