// Compiles the kernels for one target of asconfig.json.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import asc from 'assemblyscript/asc';
import { Hoist } from './hoist.mjs';

/**
 * @param {string} target a target of asconfig.json
 * @param {string} outFile where the binary goes; its text goes beside it
 * @param {string} root the tree, which holds asconfig.json and assembly/
 * @returns {Promise<Buffer>} the binary
 */
export async function compile(target, outFile, root) {
  const { error, stderr } = await asc.main(
    [
      ...['--config', 'asconfig.json', '--baseDir', root, '--target', target],
      ...['--outFile', outFile, '--textFile', outFile.replace(/\.wasm$/, '.wat')],
    ],
    { transforms: [Hoist] },
  );
  if (error) throw new Error(`${target}: ${stderr}`, { cause: error });
  return readFileSync(resolve(root, outFile));
}
