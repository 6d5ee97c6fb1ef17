// Compiles the kernels: one source, four binaries (plain and relaxed SIMD, for plain and shared memory),
// into dist/wasm/, and writes src/binaries.ts, which carries them inline.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

/** @param {string} target a target of asconfig.json @param {string} outFile where the binary goes */
export async function compile(target, outFile, extra = []) {
  const { error, stderr } = await asc.main([
    ...['--config', 'asconfig.json', '--target', target, '--outFile', outFile],
    ...['--textFile', outFile.replace(/\.wasm$/, '.wat'), ...extra],
  ]);
  if (error) throw new Error(`${target}: ${stderr}`);
  return readFileSync(outFile);
}

// The byte that holds the limits flag of the memory import: 1 bit 'has a maximum', 1 bit 'shared'. It is all
// in which the shared and the plain binary differ (a test compares them), so only the plain ones are inlined.
const targets = Object.keys(JSON.parse(readFileSync('asconfig.json', 'utf8')).targets);
mkdirSync('dist/wasm', { recursive: true });
mkdirSync('build', { recursive: true });
/** @type {Record<string, Buffer>} */
const binaries = {};
for (const target of targets) {
  binaries[target] = await compile(target, `build/${target}.wasm`);
  writeFileSync(`dist/wasm/${target}.wasm`, binaries[target]);
}
const lines = ["// Written by tools/build-wasm.mjs from assembly/: don't edit.", ''];
for (const target of ['simd', 'relaxed-simd']) {
  const name = target.toUpperCase().replaceAll('-', '_');
  lines.push(`export const ${name}: string =\n  '${binaries[target].toString('base64')}';`);
}
writeFileSync('src/binaries.ts', `${lines.join('\n')}\n`);
for (const target of targets) console.log(`${target.padEnd(20)} ${binaries[target].length} bytes`);
