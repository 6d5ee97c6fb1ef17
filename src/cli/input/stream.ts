/** Bytes that come one after the other: from a pipe, or out of a decompressor. */
import { fstatSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { failure, InputError } from '../errors.ts';
import { type InputFile, keyOf } from '../source.ts';
import type { ByteSource } from './bytes.ts';

interface StreamOptions {
  readonly path: string;
  readonly size: number | undefined;
  readonly identity: string | undefined;
  readonly files: readonly InputFile[] | undefined;
  /** Whether `open` gives the same bytes every time. */
  readonly rereadable: boolean;
  /** Starts from the beginning. */
  readonly open: () => AsyncIterator<Uint8Array>;
  readonly close?: () => Promise<void>;
}

/** A source over chunks. Skipping ahead reads what is skipped, going back starts from the beginning. */
export function streamBytes(options: StreamOptions): ByteSource {
  const { path, size, identity, files, rereadable, open } = options;
  let chunks: AsyncIterator<Uint8Array> | undefined;
  let chunk: Uint8Array = new Uint8Array();
  /** Where the rest of the chunk begins. */
  let at = 0;

  const stop = async (): Promise<void> => {
    await chunks?.return?.();
    [chunks, chunk, at] = [undefined, new Uint8Array(), 0];
  };
  /** Gets a chunk that has bytes; false at the end. */
  const fill = async (): Promise<boolean> => {
    chunks ??= open();
    while (chunk.length === 0) {
      const { done, value } = await chunks.next();
      if (done) return false;
      chunk = value;
    }
    return true;
  };
  const take = async (bytes: number): Promise<Uint8Array> => {
    if (!(await fill())) {
      const got = at === 0 ? 'nothing' : `the end after ${at} bytes`;
      throw new InputError(`${path}: truncated: expected more data, got ${got}`);
    }
    const piece = chunk.subarray(0, bytes);
    chunk = chunk.subarray(piece.length);
    at += piece.length;
    return piece;
  };
  return {
    ...{ path, size, identity, files, rereadable, isInOrder: true },
    async read(into, position) {
      if (position < at) {
        if (!rereadable) throw new InputError(`${path}: can be read only once, from beginning to end`);
        await stop();
      }
      while (at < position) await take(position - at);
      for (let done = 0; done < into.length; ) {
        const piece = await take(into.length - done);
        into.set(piece, done);
        done += piece.length;
      }
    },
    async finish() {
      if (await fill())
        throw new InputError(`${path}: trailing bytes: expected the end after ${at} bytes, got more`);
    },
    async close() {
      await stop();
      await options.close?.();
    },
  };
}

/** The standard input. */
export function openStdin(): ByteSource {
  const path = 'standard input';
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* process.stdin as AsyncIterable<Buffer>;
    } catch (error) {
      throw failure(path, error);
    }
  }
  return streamBytes({
    ...{ path, size: undefined, identity: undefined, files: filesOfStdin(), rereadable: false },
    open: chunks,
  });
}

/** The file that a shell has made the standard input, if it has. */
function filesOfStdin(): readonly InputFile[] {
  try {
    const stats = fstatSync(0, { bigint: true });
    return stats.isFile() ? [{ key: keyOf(stats), version: `${stats.size} ${stats.mtimeNs}` }] : [];
  } catch {
    return [];
  }
}

/** Compressed bytes read, and decompressed bytes made, at a time. */
const CHUNK_BYTES = 2 ** 18;

/** What deflated bytes were before; never more than a chunk of it in memory. */
export function inflatedBytes(deflated: ByteSource & { readonly size: number }, size: number): ByteSource {
  async function* compressed(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < deflated.size; at += CHUNK_BYTES) {
      // A buffer of its own each time: the decompressor may not be through with the last one.
      const bytes = new Uint8Array(Math.min(CHUNK_BYTES, deflated.size - at));
      await deflated.read(bytes, at);
      yield bytes;
    }
    await deflated.finish();
  }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
    // An error reaches the reader through the decompressor.
    pipeline(Readable.from(compressed(), { objectMode: true, highWaterMark: 1 }), inflate, () => {});
    try {
      yield* inflate as AsyncIterable<Buffer>;
    } catch (error) {
      const isZlib = String((error as NodeJS.ErrnoException).code).startsWith('Z_');
      throw isZlib
        ? new InputError(`${deflated.path}: damaged: ${failure('deflate', error).message}`)
        : error;
    }
  }
  return streamBytes({
    ...{ path: deflated.path, size, identity: deflated.identity, rereadable: deflated.rereadable },
    files: deflated.files,
    open: chunks,
    close: () => deflated.close(),
  });
}
