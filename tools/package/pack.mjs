// The package as a user gets it: packed, and installed in a folder.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs npm. @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  const shell = process.platform === 'win32';
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell });
}

/**
 * Packs what is built (without scripts: `prepack` would build anew while others use it) and installs it in `folder`.
 * @param {string} folder an empty one
 * @returns {{ tarball: string, files: string[], installed: string }} `files`: the paths in the tarball
 */
export function installPacked(folder) {
  const packed = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root);
  const [{ filename, files, name }] = JSON.parse(packed.slice(packed.indexOf('[')));
  const tarball = join(folder, filename);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  npm(['install', '--offline', '--no-audit', '--no-fund', tarball], folder);
  return { tarball, files: files.map(({ path }) => path), installed: join(folder, 'node_modules', name) };
}

/** The manifest of the package. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
