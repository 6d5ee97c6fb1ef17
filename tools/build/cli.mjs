// Bundles the command line, compiled into dist/cli/, and its dependencies into dist/cli.js. The library beside
// it (dist/index.js, dist/wide.js) is not bundled in.
import { appendFileSync, chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
/** Where they lie as long as the modules are apart, and beside the command line. */
const library = new Map(['index', 'wide'].map((name) => [resolve(`dist/${name}.js`), `./${name}.js`]));

/** @type {import('esbuild').Plugin} */
const libraryBeside = {
  name: 'library-beside',
  setup({ onResolve }) {
    onResolve({ filter: /\/(index|wide)\.js$/ }, ({ path, resolveDir }) => {
      const external = library.get(resolve(resolveDir, path));
      return external && { path: external, external: true };
    });
  },
};

const { metafile } = await build({
  metafile: true,
  entryPoints: ['dist/cli/main.js'],
  outfile: 'dist/cli.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  plugins: [libraryBeside],
  // Dependencies are CommonJS, which calls require for what Node has built in.
  banner: { js: "import { createRequire as cr } from 'node:module'; const require = cr(import.meta.url);" },
});
appendFileSync('dist/cli.js', `/*\n${licences()}*/\n`);
rmSync('dist/cli', { recursive: true });
chmodSync('dist/cli.js', 0o755);

/** The licences of all packages that are in the bundle. */
function licences() {
  const names = Object.keys(metafile.inputs).map((path) => /node_modules\/([^/]+)\//.exec(path)?.[1]);
  const texts = [...new Set(names)].flatMap((name) => {
    if (name === undefined) return [];
    const folder = `node_modules/${name}`;
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name}: no licence`);
    return `Contains ${name}:\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
  });
  return texts.join('\n');
}
