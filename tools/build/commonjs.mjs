// Makes dist/commonjs/ a CommonJS package with the library's declarations: a copy, as TypeScript takes the same file
// for one of a module or for one of CommonJS by where it lies.
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

/** @type {Set<string>} */
const files = new Set(['dist/index.d.ts', 'dist/wide.d.ts']);
for (const path of files) {
  for (const [, from] of readFileSync(path, 'utf8').matchAll(/(?:\bfrom |\bimport\()'(\..*?)\.ts'/g)) {
    const file = join(dirname(path), `${from}.d.ts`);
    if (!existsSync(file)) throw new Error(`${path} imports ${file}, which is not there`);
    files.add(file);
  }
}
for (const path of files) cpSync(path, join('dist/commonjs', relative('dist', path)));
writeFileSync('dist/commonjs/package.json', '{ "type": "commonjs" }\n');
