/** Starting one worker, wherever the host keeps them. */
import { GONE } from './job.ts';
import type { WorkerStart } from './worker.ts';
import { WORKER_SOURCE } from './worker-source.ts';

export interface Thread {
  terminate(): void;
  /** A channel whose other end closes when the worker has ended, for `lookOut`; `'closed'` if this thread knows already. */
  readonly lifeline?: object | 'closed';
}

/** A worker that has not begun to serve by then never will. */
const START_MS = 20_000;

/**
 * Resolves when the worker serves. `onExit` is called if it ends afterwards, other than by `terminate`.
 * Rejects where the host has no workers, or does not allow them.
 */
export async function spawn(start: WorkerStart, onExit: () => void): Promise<Thread> {
  // Not by import: bundlers for browsers stumble over the name.
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  if (threads) return spawnInNode(threads, start, onExit);
  if (typeof Worker !== 'function') throw new Error('this host has no workers');
  // A file is what every Content-Security-Policy allows and most bundlers know. Where a bundler has left it behind,
  // a Blob will do, unless the policy forbids it.
  try {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    return await spawnInBrowser(worker, start, onExit);
  } catch {
    const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
    try {
      return await spawnInBrowser(new Worker(url), start, onExit);
    } catch {
      throw new Error(
        'no worker starts: the file threads/worker.js must be served beside the library, or the ' +
          'Content-Security-Policy allow blob: in worker-src',
      );
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}

/** Node, and Bun and Deno, which have its workers too. */
function spawnInNode(
  { Worker, MessageChannel }: typeof import('node:worker_threads'),
  start: WorkerStart,
  onExit: () => void,
): Promise<Thread> {
  return new Promise((resolve, reject) => {
    const { port1, port2: lifeline } = new MessageChannel();
    // Inline, so that it also runs from a bundle; without the process's --import and the like, meant for others.
    const worker = new Worker(WORKER_SOURCE, {
      ...{ eval: true, workerData: { ...start, lifeline: port1 }, transferList: [port1], execArgv: [] },
    });
    const timer = setTimeout(fail, START_MS, new Error('a worker did not start'));
    let serving = false;
    let wanted = true;
    let isClosed = false;
    lifeline.once('close', () => {
      isClosed = true;
    });
    function fail(error: Error): void {
      clearTimeout(timer);
      wanted = false;
      reject(error);
      void worker.terminate();
    }
    worker.once('message', () => {
      clearTimeout(timer);
      serving = true;
      // From here on it lives for as long as the process has something else to do.
      worker.unref();
      resolve({
        get lifeline() {
          return isClosed ? 'closed' : lifeline;
        },
        terminate() {
          wanted = false;
          void worker.terminate();
        },
      });
    });
    worker.on('error', (error: Error) => {
      if (!serving) fail(error);
    });
    worker.on('exit', (code) => {
      if (!serving) fail(new Error(`a worker ended with code ${code} before it served`));
      else if (wanted) onExit();
    });
  });
}

function spawnInBrowser(worker: Worker, start: WorkerStart, onExit: () => void): Promise<Thread> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(fail, START_MS, new Error('a worker did not start'));
    let serving = false;
    function fail(error: Error): void {
      clearTimeout(timer);
      worker.terminate();
      reject(error);
    }
    worker.onmessage = () => {
      clearTimeout(timer);
      serving = true;
      resolve({ terminate: () => worker.terminate() });
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (serving) onExit();
      else fail(new Error(`a worker did not start${event.message ? `: ${event.message}` : ''}`));
    };
    worker.onmessageerror = () => fail(new Error('a worker cannot get the memory'));
    worker.postMessage(start);
  });
}

/** Marks a worker as gone when its lifeline closes. */
const LOOKOUT_SOURCE = `
const { workerData } = require('node:worker_threads');
for (const { lifeline, state, done } of workerData) {
  lifeline.on('message', () => {});
  lifeline.on('close', () => {
    Atomics.store(state, 0, ${GONE});
    Atomics.notify(done, 0);
  });
}`;

/**
 * Starts a thread that is told of the end of others, whatever this one waits for; it runs until it is terminated.
 * Nothing where the host does not tell anybody: a browser ends workers only when it is asked to.
 */
export function lookOut(
  watched: { lifeline: object; state: Int32Array; done: Int32Array }[],
): Pick<Thread, 'terminate'> | undefined {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  if (!threads || watched.length === 0) return undefined;
  const transferList = watched.map(({ lifeline }) => lifeline as import('node:worker_threads').MessagePort);
  const worker = new threads.Worker(LOOKOUT_SOURCE, {
    eval: true,
    workerData: watched,
    transferList,
    execArgv: [],
  });
  worker.unref();
  return { terminate: () => void worker.terminate() };
}
