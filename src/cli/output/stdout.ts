/** The standard output, whose reader may go, and whose disk may be full. */
import { failure } from '../errors.ts';

/** The reader has taken what it wanted, as `head` does: no error, but nothing more is to be done for it. */
export class ReaderGone extends Error {
  override name = 'ReaderGone';
}

let failed: NodeJS.ErrnoException | undefined;

/** What is written to the standard output from now on may fail without ending the process at once. */
export function watchStdout(onFailure: (error: Error) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    failed ??= error;
    if (failed.code !== 'EPIPE') onFailure(failure('standard output', failed));
  });
}

/**
 * Writes text, and waits until it is written.
 *
 * @throws ReaderGone, or Error if it cannot be written
 */
export async function print(text: string): Promise<void> {
  if (!failed) {
    const written = new Promise<Error | null | undefined>((done) => process.stdout.write(text, done));
    failed ??= (await written.catch((error) => error)) ?? undefined;
  }
  if (failed) throw failed.code === 'EPIPE' ? new ReaderGone() : failure('standard output', failed);
}

/** The same beside files that are finished whether or not it is read. */
export async function printBesides(text: string): Promise<void> {
  await print(text).catch((error) => {
    if (!(error instanceof ReaderGone)) throw error;
  });
}
