/** The standard output, whose reader may go, and whose disk may be full. */
import { once } from 'node:events';
import { failure } from '../errors.ts';

/** The reader has taken what it wanted, as `head` does: no error, but nothing more is to be done for it. */
export class ReaderGone extends Error {
  override name = 'ReaderGone';
}

let failed: NodeJS.ErrnoException | undefined;

/** What is written to the standard output from now on may fail without ending the process at once. */
export function watchStdout(onFailure: (error: Error) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (failed) return;
    failed = error;
    if (error.code !== 'EPIPE') onFailure(failure('standard output', error));
  });
}

/**
 * Writes text, no faster than its reader takes it.
 *
 * @throws ReaderGone, or Error if the text cannot be written
 */
export async function print(text: string): Promise<void> {
  // A failure is told a moment after it came about.
  if (!failed && !process.stdout.write(text)) await once(process.stdout, 'drain').catch(() => {});
  if (!failed) return;
  throw failed.code === 'EPIPE' ? new ReaderGone() : failure('standard output', failed);
}
