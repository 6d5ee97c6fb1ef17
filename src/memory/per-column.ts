import { ALIGNMENT } from '../raw/sizes.ts';
import { load } from './elements.ts';
import type { Host } from './host.ts';

/** An array that kernels read for every row alike, inside the memory, and what is left of the scratch. */
export interface Constant {
  readonly address: number;
  readonly host: Host;
}

/**
 * The address of `view`, which is copied to the start of the scratch unless it lies in the memory; 0 for none.
 * `undefined` if it would take more than half of the scratch.
 */
export function placeConstant(
  host: Host,
  view: Float32Array | Int32Array | Uint8Array | undefined,
): Constant | undefined {
  const { arena, scratch } = host;
  if (view === undefined) return { address: 0, host };
  const inside = arena.offsetOf(view);
  if (inside >= 0) return { address: inside, host };
  const bytes = Math.ceil(view.byteLength / ALIGNMENT) * ALIGNMENT;
  if (bytes > scratch.bytes / 2) return undefined;
  const { start } = scratch;
  load(host, view, 0, view.length, start);
  return {
    address: start,
    host: { ...host, scratch: { start: start + bytes, bytes: scratch.bytes - bytes } },
  };
}
