// Bundles the command line, compiled into dist/cli/, and its dependencies into dist/cli.js. The library beside
// it (dist/index.js) is not bundled in.
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const library = resolve('dist/index.js');

/** @type {import('esbuild').Plugin} */
const libraryBeside = {
  name: 'library-beside',
  setup({ onResolve }) {
    onResolve({ filter: /\/index\.js$/ }, ({ path, resolveDir }) =>
      resolve(resolveDir, path) === library ? { path: './index.js', external: true } : undefined,
    );
  },
};

await build({
  entryPoints: ['dist/cli/main.js'],
  outfile: 'dist/cli.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  plugins: [libraryBeside],
  // commander is CommonJS, which calls require for what Node has built in.
  banner: { js: "import { createRequire as cr } from 'node:module'; const require = cr(import.meta.url);" },
  footer: { js: `/*\nContains commander:\n${readFileSync('node_modules/commander/LICENSE', 'utf8')}*/` },
});
rmSync('dist/cli', { recursive: true });
chmodSync('dist/cli.js', 0o755);
