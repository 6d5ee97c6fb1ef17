/** .npy files of numbers: read by positioned reads, so never as a whole, and written complete or not at all. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { failure, InputError, pathError } from './errors.ts';
import { formatHeader } from './npy-header.ts';
import { type ByteSource, product, readNpyLabels, readNpyLogits } from './npy-reader.ts';
import { createOutput, type OutputFile } from './output.ts';
import type { LabelsSource, LogitsSource } from './source.ts';

/**
 * Opens a matrix of float32 or float64 logits; float64 is rounded to the nearest float32.
 *
 * @throws InputError if the file cannot be read, is not a .npy, or holds something else.
 */
export function openNpyLogits(path: string): Promise<LogitsSource> {
  return readNpyLogits(path, openFile);
}

/**
 * Opens integer labels of any width.
 *
 * @throws InputError as `openNpyLogits` does; `readLabels` throws one for a value beyond int32.
 */
export function openNpyLabels(path: string): Promise<LabelsSource> {
  return readNpyLabels(path, openFile);
}

async function openFile(path: string, expected: string): Promise<ByteSource> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK opening a named pipe would wait for a writer.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw pathError(path, `a .npy file of ${expected}`, error);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile())
      throw new InputError(`${path}: expected a regular file of ${expected}, got something else`);
    return {
      size: stats.size,
      read: (into, position) => readFully(handle, path, into, position),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readFully(
  handle: FileHandle,
  path: string,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(bytes.length - done, 2 ** 30);
    const { bytesRead } = await handle.read(bytes, done, length, position + done).catch((error: unknown) => {
      throw failure(path, error);
    });
    if (bytesRead === 0) throw new Error(`${path}: the file became shorter while it was read`);
    done += bytesRead;
  }
}

/** A .npy file of numbers being written; see `OutputFile`. */
export interface NpyOutput extends Omit<OutputFile, 'write'> {
  /** Appends elements. */
  write(elements: Float32Array | Int32Array): Promise<void>;
}

/**
 * Starts a .npy file of float32 or int32, version 1.0, in C order and this machine's byte order.
 *
 * @throws InputError as `createOutput` does; `commit` throws unless the shape has been filled.
 */
export async function createNpy(
  path: string,
  shape: readonly number[],
  type: 'f4' | 'i4' = 'f4',
): Promise<NpyOutput> {
  const file = await createOutput(path);
  let missing = product(shape);
  let header: Uint8Array | undefined = formatHeader(shape, type);
  const flushHeader = async (): Promise<void> => {
    if (header) await file.write(header);
    header = undefined;
  };
  return {
    async write(elements) {
      await flushHeader();
      await file.write(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength));
      missing -= elements.length;
    },
    async commit() {
      await flushHeader();
      if (missing !== 0) throw new Error(`${path}: expected ${missing} more elements`);
      await file.commit();
    },
    discard: () => file.discard(),
  };
}
