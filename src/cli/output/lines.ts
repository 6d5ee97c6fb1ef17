import { createOutput } from './file.ts';
import { print, printBesides } from './stdout.ts';
import type { Target } from './target.ts';

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

/** Lines to the standard output. @param besides files are written as well, whether or not the lines are read */
export function printLines(besides = false): LinesOutput {
  return {
    async write(lines) {
      if (lines.length > 0) await (besides ? printBesides : print)(`${lines.join('\n')}\n`);
    },
    commit: async () => {},
    discard: async () => {},
  };
}

/** Lines to a file. */
export async function createLines(target: Target): Promise<LinesOutput> {
  const file = await createOutput(target);
  return {
    write: async (lines) => {
      if (lines.length > 0) await file.write(Buffer.from(`${lines.join('\n')}\n`));
    },
    commit: file.commit,
    discard: file.discard,
  };
}
