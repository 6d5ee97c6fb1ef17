/**
 * Bad usage or bad input: something the caller can put right. The command line prints its message as one line
 * and exits with 2; every other error is unexpected and exits with 1.
 */
export class InputError extends Error {
  override name = 'InputError';
}

/** The system's error codes that say that a path is wrong, not that the machine failed. */
const BAD_PATH: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
};

/** The error to throw when a path could not be opened: an `InputError` if the path is at fault. */
export function pathError(path: string, expected: string, error: unknown): Error {
  const reason = BAD_PATH[(error as NodeJS.ErrnoException).code ?? ''];
  if (reason) return new InputError(`${path}: expected ${expected}, got: ${reason}`);
  return failure(path, error);
}

/** The error to throw when reading or writing an open file failed. */
export function failure(path: string, error: unknown): Error {
  return new Error(`${path}: ${messageOf(error)}`);
}

/** What an error says, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
