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

/** Refuses two arrays that overlap, unless they are the same elements and `same` is allowed. */
export function checkOverlap(
  host: Host,
  op: string,
  aName: string,
  a: View,
  bName: string,
  b: View,
  same: boolean,
): void {
  const { arena } = host;
  // Asking for a buffer takes as long as some elements.
  const aBuffer = a.buffer;
  const bBuffer = b.buffer;
  // Two buffer objects may be one shared memory, before and after it grew.
  if (aBuffer !== bBuffer && !(arena.holds(aBuffer) && arena.holds(bBuffer))) return;
  const aStart = a.byteOffset;
  const bStart = b.byteOffset;
  if (aStart >= bStart + b.byteLength || bStart >= aStart + a.byteLength) return;
  if (same && aStart === bStart && a.byteLength === b.byteLength) return;
  const wanted = same ? 'must be the same elements or not overlap' : 'must not overlap';
  throw new RangeError(
    `${op}: ${aName} and ${bName} ${wanted}, but ${aName} has bytes ${aStart} to ${aStart + a.byteLength} ` +
      `and ${bName} bytes ${bStart} to ${bStart + b.byteLength} of one buffer`,
  );
}
