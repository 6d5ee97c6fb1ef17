/** Programs in a process of their own, on the runtime that the tests run on. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The runtime as a shell calls it. Deno passes permissions on only to what it starts itself, and looks for node_modules
 * only around its program, not around what that imports.
 */
export const RUNTIME: readonly string[] =
  'deno' in process.versions
    ? [process.execPath, 'run', '--allow-all', '--node-modules-dir=manual']
    : [process.execPath];

/** How a process has ended, `signal ?? code`, that exits with 130: Deno tells that as the signal which it stands for. */
export const ENDED_BY_CTRL_C = 'deno' in process.versions ? 'SIGINT' : 130;

/** For a shell, before a program: no file gets larger, as on a full disk. (Not every runtime ignores the signal.) */
export const limitFiles = (blocks: number): string => `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`;

/**
 * Runs a module, with the project as its working directory; its imports are absolute. From a file, since Deno takes
 * what comes by `--eval` for CommonJS.
 */
export function runProgram(code: string): { status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'program-'));
  try {
    const path = join(folder, 'program.mjs');
    writeFileSync(path, code);
    const [runtime, ...args] = RUNTIME;
    return spawnSync(runtime, [...args, path], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
