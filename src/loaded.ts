/** What `load` has found out about the host, and made. */
import type { Backend } from './arguments/load-options.ts';
import type { Host } from './memory/host.ts';

export interface Loaded extends Host {
  readonly backend: Backend;
  readonly reason: string | undefined;
  /** The calling thread and its workers, if there are any. */
  readonly team: { readonly threads: number; close(): void } | undefined;
}

/** Kernels of one thread, and what it takes to give them more. */
export interface Opened {
  readonly loaded: Loaded;
  readonly module: WebAssembly.Module | undefined;
  /** A second scratch of the same size, so that dividing a call does not disturb the data in the first. */
  readonly scratch: () => Host['scratch'];
}

/** Adds a reason to those that there are. */
export function because(loaded: Loaded, reason: string): Loaded {
  return { ...loaded, reason: loaded.reason === undefined ? reason : `${loaded.reason}; ${reason}` };
}
