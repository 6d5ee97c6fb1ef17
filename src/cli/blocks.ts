/** Rows in blocks: while one is worked on, the next is read and the last is written. */
import type { Kernels } from '../index.ts';
import { InputError } from './errors.ts';
import { checkLabels } from './labels.ts';
import type { Progress } from './progress.ts';
import type { LabelsSource, LogitsSource } from './source.ts';
import { GROUP_TILES } from './sums.ts';

/** Elements in a block, 4 MiB of float32: less, and the calls to the system take their time; more, and caches miss. */
const BLOCK_ELEMENTS = 2 ** 20;
/** Blocks in memory: one that is read, one worked on, and two being written. */
const SLOTS = 4;
/** What is set aside of the memory for conversions, decompressors and results. */
const ASIDE_BYTES = 8 * 2 ** 20;

/** A block of rows, in the kernels' memory if it fits there. */
export interface Block {
  /** Its first row, and how many there are. */
  readonly start: number;
  readonly count: number;
  readonly x: Float32Array;
  /** The rows' labels, if labels are read; checked. */
  readonly labels: Int32Array;
  /** Keeps the block's memory from being used for other rows until `work` is done, and waits for it in the end. */
  readonly hold: (work: Promise<void>) => void;
}

export interface BlockOptions {
  /** Bytes that may be used. */
  readonly memory: number;
  readonly labels?: LabelsSource;
  /** Rows `[first, end)`, instead of all. */
  readonly first?: number;
  readonly end?: number;
  /** Blocks end at multiples of so many rows, where that many fit. */
  readonly tile?: number;
  /** Told of each block when the next is asked for. */
  readonly progress?: Progress;
}

/**
 * Reads rows block by block.
 *
 * @throws InputError if not even one row fits the memory
 */
export async function* readBlocks(
  logits: LogitsSource,
  kernels: Kernels,
  { memory, labels, first = 0, end = logits.rows, tile = 1, progress }: BlockOptions,
): AsyncGenerator<Block, void, void> {
  const { cols } = logits;
  // Rows of no columns hold nothing, however many there are.
  if (end <= first || cols === 0) return;
  const { rows, slots } = planBlocks(logits, labels, { memory, rows: end - first, tile });
  const stride = Math.min(rows, end - first) * (cols + (labels ? 1 : 0));
  const { views, free } = allocate(kernels, slots, stride);
  const busy: (Promise<unknown> | undefined)[] = Array(slots).fill(undefined);

  const read = async (slot: number, start: number): Promise<Block> => {
    await busy[slot];
    busy[slot] = undefined;
    const count = Math.min(end, (Math.floor(start / rows) + 1) * rows) - start;
    const view = views[slot];
    const x = view.subarray(0, count * cols);
    const y = new Int32Array(view.buffer, view.byteOffset + 4 * count * cols, labels ? count : 0);
    if (labels) {
      await labels.readLabels(start, count, y);
      checkLabels(labels.path, start, y, cols, labels.ignored);
    }
    await logits.readRows(start, count, x);
    return {
      ...{ start, count, x, labels: y },
      hold: (work) => {
        const both = Promise.all([busy[slot], work]);
        // What went wrong is told to whoever waits for the slot.
        both.catch(() => {});
        busy[slot] = both;
      },
    };
  };

  let next: Promise<Block> | undefined;
  try {
    let slot = 0;
    next = read(slot, first);
    for (let done = first; done < end; ) {
      const block = await next;
      slot = (slot + 1) % slots;
      done += block.count;
      if (done < end && slots > 1) {
        next = read(slot, done);
        next.catch(() => {});
      }
      yield block;
      progress?.(block.count);
      if (done < end && slots === 1) next = read(slot, done);
    }
    await Promise.all(busy);
  } finally {
    // Nothing may be read into the memory, or written from it, any more.
    await Promise.allSettled([next, ...busy]);
    free();
  }
}

/**
 * Room for blocks: in the kernels' memory, which works on them there, as far as that can grow, since 32-bit addresses
 * end at 4 GiB; otherwise outside, from where operations copy them piece by piece.
 */
function allocate(
  kernels: Kernels,
  slots: number,
  stride: number,
): { views: readonly Float32Array[]; free: () => void } {
  try {
    const all = kernels.alloc(slots * stride);
    const views = Array.from({ length: slots }, (_, i) => all.subarray(i * stride, (i + 1) * stride));
    return { views, free: () => kernels.free(all) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { views: Array.from({ length: slots }, () => new Float32Array(stride)), free: () => {} };
  }
}

/** Whether all rows, with their labels, fit the memory. */
export function fitsMemory(logits: LogitsSource, labels: LabelsSource, memory: number): boolean {
  return logits.rows <= roomFor(logits, labels, memory);
}

/** Rows, with their labels, that fit the memory, beside what is set aside of it. */
function roomFor({ cols, held }: LogitsSource, labels: LabelsSource | undefined, memory: number): number {
  return Math.floor((memory - ASIDE_BYTES - held - (labels?.held ?? 0)) / rowBytes(cols));
}

/** Of a row and its label. */
const rowBytes = (cols: number): number => 4 * (cols + 1);

/** @throws InputError if not even one row fits the memory */
export function checkMemory(logits: LogitsSource, labels: LabelsSource | undefined, memory: number): void {
  const { path, cols } = logits;
  if (logits.rows === 0 || roomFor(logits, labels, memory) >= 1) return;
  const held = logits.held + (labels?.held ?? 0);
  const needed = `--memory ${Math.ceil((rowBytes(cols) + ASIDE_BYTES + held) / 2 ** 20)}M would do`;
  const given = `--memory ${formatMemory(memory)}`;
  if (held === 0) {
    throw new InputError(`${path}: expected rows that fit ${given}, got ${cols} classes: ${needed}`);
  }
  throw new InputError(
    `${logits.held > 0 ? path : labels?.path}: expected data that fits ${given}, since its rows lie across it and it ` +
      `can only be read from beginning to end, got ${held} bytes at a time: ${needed}`,
  );
}

/** How many rows a block has, and for how many there is room. */
function planBlocks(
  logits: LogitsSource,
  labels: LabelsSource | undefined,
  { memory, rows, tile }: { memory: number; rows: number; tile: number },
): { rows: number; slots: number } {
  checkMemory(logits, labels, memory);
  const { cols, slab, atOnce } = logits;
  const room = roomFor(logits, labels, memory);
  const most = Math.max(Math.floor(BLOCK_ELEMENTS / cols), atOnce);
  const wanted = Math.max(1, Math.min(Math.ceil(rows / tile) * tile, most));
  // Rows enough for long runs are worth more than reading and writing at the same time.
  const slots = Math.max(1, Math.min(SLOTS, Math.floor(room / Math.min(rows, atOnce))));
  const fitting = Math.min(wanted, Math.floor(room / slots));
  // Tiles are what sums are made of; whole slabs only save time.
  const units = [tile === 1 && slab > 1 ? slab : GROUP_TILES * tile, tile];
  const unit = units.find((size) => size <= fitting) ?? 1;
  const whole = fitting - (fitting % unit);
  return { rows: whole, slots };
}

/** Bytes as `--memory` takes them. */
export function formatMemory(bytes: number): string {
  return bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20}M` : `${bytes} bytes`;
}
