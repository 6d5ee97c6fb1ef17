/** Programs in a process of their own, on the runtime that the tests run on. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a module, with the project as its working directory; its imports are absolute. From a file, since Deno takes
 * what comes by `--eval` for CommonJS.
 */
export function runProgram(code: string): { status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'program-'));
  try {
    const path = join(folder, 'program.mjs');
    writeFileSync(path, code);
    return spawnSync(process.execPath, [path], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
