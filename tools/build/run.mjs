// The whole build: kernels, library, command line; everything a user gets lies in dist/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
await import('./wasm.mjs');
for (const name of readdirSync('dist')) {
  if (name !== 'wasm') rmSync(`dist/${name}`, { recursive: true });
}
await import('./surface.mjs');
await import('./worker.mjs');
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
});
await import('./cli.mjs');
await bundle();
await import('./commonjs.mjs');

/**
 * Puts the library's modules together, so that an import reads one file, and leaves comments to the .d.ts files,
 * where editors look, and the code short. (Not bundled by esbuild: it makes variables of
 * module-level constants, which slows the fallback down.)
 */
async function bundle() {
  // What asks for 256 bits stands over the library, whichever is beside it.
  const wide = { input: { wide: 'dist/wide.js' }, plugins: [beside('./index.js')] };
  const bundles = [
    // Threads stay apart, loaded when somebody asks for them; so does the worker's file. Each stands alone: in a bundle of
    // few functions what they share with the library would come along.
    {
      input: { index: 'dist/index.js' },
      plugins: [first('dist/index.js', './raw/wasm/binaries.js')],
      external: /\/threads\/start\.js$/,
    },
    { input: { 'threads/start': 'dist/threads/start.js' } },
    { input: { 'threads/worker': 'dist/threads/worker.js' } },
    wide,
    // Where nothing may be compiled at run time, and there are no workers.
    {
      input: { index: 'dist/index.js' },
      folder: 'workerd/',
      plugins: [
        instead({ 'raw/wasm/compile.js': 'workerd/compile.js', 'threads/start.js': 'workerd/start.js' }),
      ],
      external: /\.wasm$/,
    },
    { ...wide, folder: 'workerd/' },
    // For `require` where that takes no modules: Node before 20.19, Jest.
    {
      input: { index: 'dist/index.js' },
      folder: 'commonjs/',
      format: 'cjs',
      plugins: [instead({ 'raw/wasm/compile.js': 'commonjs/compile.js' })],
      external: /^node:/,
      codeSplitting: false,
    },
    { ...wide, folder: 'commonjs/', format: 'cjs' },
  ];
  const chunks = [];
  for (const { folder = '', format = 'esm', codeSplitting = true, ...options } of bundles) {
    const platform = format === 'cjs' ? 'node' : 'neutral';
    const bundled = await rolldown({ ...options, platform, transform: { target: 'es2022' } });
    const { output } = await bundled.generate({
      ...{ format, codeSplitting },
      entryFileNames: `${folder}[name].js`,
      chunkFileNames: `${folder}threads/[name].js`,
      comments: false,
      minify: true,
    });
    chunks.push(...output);
  }
  for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.js') && name !== 'cli.js') rmSync(`dist/${name}`);
  }
  for (const { type, fileName, code } of chunks) {
    if (type !== 'chunk') throw new Error(`${fileName} is no module`);
    mkdirSync(dirname(`dist/${fileName}`), { recursive: true });
    writeFileSync(`dist/${fileName}`, code);
  }
}

/** Leaves a module out, which lies beside what is made. @param {string} module as it is imported */
function beside(module) {
  return {
    name: 'beside',
    resolveId: (/** @type {string} */ id) => (id === module ? { id, external: true } : null),
  };
}

/**
 * Puts a module before all others: compression looks 32 KiB back, and what is longer parts code from its like.
 * @param {string} entry
 * @param {string} module as the entry would import it
 */
function first(entry, module) {
  return {
    name: 'first',
    transform: (/** @type {string} */ code, /** @type {string} */ id) =>
      id === resolve(entry) ? `import '${module}';\n${code}` : null,
  };
}

/** Takes modules in the place of others. @param {Record<string, string>} modules by path in dist/ */
function instead(modules) {
  const paths = new Map(
    Object.entries(modules).map(([from, to]) => [resolve('dist', from), resolve('dist', to)]),
  );
  return {
    name: 'instead',
    resolveId: (id, importer) => (importer && paths.get(resolve(dirname(importer), id))) || null,
  };
}
