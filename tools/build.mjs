// The whole build: kernels, library, command line; everything a user gets lies in dist/.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
await import('./build-wasm.mjs');
await import('./build-worker.mjs');
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
});
// Comments stay in the .d.ts files, where editors look: in the modules they would be a third of the download.
for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.js')) continue;
  const path = `dist/${name}`;
  const { code } = transformSync(readFileSync(path, 'utf8'), { target: 'es2022', minifyWhitespace: true });
  writeFileSync(path, code);
}
await import('./build-cli.mjs');
