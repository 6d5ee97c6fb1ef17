/** Memory for kernels, where the caller gives none. */
import { PAGE_BYTES } from '../raw/sizes.ts';
import { createPlainMemory, type GrowableMemory } from './arena.ts';

/**
 * Memory that can grow to `maxBytes`: shared where the host allows it and it is `wanted`, as its views survive growth,
 * and threads can work on it.
 */
export function createMemory(minBytes: number, maxBytes: number, wanted: boolean): GrowableMemory {
  if (typeof WebAssembly !== 'object') return createPlainMemory();
  const maximum = Math.ceil(maxBytes / PAGE_BYTES);
  if (wanted && canShare()) {
    // A host may refuse to set aside so much address space: less will do.
    for (let pages = maximum; pages >= minBytes / PAGE_BYTES; pages = Math.floor(pages / 4)) {
      try {
        return new WebAssembly.Memory({ initial: 0, maximum: pages, shared: true });
      } catch {}
    }
  }
  return new WebAssembly.Memory({ initial: 0, maximum });
}

/** Not every host that has SharedArrayBuffer may use it, nor does every one that makes shared memory have it. */
function canShare(): boolean {
  return typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated !== false;
}

export function isShared(memory: GrowableMemory): boolean {
  return typeof SharedArrayBuffer === 'function' && memory.buffer instanceof SharedArrayBuffer;
}
