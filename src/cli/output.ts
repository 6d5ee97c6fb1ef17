/** Files that appear complete or not at all. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { failure, InputError, pathError } from './errors.ts';

/** A file being written under a temporary name in its own folder. */
export interface OutputFile {
  /** Appends bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Gives the file its name, replacing any file that had it. */
  commit(): Promise<void>;
  /** Removes the temporary file; after `commit` it does nothing. */
  discard(): Promise<void>;
}

/** Signals that end the process; 128 + number is the exit code by which a shell tells them apart. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/**
 * Starts a file that gets the name `path` when `commit` is called. Ctrl-C removes what was written so far.
 *
 * @throws InputError if `path` cannot be written to, or is something other than a regular file.
 */
export async function createOutput(path: string): Promise<OutputFile> {
  const expected = 'a file that can be written';
  let target = path;
  try {
    // Renaming onto a link or a device would replace the link or the device.
    target = await realpath(path);
    if (!(await stat(target)).isFile()) throw new InputError(`${path}: expected a regular file or a new one`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error instanceof InputError ? error : pathError(path, expected, error);
    }
  }
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  const onSignal = (signal: NodeJS.Signals): void => {
    rmSync(temporary, { force: true });
    process.exit(128 + SIGNALS[signal as keyof typeof SIGNALS]);
  };
  let pending = true;
  const settle = (): void => {
    pending = false;
    for (const signal of Object.keys(SIGNALS)) process.removeListener(signal, onSignal);
  };
  // Before the file is there, and for good: a signal may come the moment it is, and a second one after it.
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  let handle: FileHandle;
  try {
    handle = await open(temporary, 'wx');
  } catch (error) {
    settle();
    throw pathError(path, expected, error);
  }
  return {
    async write(bytes) {
      try {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.length - done, 2 ** 30));
          done += bytesWritten;
        }
      } catch (error) {
        throw failure(path, error);
      }
    },
    async commit() {
      try {
        await handle.close();
        await rename(temporary, target);
      } catch (error) {
        throw failure(path, error);
      }
      settle();
    },
    async discard() {
      if (!pending) return;
      await handle.close().catch(() => {});
      await unlink(temporary);
      settle();
    },
  };
}
