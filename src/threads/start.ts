/** Gives loaded kernels more threads, or says why not. */

import { type Backend, MAX_THREADS } from '../arguments/load-options.ts';
import { because, type Loaded, type Opened } from '../loaded.ts';
import { isShared } from '../memory/create.ts';
import type { Host } from '../memory/host.ts';
import { BLOCK_COLS } from '../raw/sizes.ts';
import { DIVISIBLE, divide } from './divide.ts';
import { Team } from './team.ts';

/**
 * Work of fewer elements stays on the calling thread: some 30 µs of softmax. Measured on two cores of an AMD EPYC
 * with Node 20, the least of thousands of calls: 32768 elements in rows of 1024 take 32 µs on one thread and 21.5 on
 * two by simd, 113 and 63 by js; a job costs 4 to 6 µs beyond its share of the work, a row of 65536 shared out by
 * columns 14 (64 and 46 µs).
 */
const MANY_ELEMENTS: Record<Backend, number> = {
  'relaxed-simd': 8 * BLOCK_COLS,
  simd: 8 * BLOCK_COLS,
  js: 2 * BLOCK_COLS,
};

export async function startThreads(
  { loaded, module, scratch }: Opened,
  wanted: number | 'auto',
): Promise<Loaded> {
  const { arena, raw, backend } = loaded;
  const cores = countCores();
  const threads = wanted === 'auto' ? Math.min(cores, MAX_THREADS) : wanted;
  if (threads === 1) return because(loaded, 'one thread: this machine has one core');
  if (!isShared(arena.memory)) return because(loaded, `one thread: ${whyNotShared()}`);
  let room: Host['scratch'] | undefined;
  try {
    room = scratch();
    const manyElements = MANY_ELEMENTS[backend];
    const own: Host = { raw, alone: raw, manyElements, arena, scratch: room };
    const plan = { arena, local: raw, module, kernels: DIVISIBLE, threads, cores };
    const { team, missing } = await Team.start(plan);
    const threaded = { ...loaded, raw: divide(own, team), manyElements, team };
    return missing === undefined
      ? threaded
      : because(threaded, `${team.threads} of ${threads} threads: ${missing}`);
  } catch (error) {
    if (room) arena.freeBytes(room.start);
    return because(loaded, `one thread: ${error instanceof Error ? error.message : error}`);
  }
}

function countCores(): number {
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

function whyNotShared(): string {
  if (globalThis.crossOriginIsolated === false) {
    return 'memory cannot be shared here (a page must be cross-origin isolated: COOP and COEP headers)';
  }
  if (typeof SharedArrayBuffer !== 'function') return 'this host has no SharedArrayBuffer';
  return 'the memory is not shared';
}
