// Compiles the kernels for one target of asconfig.json.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import asc from 'assemblyscript/asc';
import { Hoist } from './hoist.mjs';

/**
 * @param {string} target a target of asconfig.json
 * @param {string} outFile where the binary goes; its text goes beside it, as `.wat`
 * @param {string} root the tree, which holds asconfig.json and assembly/
 * @returns {Promise<{ binary: Buffer, sources: Map<string, string> }>} the binary, and every file that was read: its
 *   path, as the tree has it, and its text
 */
export async function compile(target, outFile, root) {
  /** @type {Map<string, string>} */
  const sources = new Map();
  const { error, stderr } = await asc.main(
    [
      ...['--config', 'asconfig.json', '--baseDir', root, '--target', target],
      ...['--outFile', outFile, '--textFile', outFile.replace(/\.wasm$/, '.wat')],
    ],
    {
      transforms: [Hoist],
      /** null for a file that there is not: asc tries several names. */
      readFile: async (name, folder) => {
        const text = await readFile(resolve(folder, name), 'utf8').catch(() => null);
        if (text !== null) sources.set(name, text);
        return text;
      },
    },
  );
  if (error) throw new Error(`${target}: ${stderr}`, { cause: error });
  return { binary: readFileSync(resolve(root, outFile)), sources };
}
