import { ALIGNMENT, PAGE_BYTES } from '../raw/sizes.ts';
import type { View } from './view.ts';

/** What an arena needs of a `WebAssembly.Memory`; `createPlainMemory` makes one where there is no WebAssembly. */
export interface GrowableMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

type Allocated = Float32Array | Int32Array | Uint16Array;

interface ViewClass {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, start: number, length: number): Allocated;
}

const { Float16Array = Uint16Array } = globalThis as unknown as { Float16Array?: typeof Uint16Array };

/** The views that `alloc` gives, by names for their elements: of half precision the host's own, where it has one. */
export const ALLOCATED: Readonly<Record<'f32' | 'i32' | 'f16' | 'bf16', ViewClass>> = {
  ...{ f32: Float32Array, i32: Int32Array, f16: Float16Array, bf16: Uint16Array },
};

/** The largest memory that 32-bit addresses reach. */
export const MAX_MEMORY_BYTES: number = 65536 * PAGE_BYTES;

/** Whose each buffer is or was: a shared memory has one more whenever it grows, and views keep theirs. */
const memories = new WeakMap<ArrayBufferLike, GrowableMemory>();

const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/**
 * The sole owner of memory: it hands out and takes back pieces of the pages that it got by growing, and never
 * touches any other, so that arenas may share one memory. Views of a plain (not shared) memory are detached by
 * its growth, as WebAssembly has it; views of a shared one stay.
 */
export class Arena {
  readonly memory: GrowableMemory;
  readonly maxBytes: number;
  /** The whole memory, to be read anew after each `alloc`. A plain property: the memory's own is a slow getter. */
  buffer!: ArrayBufferLike;
  f32!: Float32Array;
  i32!: Int32Array;
  f64!: Float64Array;
  u16!: Uint16Array;
  u8!: Uint8Array;
  /** Free pieces `[start, end)`, ascending, never adjacent. */
  #free: { start: number; end: number }[] = [];
  readonly #used = new Map<number, number>();
  readonly #views = new WeakMap<object, number>();
  #ownedBytes = 0;
  /**
   * The last views that were found inside, and where: asking a view for its buffer takes as long as some elements.
   * Where a view starts never changes, and it keeps nothing alive but the memory.
   */
  #recent0: View | undefined;
  #recent1: View | undefined;
  #recent2: View | undefined;
  #offset0 = -1;
  #offset1 = -1;
  #offset2 = -1;

  constructor(memory: GrowableMemory, maxBytes: number) {
    this.memory = memory;
    this.maxBytes = maxBytes;
    this.#refresh();
  }

  /**
   * The byte offset of a view inside the memory, or −1; also for a view at 0, which kernels take for none, and for
   * elements that kernels do not take: all of theirs are of four bytes or of one.
   */
  offsetOf(view: View): number {
    const offset = this.recall(view);
    if (offset >= 0) return offset;
    // A small new array has no buffer until it is asked for it, which takes as long as a row.
    return view.byteOffset === 0 ? -1 : this.offsetIn(view, view.buffer);
  }

