// A folder as a user has it: the packed package in node_modules, programs that use it, and the same programs bundled.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as esbuild } from 'esbuild';
import { installPacked } from '../package/pack.mjs';

const programs = fileURLToPath(new URL('consumer', import.meta.url));
const bundlersFolder = fileURLToPath(new URL('../bundlers/', import.meta.url));

/** @param {string} folder an empty one */
export async function makeConsumer(folder) {
  installPacked(folder);
  cpSync(programs, folder, { recursive: true });
  await esbuild({
    entryPoints: [fileURLToPath(new URL('smoke.ts', import.meta.url))],
    outfile: join(folder, 'smoke.js'),
    ...{ bundle: true, format: 'esm', platform: 'neutral', target: 'es2022' },
  });
}

/** As wrangler does: by the condition, with .wasm files beside the program. @param {string[]} conditions */
export async function bundleForWorkerd(folder, outdir, conditions) {
  /** @type {import('esbuild').Plugin} */
  const wasmBeside = {
    name: 'wasm-beside',
    setup({ onResolve }) {
      onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
        const name = path.split('/').pop();
        cpSync(join(resolveDir, path), join(outdir, name));
        return { path: `./${name}`, external: true };
      });
    },
  };
  mkdirSync(outdir);
  await esbuild({
    entryPoints: [join(folder, 'workerd.js')],
    outfile: join(outdir, 'main.js'),
    ...{ bundle: true, format: 'esm', target: 'es2022', conditions, plugins: [wasmBeside] },
  });
}

const require = createRequire(join(bundlersFolder, 'package.json'));

/** One of tools/bundlers. @param {string} name */
const importBundler = async (name) => import(pathToFileURL(require.resolve(name)).href);

export const hasBundlers = () => existsSync(join(bundlersFolder, 'node_modules'));

/** The version of a bundler that is installed. @param {string} name */
export const versionOfBundler = (name) =>
  JSON.parse(readFileSync(join(bundlersFolder, 'node_modules', name, 'package.json'), 'utf8')).version;

/** What each bundler does to bundled.js, with its settings as they come. */
export const bundlers = {
  async vite(root, outDir) {
    const { build } = await importBundler('vite');
    writeFileSync(
      join(root, 'index.html'),
      '<!doctype html><script type="module" src="/bundled.js"></script>',
    );
    await build({ root, base: './', configFile: false, logLevel: 'error', build: { outDir } });
  },

  async webpack(context, path) {
    const { default: webpack } = await importBundler('webpack');
    const options = {
      mode: 'production',
      context,
      entry: './bundled.js',
      output: { path, filename: 'main.js' },
    };
    await new Promise((resolve, reject) => {
      webpack(options, (error, stats) => {
        const failure = error ?? (stats.hasErrors() ? new Error(stats.toString('errors-only')) : undefined);
        if (failure) reject(failure);
        else resolve(undefined);
      });
    });
    writePage(path);
  },

  async esbuild(root, outdir) {
    const { build } = await importBundler('esbuild');
    const entryPoints = { main: join(root, 'bundled.js') };
    await build({
      entryPoints,
      outdir,
      bundle: true,
      format: 'esm',
      splitting: true,
      minify: true,
      logLevel: 'error',
    });
    writePage(outdir);
  },

  async rolldown(root, dir) {
    const { rolldown } = await importBundler('rolldown');
    const bundle = await rolldown({ input: { main: join(root, 'bundled.js') }, platform: 'browser' });
    await bundle.write({ dir, format: 'esm', minify: true });
    await bundle.close();
    writePage(dir);
  },
};

function writePage(folder) {
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="main.js"></script>');
}
