/// <reference lib="esnext.disposable" preserve="true" />
import { rangeError, typeError } from './arguments/errors.ts';
import type { HalfArray } from './arguments/floats.ts';
import type { Backend } from './arguments/load-options.ts';
import type { WasmMemory } from './arguments/wasm-types.ts';
import type { Loaded } from './loaded.ts';
import { ALLOCATED } from './memory/arena.ts';
import type { Host } from './memory/host.ts';

/** Kernels, less the operations: what computes, the memory it has, and its end. */
export class Handle {
  #loaded: Loaded | undefined;
  /** What computes here. */
  readonly backend: Backend;
  /** Why not a faster backend, or fewer threads than asked for; `undefined` if nothing is amiss. */
  readonly reason: string | undefined;
  /** Where `alloc` puts its arrays; a stand-in for a WebAssembly.Memory where the host has none. */
  readonly memory: WasmMemory;

  /** @internal */
  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    this.backend = loaded.backend;
    this.reason = loaded.reason;
    this.memory = loaded.arena.memory as WasmMemory;
  }

  /** How many threads work, the calling one included: fewer than at first if one has died, 1 after `close`. */
  get threads(): number {
    return this.#loaded?.team?.threads ?? 1;
  }

  /**
   * What an operation works with.
   * @internal
   */
  protected hostOf(op: string): Host {
    if (this.#loaded === undefined) throw new TypeError(`${op}: these kernels are closed: load others`);
    return this.#loaded;
  }

  /**
   * A view inside the kernels' memory, which every operation uses in place, without copies. Its contents are
   * whatever was there.
   *
   * Memory that is not shared (a page that is not cross-origin isolated) detaches its views when it grows: there,
   * allocate everything before filling anything. An operation never makes the memory grow.
   * @throws RangeError if `length` is no count, or more than `maxBytes` allows
   */
  alloc(length: number, type?: 'f32'): Float32Array;
  alloc(length: number, type: 'i32'): Int32Array;
  /** Half precision: for 'f16' a Float16Array where the host has it, else, as for 'bf16', a Uint16Array. */
  alloc(length: number, type: 'f16'): HalfArray;
  alloc(length: number, type: 'bf16'): Uint16Array;
  alloc(length: number, type: keyof typeof ALLOCATED = 'f32'): Float32Array | Int32Array | HalfArray {
    const { arena } = this.hostOf('alloc');
    if (typeof length !== 'number') throw typeError('alloc', 'length', 'a number', length);
    if (!Number.isInteger(length) || length < 0)
      throw rangeError('alloc', 'length', 'an integer of at least 0', length);
    if (typeof type !== 'string' || !Object.hasOwn(ALLOCATED, type)) {
      throw typeError('alloc', 'type', "'f32', 'i32', 'f16' or 'bf16'", type);
    }
    return arena.alloc(length, type);
  }

  /**
   * Takes back a view that `alloc` made.
   * @throws RangeError if it is none, or was freed before
   */
  free(view: Float32Array | Int32Array | HalfArray): void {
    const { arena } = this.hostOf('free');
    if (!ArrayBuffer.isView(view)) throw typeError('free', 'view', 'a view from alloc', view);
    if (!arena.free(view)) throw rangeError('free', 'view', 'a view from alloc, not yet freed', view);
  }

  /**
   * Ends the workers and lets go of the memory; every further call throws. Closing twice is fine. (Pages that a memory of
   * the caller's has grown by stay its own: memories of WebAssembly do not shrink.)
   */
  close(): void {
    this.#loaded?.team?.close();
    this.#loaded = undefined;
  }

  /** `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
