import { once } from 'node:events';
import { createOutput } from './file.ts';

/** Lines of text: all on the standard output as they come, or in a file that appears when it is complete. */
export interface LinesOutput {
  write(lines: readonly string[]): Promise<void>;
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Whether a file of this name is one of lines. */
export function isLines(path: string): boolean {
  return /\.jsonl$/i.test(path);
}

/** Whether lines go where progress would be shown as well. */
export function printsOverProgress(out: string | undefined, json: boolean | undefined): boolean {
  return process.stdout.isTTY && (!out || (json === true && !isLines(out)));
}

/** Lines to the standard output, no faster than its reader takes them. */
export function printLines(): LinesOutput {
  return {
    async write(lines) {
      if (lines.length > 0 && !process.stdout.write(`${lines.join('\n')}\n`))
        await once(process.stdout, 'drain');
    },
    commit: async () => {},
    discard: async () => {},
  };
}

/** Lines to a file. */
export async function createLines(path: string): Promise<LinesOutput> {
  const file = await createOutput(path);
  return {
    write: async (lines) => {
      if (lines.length > 0) await file.write(Buffer.from(`${lines.join('\n')}\n`));
    },
    commit: file.commit,
    discard: file.discard,
  };
}
