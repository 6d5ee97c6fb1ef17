import type { RawKernels } from '../raw/index.ts';
import type { Arena } from './arena.ts';
import type { View } from './view.ts';

/** What the operations work with: kernels, the memory they share, and a scratch in it for copied data. */
export interface Host {
  readonly raw: RawKernels;
  /** The same without other threads, which are slower for fewer than so many elements. */
  readonly alone: RawKernels;
  readonly manyElements: number;
  readonly arena: Arena;
  /** A piece of the memory, obtained once: no operation makes the memory grow. */
  readonly scratch: { readonly start: number; readonly bytes: number };
}

/**
 * Refuses an array that is written, `a`, and one that is read if they overlap, unless they are the same elements and
 * `same` is allowed.
 */
export function checkOverlap(
  host: Host,
  op: string,
  aName: string,
  a: View,
  bName: string,
  b: View,
  same: boolean,
): void {
  // Asking for a buffer takes as long as some elements.
  const aBuffer = a.buffer;
  const bBuffer = b.buffer;
  // Only memory that threads may share has several buffer objects.
  if (aBuffer !== bBuffer && (aBuffer instanceof ArrayBuffer || bBuffer instanceof ArrayBuffer)) return;
  const aStart = a.byteOffset;
  const bStart = b.byteOffset;
  if (aStart >= bStart + b.byteLength || bStart >= aStart + a.byteLength) return;
  if (aBuffer !== bBuffer && !host.arena.isOneMemory(aBuffer, bBuffer)) {
    if (!isSeenThrough(aBuffer, bBuffer, Math.max(aStart, bStart))) return;
  }
  if (same && aStart === bStart && a.byteLength === b.byteLength) return;
  const wanted = same ? 'must be the same elements or not overlap' : 'must not overlap';
  throw new RangeError(
    `${op}: ${aName} and ${bName} ${wanted}, but ${aName} has bytes ${aStart} to ${aStart + a.byteLength} ` +
      `and ${bName} bytes ${bStart} to ${bStart + b.byteLength} of one buffer`,
  );
}

/**
 * Whether two buffers of which nothing is known are one memory, told by a byte that lies in both arrays: if it is
 * equal in both, it is changed in `written`, looked at in `read`, and changed back. The call is about to write there
 * anyway, and while it lasts nobody else may.
 */
function isSeenThrough(written: ArrayBufferLike, read: ArrayBufferLike, at: number): boolean {
  const own = new Uint8Array(written, at, 1);
  const other = new Uint8Array(read, at, 1);
  const byte = Atomics.load(own, 0);
  if (Atomics.load(other, 0) !== byte) return false;
  Atomics.store(own, 0, byte ^ 1);
  const isOne = Atomics.load(other, 0) !== byte;
  Atomics.store(own, 0, byte);
  return isOne;
}
