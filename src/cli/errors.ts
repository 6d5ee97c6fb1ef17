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
  return printable(text.trim().replace(/\s*\n\s*/g, ' '));
}

/** Text from files and names as a terminal may show it: what would move its cursor, or command it, is escaped. */
export function printable(text: string): string {
  // Control characters, those that change the direction of writing, and line separators.
  return text.replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (char) => {
    const code = char.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });
}
