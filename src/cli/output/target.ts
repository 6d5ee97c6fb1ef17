import { open, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError, pathError } from '../errors.ts';

export const WRITABLE = 'a file that can be written';

/**
 * The name that a file is to get in the end: behind a link, where the link leads.
 *
 * @throws InputError if there is something other than a regular file
 */
export async function resolveTarget(path: string): Promise<string> {
  if (path === '-') throw new InputError(`${path}: expected a file: the standard output is for lines`);
  try {
    // Renaming onto a link or a device would replace the link or the device.
    const target = await realpath(path);
    if (!(await stat(target)).isFile()) throw new InputError(`${path}: expected a regular file or a new one`);
    return target;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path;
    throw error instanceof InputError ? error : pathError(path, WRITABLE, error);
  }
}

/** Makes the names in a file's folder last, where the system has a way to. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path)).catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