  /** The same if it was found lately, else −1. */
  recall(view: View): number {
    if (view === this.#recent0) return this.#offset0;
    if (view === this.#recent1) return this.#offset1;
    if (view === this.#recent2) return this.#offset2;
    return -1;
  }

  /** `offsetOf` for those who have asked the view for its buffer. */
  offsetIn(view: View, buffer: ArrayBufferLike): number {
    const { BYTES_PER_ELEMENT: unit } = view;
    const isTaken = unit === 4 || unit === 1;
    const offset = isTaken && this.holds(buffer) ? view.byteOffset || -1 : -1;
    if (offset >= 0) {
      this.#recent2 = this.#recent1;
      this.#offset2 = this.#offset1;
      this.#recent1 = this.#recent0;
      this.#offset1 = this.#offset0;
      this.#recent0 = view;
      this.#offset0 = offset;
    }
    return offset;
  }

  /** Whether a buffer is the memory's, now or earlier: others may have grown it. */
  holds(buffer: ArrayBufferLike): boolean {
    if (buffer === this.buffer) return true;
    // The usual case, told without the memory's slow getter.
    if (buffer instanceof ArrayBuffer && !(this.buffer instanceof ArrayBuffer)) return false;
    this.#refresh();
    return memories.get(buffer) === this.memory;
  }

  /** Whether two buffers are known to be one memory, of this arena or another, before and after it grew. */
  isOneMemory(a: ArrayBufferLike, b: ArrayBufferLike): boolean {
    this.#refresh();
    const memory = memories.get(a);
    return memory !== undefined && memory === memories.get(b);
  }

  /** A new view; its contents are whatever was there. */
  alloc(length: number, type: keyof typeof ALLOCATED): Allocated {
    const { [type]: Class } = ALLOCATED;
    const start = this.allocBytes('alloc', length * Class.BYTES_PER_ELEMENT);
    this.#refresh();
    const view = new Class(this.buffer, start, length);
    this.#views.set(view, start);
    return view;
  }

  /** Takes back a view that `alloc` made; false if it is none or was taken back before. */
  free(view: object): boolean {
    const start = this.#views.get(view);
    if (start === undefined) return false;
    this.#views.delete(view);
    this.freeBytes(start);
    return true;
  }

  /** The offset of a new piece, a multiple of `ALIGNMENT` and never 0. `op` is whom an error names. */
  allocBytes(op: string, bytes: number): number {
    const size = roundUp(Math.max(bytes, 1), ALIGNMENT);
    const fits = ({ start, end }: { start: number; end: number }) => end - start >= size;
    let piece = this.#free.find(fits);
    for (; piece === undefined; piece = this.#free.find(fits)) this.#grow(op, size);
    const { start } = piece;
    piece.start += size;
    if (piece.start === piece.end) this.#free.splice(this.#free.indexOf(piece), 1);
    this.#used.set(start, start + size);
    return start;
  }

  freeBytes(start: number): void {
    const end = this.#used.get(start) as number;
    this.#used.delete(start);
    this.#release(start, end);
  }

  #release(start: number, end: number): void {
    const free = this.#free;
    let i = 0;
    while (i < free.length && free[i].start < start) i++;
    free.splice(i, 0, { start, end });
    if (i + 1 < free.length && free[i + 1].start === end) free[i].end = free.splice(i + 1, 1)[0].end;
    if (i > 0 && free[i - 1].end === start) free[i - 1].end = free.splice(i, 1)[0].end;
  }

  #grow(op: string, size: number): void {
    this.#refresh();
    const end = this.buffer.byteLength;
    const last = this.#free.at(-1);
    // What is free at the end counts; at address 0, which is never handed out, a line is lost.
    const more = size - (last?.end === end ? end - last.start : 0) + (end === 0 ? ALIGNMENT : 0);
    const needed = Math.ceil(more / PAGE_BYTES);
    const allowed = Math.floor((this.maxBytes - this.#ownedBytes) / PAGE_BYTES);
    // Growing by at least what there is keeps growth, which detaches plain views, rare.
    const generous = Math.min(Math.max(needed, Math.min(this.#ownedBytes / PAGE_BYTES, 1024)), allowed);
    for (const pages of needed <= allowed ? new Set([generous, needed]) : []) {
      let before: number;
      try {
        before = this.memory.grow(pages);
      } catch {
        continue;
      }
      const start = before * PAGE_BYTES;
      this.#ownedBytes += pages * PAGE_BYTES;
      this.#refresh();
      this.#release(Math.max(start, ALIGNMENT), start + pages * PAGE_BYTES);
      return;
    }
    throw new RangeError(
      `${op}: ${size} bytes in one piece are needed, but the memory cannot grow so far ` +
        `(${this.#ownedBytes} bytes, maxBytes ${this.maxBytes})`,
    );
  }

  /** Renews the views if the memory has grown. */
  #refresh(): void {
    const { buffer } = this.memory;
    if (buffer === this.buffer) return;
    memories.set(buffer, this.memory);
    this.buffer = buffer;
    this.f32 = new Float32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }
}

/** A stand-in for `WebAssembly.Memory` on hosts without WebAssembly. */
export function createPlainMemory(): GrowableMemory {
  let buffer = new ArrayBuffer(0);
  return {
    get buffer() {
      return buffer;
    },
    grow(pages: number): number {
      const before = buffer.byteLength;
      const larger = new ArrayBuffer(before + pages * PAGE_BYTES);
      new Uint8Array(larger).set(new Uint8Array(buffer));
      // As with WebAssembly: views of the memory as it was are detached, not left behind with stale data.
      structuredClone(buffer, { transfer: [buffer] });
      buffer = larger;
      return before / PAGE_BYTES;
    },
  };
}
