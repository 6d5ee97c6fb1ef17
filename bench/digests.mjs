// Digests of all results of dist/'s simd and js over the tests' seeded corpus, which must be the same on every
// engine and machine: compares them with test/digests.json, or records them there (--record), which is right
// only after a change that is meant to change bits. Runs on Node, Bun and any engine with Node's modules.
import { readFileSync, writeFileSync } from 'node:fs';
import { loadBackends } from './accuracy/backends.mjs';
import { importTypeScript } from './accuracy/typescript.mjs';

const file = new URL('../test/digests.json', import.meta.url);
const { digests } = await importTypeScript('test/properties/digest.ts');
/** @type {Record<string, Record<string, string>>} */
const found = {};
for (const { name, kernels } of loadBackends(['simd', 'js'])) found[name] = await digests(kernels);
const read = () => JSON.parse(readFileSync(file, 'utf8'));
if (process.argv.includes('--record')) record(read());
const recorded = read();
let different = 0;
for (const [backend, operations] of Object.entries(found)) {
  for (const [operation, digest] of Object.entries(operations)) {
    const same = recorded[backend][operation] === digest;
    if (!same) different++;
    const note = same ? 'as recorded' : `not ${recorded[backend][operation]}`;
    console.log(`${backend.padEnd(6)} ${operation.padEnd(48)} ${digest} ${note}`);
  }
}
console.log(`${different} digests differ`);
process.exitCode = different > 0 ? 1 : 0;

/** In the order of those that are there, new ones last: what changes is what a diff shows. */
function record(before) {
  const now = Object.entries(found).map(([backend, digests]) => {
    const names = new Set([...Object.keys(before[backend] ?? {}), ...Object.keys(digests)]);
    return [
      backend,
      Object.fromEntries([...names].filter((name) => name in digests).map((name) => [name, digests[name]])),
    ];
  });
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(now), null, 2)}\n`);
}
