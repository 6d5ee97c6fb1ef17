// A TypeScript program that uses the package, without the types of a browser or of Node, and one that has the
// browser's; with its dependencies' declarations checked, too.
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('../toolchains/projects/typescript', import.meta.url));

/**
 * Two projects, of which `tsc -p FOLDER` compiles the first and `tsc -p FOLDER/browser.json` the other.
 * @param {string} folder
 * @param {string} moduleResolution node16, nodenext or bundler
 */
export function writeTypeScriptProject(folder, moduleResolution) {
  cpSync(sources, folder, { recursive: true });
  const compilerOptions = {
    ...{ strict: true, noEmit: true, target: 'es2022', types: [], skipLibCheck: false, moduleResolution },
    module: moduleResolution === 'bundler' ? 'es2022' : moduleResolution,
  };
  const write = (/** @type {string} */ name, /** @type {string[]} */ lib, /** @type {string} */ file) =>
    writeFileSync(
      join(folder, name),
      JSON.stringify({ compilerOptions: { ...compilerOptions, lib }, files: [file] }),
    );
  write('tsconfig.json', ['es2022'], 'plain.ts');
  write('browser.json', ['es2022', 'dom'], 'browser.ts');
}
