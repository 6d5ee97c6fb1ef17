/** Files, read where one likes, straight into the memory of whoever asks. */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { failure, InputError, pathError } from '../errors.ts';
import { type FileKey, keyOf } from '../source.ts';
import type { ByteSource } from './bytes.ts';

/** The most that one system call is asked for. */
const MAX_READ_BYTES = 2 ** 30;

/** A file of known size. */
export interface FileBytes extends ByteSource {
  readonly size: number;
}

/**
 * Opens a regular file.
 *
 * @param expected what is expected there, for the message
 * @throws InputError if it cannot be opened, or is something else; later Errors if it vanishes or changes
 */
export async function openFile(path: string, expected: string): Promise<FileBytes> {
  let handle: FileHandle | undefined;
  try {
    handle = await openHandle(path);
  } catch (error) {
    throw pathError(path, expected, error);
  }
  let state: State;
  let name: string;
  try {
    state = await stateOf(handle);
    if (!state.isFile)
      throw new InputError(`${path}: expected a regular file of ${expected}, got something else`);
    name = await realpath(path);
  } catch (error) {
    await handle.close();
    throw error;
  }
  const checkState = async (open: FileHandle): Promise<void> => {
    const { size, modified } = await stateOf(open);
    if (size < state.size) throw new Error(`${path}: the file became shorter while it was read`);
    if (size !== state.size || modified !== state.modified) {
      throw new Error(`${path}: the file changed while it was read`);
    }
  };
  const reopen = async (): Promise<FileHandle> => {
    try {
      const again = await openHandle(path);
      await checkState(again).catch(async (error) => {
        await again.close();
        throw error;
      });
      return again;
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code ? failure(path, error) : error;
    }
  };
  return {
    ...{
      path,
      size: state.size,
      rereadable: true,
      files: [{ key: state.key, version: `${state.size} ${state.modified}` }],
    },
    identity: JSON.stringify([name, state.size, String(state.modified)]),
    async read(into, position) {
      handle ??= await reopen();
      for (let done = 0; done < into.length; ) {
        const length = Math.min(into.length - done, MAX_READ_BYTES);
        const { bytesRead } = await handle
          .read(into, done, length, position + done)
          .catch((error: unknown) => {
            throw failure(path, error);
          });
        if (bytesRead === 0) throw new Error(`${path}: the file became shorter while it was read`);
        done += bytesRead;
      }
    },
    async finish() {
      if (handle) await checkState(handle);
    },
    async close() {
      const open = handle;
      handle = undefined;
      await open?.close();
    },
  };
}

function openHandle(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK opening a named pipe would wait for a writer.
  return open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
}

interface State {
  readonly isFile: boolean;
  readonly key: FileKey;
  readonly size: number;
  /** Nanoseconds. */
  readonly modified: bigint;
}

async function stateOf(handle: FileHandle): Promise<State> {
  const stats = await handle.stat({ bigint: true });
  return { isFile: stats.isFile(), key: keyOf(stats), size: Number(stats.size), modified: stats.mtimeNs };
}
