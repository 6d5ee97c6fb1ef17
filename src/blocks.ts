import { ALIGNMENT } from './abi.ts';
import type { Host } from './host.ts';

/** What a kernel reads or writes, so many bytes a row. */
export interface Operand {
  /** The caller's array; `undefined` for room of our own, which `kernel` reads. */
  readonly view: Float32Array | Int32Array | Uint8Array | undefined;
  readonly rowBytes: number;
  readonly write: boolean;
  /** For an output: the index of the input, of the same shape, in whose place it may be computed. */
  readonly over?: number;
}

/** Copied data goes through the scratch in blocks of about this size, which stay in the cache. */
const BLOCK_BYTES = 256 * 1024;

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
  const offsets = operands.map(({ view }) => (view === undefined ? -1 : arena.offsetOf(view)));
  // An operand's home is its own place or, for an input that is copied, that of the output computed over it:
  // it is copied straight to where the result is wanted, or the two share a piece of the scratch.
  const homes = operands.map((_, i) => i);
  for (const [i, { over }] of operands.entries())
    if (over !== undefined && offsets[over] < 0) homes[over] = i;
  const staged = operands.map((_, i) => homes[i] === i && offsets[i] < 0);

  const inStage = operands.filter((_, i) => staged[i]);
  const rowBytes = inStage.reduce((sum, operand) => sum + operand.rowBytes, 0);
  const room = scratch.bytes - inStage.length * ALIGNMENT;
  if (rowBytes > room) return false;
  const step =
    rowBytes === 0 ? Math.max(rows, 1) : Math.max(1, Math.floor(Math.min(BLOCK_BYTES, room) / rowBytes));
  let next = scratch.start;
  for (const [i, operand] of operands.entries()) {
    if (!staged[i]) continue;
    offsets[i] = next;
    next += Math.ceil((operand.rowBytes * step) / ALIGNMENT) * ALIGNMENT;
  }

  const addresses = [...offsets];
  const foreign = operands.map(({ view }, i) => view !== undefined && (staged[i] || homes[i] !== i));
  for (let row = 0; row < rows; row += step) {
    const n = Math.min(step, rows - row);
    for (const [i, home] of homes.entries()) {
      addresses[i] = offsets[home] + (staged[home] ? 0 : row * operands[home].rowBytes);
    }
    for (const [i, operand] of operands.entries()) {
      if (foreign[i] && !operand.write) copyRows(host, operand, addresses[i], row, n);
    }
    kernel(addresses, n, row);
    for (const [i, operand] of operands.entries()) {
      if (foreign[i] && operand.write) copyRows(host, operand, addresses[i], row, n);
    }
  }
  return true;
}

/** Copies rows of an operand into the memory, or out of it if the operand is written to. */
function copyRows(
  { arena }: Host,
  { view, rowBytes, write }: Operand,
  address: number,
  row: number,
  rows: number,
): void {
  if (view === undefined) return;
  const memory = view instanceof Float32Array ? arena.f32 : view instanceof Int32Array ? arena.i32 : arena.u8;
  const perRow = rowBytes / view.BYTES_PER_ELEMENT;
  const part = view.subarray(row * perRow, (row + rows) * perRow);
  const at = address / view.BYTES_PER_ELEMENT;
  if (write) part.set(memory.subarray(at, at + part.length));
  else memory.set(part, at);
}
