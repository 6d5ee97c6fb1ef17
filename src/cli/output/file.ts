/** Files that appear complete or not at all. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { failure, pathError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { resolveTarget, syncFolder, WRITABLE } from './target.ts';

/** A file being written under a temporary name in its own folder. */
export interface OutputFile {
  /** Appends bytes; there is no need to wait for those before. */
  write(bytes: Uint8Array): Promise<void>;
  /** Gives the file its name, replacing any file that had it, as soon as all of it is on the disk. */
  commit(): Promise<void>;
  /** Removes the temporary file; after `commit` it does nothing. */
  discard(): Promise<void>;
}

/**
 * Starts a file that gets the name `path` when `commit` is called. Ctrl-C removes what was written so far.
 *
 * @throws InputError if `path` cannot be written to, or is something other than a regular file.
 */
export async function createOutput(path: string): Promise<OutputFile> {
  const target = await resolveTarget(path);
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  // Before the file is there: a signal may come the moment it is.
  const settle = onInterrupt(() => {
    rmSync(temporary, { force: true });
    return `${path} is not written`;
  });
  let handle: FileHandle;
  try {
    handle = await open(temporary, 'wx');
  } catch (error) {
    settle();
    throw pathError(path, WRITABLE, error);
  }
  let pending = true;
  let written = 0;
  return {
    write(bytes) {
      const position = written;
      written += bytes.length;
      return writeFully(handle, path, bytes, position);
    },
    async commit() {
      try {
        await handle.sync();
        await handle.close();
        await rename(temporary, target);
        await syncFolder(target);
      } catch (error) {
        throw failure(path, error);
      }
      pending = false;
      settle();
    },
    async discard() {
      if (!pending) return;
      await handle.close().catch(() => {});
      await unlink(temporary);
      pending = false;
      settle();
    },
  };
}

/** The most that one system call is asked for. */
const MAX_WRITE_BYTES = 2 ** 30;

/** Writes all bytes to where they belong in a file that is called `path`. */
export async function writeFully(
  handle: FileHandle,
  path: string,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(bytes.length - done, MAX_WRITE_BYTES);
      const { bytesWritten } = await handle.write(bytes, done, length, position + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw failure(path, error);
  }
}
