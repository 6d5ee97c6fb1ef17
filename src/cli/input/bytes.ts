/** Where the bytes of an input come from. */
import * as zlib from 'node:zlib';
import { InputError } from '../errors.ts';
import type { InputFile } from '../source.ts';

export interface ByteSource {
  /** What messages call it. */
  readonly path: string;
  /** `undefined` if only reading to the end tells. */
  readonly size: number | undefined;
  /** Whether bytes that were read can be read again. */
  readonly rereadable: boolean;
  /** Whether they come one after the other: to go back is to begin anew. */
  readonly isInOrder?: boolean;
  /** What tells it from another, and from itself before it was written anew; `undefined` if nothing does. */
  readonly identity: string | undefined;
  /** The files on the disk that they are in; none of those that are in none. */
  readonly files?: readonly InputFile[];
  /** Fills `into` with the bytes from `position` on. One call at a time. @throws Error if they are not there */
  read(into: Uint8Array, position: number): Promise<void>;
  /** After the last byte was read: @throws Error if it was not the last, or what was read is damaged */
  finish(): Promise<void>;
  /** Lets go of what is open; a later `read` of a rereadable source opens it again. */
  close(): Promise<void>;
}

/** The bytes `[start, start + size)` of a source. */
export function sliceBytes(source: ByteSource, path: string, start: number, size: number): ByteSource {
  return {
    ...{ path, size, rereadable: source.rereadable, isInOrder: source.isInOrder, files: source.files },
    identity: source.identity && `${source.identity} ${start}+${size}`,
    read: (into, position) => source.read(into, start + position),
    finish: () => source.finish(),
    close: () => source.close(),
  };
}

/**
 * A source with slabs, `size` bytes each from `start` on to the end. The one that was read last is in memory: within it
 * one may read in any order.
 */
export function slabBytes(source: ByteSource, start: number, size: number): ByteSource {
  let slab: Uint8Array | undefined;
  let held = -1;
  return {
    ...source,
    async read(into, position) {
      for (let done = 0; done < into.length; ) {
        const at = position + done - start;
        const index = Math.floor(at / size);
        slab ??= new Uint8Array(size);
        if (index !== held) {
          held = -1;
          await source.read(slab, start + index * size);
          held = index;
        }
        const piece = slab.subarray(at - index * size, at - index * size + into.length - done);
        into.set(piece, done);
        done += piece.length;
      }
    },
    async close() {
      [slab, held] = [undefined, -1];
      await source.close();
    },
  };
}

/** A source with its CRC-32, which is checked if all bytes were read, in order. */
export function checkedBytes(source: ByteSource, expected: number): ByteSource {
  let next = 0;
  let crc = 0;
  return {
    ...source,
    async read(into, position) {
      await source.read(into, position);
      if (position === 0) [next, crc] = [0, 0];
      // Node has it from 20.15 on.
      if (position !== next || typeof zlib.crc32 !== 'function') return;
      crc = zlib.crc32(into, crc);
      next += into.length;
    },
    async finish() {
      await source.finish();
      if (next === source.size && crc !== expected) {
        const hex = (value: number): string => value.toString(16).padStart(8, '0');
        throw new InputError(
          `${source.path}: damaged: expected data with CRC-32 ${hex(expected)}, got ${hex(crc)}`,
        );
      }
    },
  };
}
