/**
 * What a worker runs: the same kernels over the same memory, fed by a control block. In a file of its own, which
 * browsers load as it is; tools/build/worker.mjs also makes a string of it, for everybody else.
 */

import { createJs } from '../raw/index.ts';
import { scratchIn } from '../raw/wasm/instance.ts';
import { Control, type Kernel } from './job.ts';

/** All that a worker is told. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  /** The kernels' module; without it the fallback runs. */
  readonly module: WebAssembly.Module | undefined;
  /** Address of the control block. */
  readonly control: number;
  readonly threads: number;
  /** Which of the threads this is; the one that calls is 0. */
  readonly thread: number;
  /** The kernels, in the order in which jobs count them. */
  readonly kernels: readonly string[];
  readonly spinMs: number;
}

function run(start: WorkerStart, ready: () => void): void {
  const { memory, module } = start;
  const all = (module === undefined
    ? createJs(memory)
    : new WebAssembly.Instance(module, { env: { memory, scratch: scratchIn(memory) } })
        .exports) as unknown as Record<string, Kernel>;
  const control = new Control(memory.buffer, start.control, start.threads);
  ready();
  control.serve(
    start.thread,
    start.kernels.map((name) => all[name]),
    start.spinMs,
  );
}

const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
if (node?.parentPort) {
  const port = node.parentPort;
  run(node.workerData, () => port.postMessage('ready'));
} else {
  globalThis.onmessage = (event: MessageEvent<WorkerStart>) => {
    run(event.data, () => globalThis.postMessage('ready'));
  };
}
