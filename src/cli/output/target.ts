/** Where outputs go: to a regular file or a new one, which is none of the inputs and none of the other outputs. */
import { fstatSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { InputError, pathError } from '../errors.ts';
import { type FileKey, type InputFile, keyOf } from '../source.ts';

export const WRITABLE = 'a file that can be written';

/** The links that one name may lead over. */
const MAX_LINKS = 40;

/** An output's place. */
export interface Target {
  /** As the user calls it. */
  readonly path: string;
  /** The name that the file is to get in the end: behind links, where they lead. */
  readonly real: string;
  /** The file that has the name now. */
  readonly key: FileKey | undefined;
}

/**
 * Finds where outputs go. To be called before anything is written.
 *
 * @param outputs by the option that names them
 * @param inputs the files that are read
 * @throws InputError if there is something other than a regular file, an input, or another of the outputs
 */
export function resolveOutputs<Name extends string>(
  outputs: Readonly<Record<Name, string | undefined>>,
  inputs: readonly InputFile[],
): Record<Name, Target | undefined> {
  const found: Partial<Record<Name, Target>> = {};
  for (const [name, path] of Object.entries(outputs) as [Name, string | undefined][]) {
    if (path === undefined) continue;
    const target = resolveTarget(path);
    const { real, key } = target;
    if (key !== undefined && inputs.some((input) => input.key === key)) {
      throw new InputError(`--${name} ${path}: expected another file than the input, got the input itself`);
    }
    if (key !== undefined && key === keyOfStdout()) {
      throw new InputError(`--${name} ${path}: expected another file than the standard output goes to`);
    }
    for (const [other, { real: otherReal, key: otherKey }] of Object.entries(found) as [Name, Target][]) {
      if (real !== otherReal && (key === undefined || key !== otherKey)) continue;
      throw new InputError(`--${name} ${path}: expected another file than --${other} ${outputs[other]}`);
    }
    found[name] = target;
  }
  return found as Record<Name, Target | undefined>;
}

/** @throws InputError if there is something other than a regular file */
export function resolveTarget(path: string): Target {
  if (path === '-') throw new InputError(`${path}: expected a file: the standard output is for lines`);
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    // Renaming onto a link or a device would replace the link or the device.
    if (stats && !stats.isFile()) {
      const kind = stats.isDirectory() ? 'a folder' : stats.isFIFO() ? 'a pipe' : 'a device or socket';
      throw new InputError(`${path}: expected a regular file or a new one, got ${kind}`);
    }
    return { path, real: stats ? realpathSync(path) : followLinks(path), key: stats && keyOf(stats) };
  } catch (error) {
    throw error instanceof InputError ? error : pathError(path, WRITABLE, error);
  }
}

/** The name at the end of links, which no file has yet. */
function followLinks(path: string): string {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const folder = realpathSync(dirname(at));
    const name = resolve(folder, basename(at));
    if (!lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink()) return name;
    at = resolve(folder, readlinkSync(name));
  }
  throw Object.assign(new Error(`${path}: too many links`), { code: 'ELOOP' });
}

/** The regular file that the standard output goes to, if it does. */
function keyOfStdout(): FileKey | undefined {
  try {
    const stats = fstatSync(1, { bigint: true });
    return stats.isFile() ? keyOf(stats) : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the names in a file's folder last, where the system has a way to. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path)).catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
