/** A folder for the files of a test file, gone when its tests are done; and the built command line, run in it. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import { RUNTIME } from '../support/program.ts';

export const CLI: string = resolve('dist/cli.js');

/** What a command line came to. */
export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

export interface Folder {
  /** The path of a file in the folder; of the folder itself without a name. */
  at(...names: string[]): string;
  /** Writes a file, whose name begins with a number of its own; its path. */
  put(bytes: Uint8Array, name?: string): string;
  /** Runs the command line. */
  run(...args: string[]): Outcome;
  /** The same in this process, for many commands of which it matters what they compute: starting Node takes longer. */
  runHere(...args: string[]): Promise<Outcome>;
  /** `run` with a standard input, or flags of the runtime. */
  runWith(special: { stdin?: Uint8Array; flags?: readonly string[] }, ...args: string[]): Outcome;
}

/** A folder from before the first test of a file to after its last. */
export function useFolder(purpose: string): Folder {
  let folder: string;
  let files = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), `${purpose}-`));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const at: Folder['at'] = (...names) => join(folder, ...names);
  const runWith: Folder['runWith'] = ({ stdin, flags = [] }, ...args) => {
    const settings = { encoding: 'utf8', cwd: folder } as const;
    const outcome = ({ status, stdout, stderr }: SpawnSyncReturns<string>): Outcome => {
      return { code: status, out: stdout, err: stderr };
    };
    if (!stdin) {
      return outcome(spawnSync(process.execPath, [...flags, CLI, ...args], { ...settings, input: '' }));
    }
    // Not as `input`: a program may end without having read it, which not every runtime forgives.
    const piped = `${folder}-stdin`;
    writeFileSync(piped, stdin);
    const command = `cat '${piped}' | "$0" "$@"`;
    const result = spawnSync('sh', ['-c', command, ...RUNTIME, ...flags, CLI, ...args], settings);
    rmSync(piped);
    return outcome(result);
  };
  return {
    at,
    put(bytes, name = 'x.npy') {
      const path = at(`${files++}-${name}`);
      writeFileSync(path, bytes);
      return path;
    },
    run: (...args) => runWith({}, ...args),
    async runHere(...args) {
      const { runCommand } = await import('../../src/cli/program.ts');
      const texts = { out: '', err: '' };
      const keep =
        (name: 'out' | 'err') =>
        (text: unknown, ...rest: unknown[]): boolean => {
          texts[name] += text;
          const done = rest.at(-1);
          if (typeof done === 'function') done();
          return true;
        };
      using _out = vi.spyOn(process.stdout, 'write').mockImplementation(keep('out'));
      using _err = vi.spyOn(process.stderr, 'write').mockImplementation(keep('err'));
      using _error = vi.spyOn(console, 'error').mockImplementation((text) => keep('err')(`${text}\n`));
      const { exitCode = 0 } = process;
      const root = process.cwd();
      try {
        // Not undefined, which Bun does not take.
        process.exitCode = 0;
        process.chdir(folder);
        await runCommand([process.execPath, CLI, ...args]);
        return { code: Number(process.exitCode), ...texts };
      } finally {
        process.chdir(root);
        process.exitCode = exitCode;
      }
    },
    runWith,
  };
}
