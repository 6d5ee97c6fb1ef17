/** Files that appear complete or not at all. */
import { Outputs } from './outputs.ts';
import type { Target } from './target.ts';

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
 * Starts a file that gets its name when `commit` is called. Ctrl-C removes what was written so far.
 *
 * @throws InputError if it cannot be written to, or another process is writing it
 */
export async function createOutput(target: Target): Promise<OutputFile> {
  const outputs = await Outputs.open([target]);
  let written = 0;
  return {
    write(bytes) {
      const position = written;
      written += bytes.length;
      return outputs.write(0, bytes, position);
    },
    commit: () => outputs.commit(),
    discard: () => outputs.discard(),
  };
}
