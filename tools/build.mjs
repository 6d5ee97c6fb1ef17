// The whole build: kernels, library, command line; everything a user gets lies in dist/.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
await import('./build-wasm.mjs');
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
});
// The command line's own dependencies are bundled into it; the library beside it is not.
if (existsSync('dist/cli/main.js')) {
  await build({
    entryPoints: ['dist/cli/main.js'],
    outfile: 'dist/cli.js',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['softmax-simd'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    legalComments: 'none',
  });
  rmSync('dist/cli', { recursive: true });
  chmodSync('dist/cli.js', 0o755);
}
