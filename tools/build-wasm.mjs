// Compiles the kernels: one source, four binaries (plain and relaxed SIMD, for plain and shared memory),
// into dist/wasm/, and writes src/raw/wasm/binaries.ts, which carries them inline.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile } from './compile.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const targets = Object.keys(JSON.parse(readFileSync('asconfig.json', 'utf8')).targets);
mkdirSync('dist/wasm', { recursive: true });
mkdirSync('build', { recursive: true });
/** @type {Record<string, Buffer>} */
const binaries = {};
for (const target of targets) {
  binaries[target] = named(target, await compile(target, `build/${target}.wasm`, root));
  writeFileSync(`dist/wasm/${target}.wasm`, binaries[target]);
}

/** Puts an empty custom section of this name behind the types, so that a compiled module still tells what it is. */
function named(name, binary) {
  const TYPES = 1;
  if (binary[8] !== TYPES) throw new Error('A binary begins with its types');
  // The size of a section is in LEB128: seven bits a byte, the last below 128.
  let at = 9;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    size |= (binary[at] & 127) << shift;
    if (binary[at++] < 128) break;
  }
  const section = Buffer.from([0, name.length + 1, name.length, ...Buffer.from(name)]);
  return Buffer.concat([binary.subarray(0, at + size), section, binary.subarray(at + size)]);
}

/** What turns the plain binary into the shared one: they differ only in name and in how they import the memory. */
function splice(plain, shared) {
  let start = 0;
  while (plain[start] === shared[start]) start++;
  let end = 0;
  while (plain.at(-1 - end) === shared.at(-1 - end)) end++;
  const sharedBytes = [...shared.subarray(start, shared.length - end)];
  if (sharedBytes.length > 60) throw new Error('The shared and the plain binary differ in more than that');
  return { sharedAt: start, sharedCut: plain.length - end - start, sharedBytes };
}

/**
 * A string literal with a character for each byte. Compressed it is half of base64's size: matches within a binary,
 * and between the two, stay visible. What ends a literal or confuses a tool is escaped.
 */
function literal(binary) {
  const escapes = { 0: '\\x00', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };
  return `'${Array.from(binary, (byte) => escapes[byte] ?? String.fromCharCode(byte)).join('')}'`;
}

const lines = [
  "// Written by tools/build-wasm.mjs from assembly/: don't edit.",
  '',
  'export interface InlineBinary {',
  '  /** The binary for plain memory, a character a byte. */',
  '  readonly text: string;',
  '  /** In the binary for shared memory, `sharedBytes` stand in place of `sharedCut` bytes at `sharedAt`. */',
  '  readonly sharedAt: number;',
  '  readonly sharedCut: number;',
  '  readonly sharedBytes: readonly number[];',
  '}',
];
for (const target of ['simd', 'relaxed-simd']) {
  const name = target.toUpperCase().replaceAll('-', '_');
  const inline = JSON.stringify(splice(binaries[target], binaries[`${target}-shared`])).slice(1);
  lines.push('', `export const ${name}: InlineBinary = { text: ${literal(binaries[target])}, ${inline};`);
}
writeFileSync('src/raw/wasm/binaries.ts', `${lines.join('\n')}\n`);
for (const target of targets) console.log(`${target.padEnd(20)} ${binaries[target].length} bytes`);
