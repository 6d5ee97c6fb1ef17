import { ALIGNMENT } from '../raw/sizes.ts';
import { load, store, unitOf } from './elements.ts';
import type { Host } from './host.ts';
import type { View } from './view.ts';

/** What a kernel reads or writes, so many bytes a row as it has them. */
export interface Operand {
  /** The caller's array; `undefined` for room of our own, which `kernel` reads. */
  readonly view: View | undefined;
  readonly rowBytes: number;
  readonly write: boolean;
  /** For an output: the index of the input, of the same shape, in whose place it may be computed. */
  readonly over?: number;
}

/** Copied data goes through the scratch in blocks of about this size, which stay in the cache. */
export const BLOCK_BYTES: number = 256 * 1024;

/**
 * Calls `kernel` with the addresses of the operands for consecutive blocks of rows. Arrays inside the memory are
 * used where they are, others are copied in and out through the scratch. False, and nothing done, if a single
 * row does not fit there.
 */
export function runBlocks(
  host: Host,
  rows: number,
  operands: readonly Operand[],
  kernel: (addresses: readonly number[], rows: number, firstRow: number) => void,
): boolean {
  const { arena, scratch } = host;
  const count = operands.length;
  // Plain loops: of small calls this is most.
  const offsets: number[] = [];
  for (let i = 0; i < count; i++) {
    const { view } = operands[i];
    offsets.push(view === undefined ? -1 : arena.offsetOf(view));
  }
  // An operand's home is its own place or, for an input that is copied, that of the output computed over it:
  // it is copied straight to where the result is wanted, or the two share a piece of the scratch.
  const homes: number[] = [];
  for (let i = 0; i < count; i++) homes.push(i);
  for (let i = 0; i < count; i++) {
    const { over } = operands[i];
    if (over !== undefined && offsets[over] < 0) homes[over] = i;
  }
  const staged: boolean[] = [];
  let pieces = 0;
  let rowBytes = 0;
  for (let i = 0; i < count; i++) {
    const here = homes[i] === i && offsets[i] < 0;
    staged.push(here);
    if (!here) continue;
    pieces++;
    rowBytes += operands[i].rowBytes;
  }
  const room = scratch.bytes - pieces * ALIGNMENT;
  if (rowBytes > room) return false;
  const step =
    rowBytes === 0 ? Math.max(rows, 1) : Math.max(1, Math.floor(Math.min(BLOCK_BYTES, room) / rowBytes));
  let next = scratch.start;
  for (let i = 0; i < count; i++) {
    if (!staged[i]) continue;
    offsets[i] = next;
    next += Math.ceil((operands[i].rowBytes * step) / ALIGNMENT) * ALIGNMENT;
  }

  const addresses = [...offsets];
  for (let row = 0; row < rows; row += step) {
    const n = Math.min(step, rows - row);
    for (let i = 0; i < count; i++) {
      const home = homes[i];
      addresses[i] = offsets[home] + (staged[home] ? 0 : row * operands[home].rowBytes);
    }
    for (let i = 0; i < count; i++) {
      if ((staged[i] || homes[i] !== i) && !operands[i].write) {
        copyRows(host, operands[i], addresses[i], row, n);
      }
    }
    kernel(addresses, n, row);
    for (let i = 0; i < count; i++) {
      if (staged[i] && operands[i].write) copyRows(host, operands[i], addresses[i], row, n);
    }
  }
  return true;
}

/** Copies rows of an operand into the memory, or out of it if the operand is written to. */
export function copyRows(host: Host, operand: Operand, address: number, row: number, rows: number): void {
  const { view, rowBytes, write } = operand;
  if (view === undefined) return;
  const perRow = rowBytes / unitOf(view);
  const move = write ? store : load;
  move(host, view, row * perRow, rows * perRow, address);
}
