// The whole build: kernels, library, command line; everything a user gets lies in dist/.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { rolldown } from 'rolldown';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
await import('./build-wasm.mjs');
await import('./build-worker.mjs');
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
});
await import('./build-cli.mjs');
await bundle();

/**
 * Puts the library's modules together, so that an import reads one file, and leaves comments to the .d.ts files,
 * where editors look. (Not by esbuild: it makes variables of module-level constants, which slows the fallback down.)
 */
async function bundle() {
  // Threads stay apart, loaded when somebody asks for them; so does the worker's file, which stands alone.
  const inputs = [{ index: 'dist/index.js' }, { 'threads/worker': 'dist/threads/worker.js' }];
  const chunks = [];
  for (const input of inputs) {
    const bundled = await rolldown({ input, platform: 'neutral' });
    const { output } = await bundled.generate({
      format: 'esm',
      chunkFileNames: ({ isDynamicEntry }) => (isDynamicEntry ? 'threads/[name].js' : 'core.js'),
      comments: false,
    });
    chunks.push(...output);
  }
  for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.js') && name !== 'cli.js') rmSync(`dist/${name}`);
  }
  for (const { type, fileName, code } of chunks) {
    if (type !== 'chunk') throw new Error(`${fileName} is no module`);
    const small = transformSync(code, { target: 'es2022', charset: 'utf8', minifyWhitespace: true });
    writeFileSync(`dist/${fileName}`, small.code);
  }
}
