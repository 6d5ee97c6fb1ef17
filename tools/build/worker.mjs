// Bundles src/threads/worker.ts into src/threads/worker-source.ts, which carries it inline.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
const { outputFiles } = await build({
  entryPoints: ['src/threads/worker.ts'],
  bundle: true,
  write: false,
  minify: true,
  format: 'iife',
  target: 'es2022',
});
const source = outputFiles[0].text.trim();
writeFileSync(
  'src/threads/worker-source.ts',
  [
    "// Written by tools/build/worker.mjs from src/threads/worker.ts: don't edit.",
    '',
    '/** A classic script, for hosts that take a worker from a string. */',
    `export const WORKER_SOURCE: string = ${JSON.stringify(source)};`,
    '',
  ].join('\n'),
);
console.log(`${'worker'.padEnd(20)} ${source.length} bytes`);
