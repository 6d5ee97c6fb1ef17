// Kernels on 128 bits and on 256 in one process. V8's flag is for all of it: the former are made, and optimised, before it
// is set.
import { loadBackends } from './contenders.mjs';

/** Until V8 has optimised what is called, and a while for it to compile. */
const HEAT_MS = 150;

/**
 * @param {string[]} names of backends
 * @param {(kernels: Map<string, any>) => Iterable<{ run: () => void, free?: () => void }>} calls that will be made
 * @returns {Promise<{ narrow: Map<string, any>, wide: Map<string, any>, skipped: { name: string, reason: string }[] }>}
 */
export async function loadWidths(names, calls) {
  const { kernels: narrow, skipped } = loadBackends(names);
  await heat(calls(narrow));
  const { reason } = await import('../dist/wide.js');
  if (reason !== undefined)
    return { narrow, wide: new Map(), skipped: [...skipped, { name: '256 bits', reason }] };
  const { kernels: wide } = loadBackends(names);
  await heat(calls(wide));
  return { narrow, wide, skipped };
}

/** Calls everything until V8 has optimised it. */
async function heat(calls) {
  for (const { run, free } of calls) {
    for (let i = 0; i < 2; i++) {
      const end = performance.now() + HEAT_MS / 2;
      do run();
      while (performance.now() < end);
      await new Promise((resolve) => setTimeout(resolve, HEAT_MS / 2));
    }
    free?.();
  }
}
