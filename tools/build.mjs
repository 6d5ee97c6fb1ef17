// The whole build: kernels, library, command line; everything a user gets lies in dist/.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { rolldown } from 'rolldown';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
await import('./build-wasm.mjs');
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
  const bundled = await rolldown({ input: { index: 'dist/index.js' }, platform: 'neutral' });
  const { output } = await bundled.generate({ format: 'esm', chunkFileNames: '[name].js', comments: false });
  for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.js') && name !== 'cli.js') rmSync(`dist/${name}`);
  }
  for (const chunk of output) {
    if (chunk.type !== 'chunk') throw new Error(`${chunk.fileName} is no module`);
    const { code } = transformSync(chunk.code, { target: 'es2022', charset: 'utf8', minifyWhitespace: true });
    writeFileSync(`dist/${chunk.fileName}`, code);
  }
}
