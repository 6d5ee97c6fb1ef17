// Compiles the kernels: one source, eight binaries (plain and relaxed SIMD, for plain and shared memory, and each for
// engines that join vectors into 256 bits), into dist/wasm/, and writes src/raw/wasm/binaries.ts, which carries the first
// four inline. Does nothing if that would change nothing.
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { isUpToDate, writeRecord } from './up-to-date.mjs';

/** Of so many bytes at most the parts of a binary are: compression looks 32 KiB back. */
const PART_BYTES = 16384;
/** A character is this less its byte: so the most frequent ones, small numbers, become letters, which need no escape. */
const SHIFT = 122;
/** So many pairs of characters change places, that further frequent bytes need none: more gain less than they take. */
const SWAPS = 12;

/** Compilers at once, at most: each takes some 250 MB. */
const AT_ONCE = 4;

const root = fileURLToPath(new URL('../..', import.meta.url));
process.chdir(root);

const RECORD = 'build/kernels.json';
/** What binaries depend on besides their sources. */
const TOOLS = [
  ...['wasm', 'compile', 'compile-apart', 'hoist'].map((name) => `tools/build/${name}.mjs`),
  ...['assemblyscript', 'binaryen'].map((name) => `node_modules/${name}/package.json`),
];

if (isUpToDate(RECORD)) console.log('kernels              up to date');
else await build();

async function build() {
  rmSync('dist/wasm', { recursive: true, force: true });
  for (const folder of ['dist/wasm', 'build']) mkdirSync(folder, { recursive: true });
  /** @type {Map<string, string | Buffer>} */
  const files = new Map(TOOLS.map((path) => [path, readFileSync(path)]));
  const make = (path, content) => {
    writeFileSync(path, content);
    files.set(path, content);
  };
  /** @type {Record<string, Buffer>} */
  const binaries = {};
  const targets = Object.keys(JSON.parse(readFileSync('asconfig.json', 'utf8')).targets);
  const compiled = await compileAll(targets);
  for (const target of targets) {
    const { binary, sources } = compiled[target];
    for (const [path, source] of sources) files.set(path, source);
    for (const path of [`build/${target}.wasm`, `build/${target}.wat`]) files.set(path, readFileSync(path));
    // By its name a compiled module is told from others: of the same functions one is as good as the other.
    binaries[target] = named(target.replace('-wide', ''), binary);
    make(`dist/wasm/${target}.wasm`, binaries[target]);
    console.log(`${target.padEnd(20)} ${binaries[target].length} bytes`);
  }
  make('src/raw/wasm/binaries.ts', inline(binaries));
  writeRecord(RECORD, files);
}

/** A thread for a core, and the next target for whichever is done. @param {string[]} targets */
async function compileAll(targets) {
  const compiled = {};
  const waiting = [...targets];
  const compileWaiting = async () => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const workerData = { target, outFile: `build/${target}.wasm`, root };
      const worker = new Worker(new URL('./compile-apart.mjs', import.meta.url), { workerData });
      [compiled[target]] = await once(worker, 'message');
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), AT_ONCE) }, compileWaiting));
  return compiled;
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

/** Whether a character stands for itself in a literal, whatever its quotes, and also in ASCII. */
function isPlain(code) {
  return code >= 32 && code < 127 && !'\\"\'`$'.includes(String.fromCharCode(code));
}

/** The character of each byte, and the pairs of characters that have changed places. @param {Buffer[]} binaries */
function alphabet(binaries) {
  const counts = new Array(256).fill(0);
  for (const binary of binaries) for (const byte of binary) counts[byte]++;
  const codes = counts.map((_, byte) => (SHIFT - byte) & 255);
  const byCount = [...codes.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const [plain, escaped] = [true, false].map((is) => byCount.filter((byte) => isPlain(codes[byte]) === is));
  const swaps = Array.from({ length: SWAPS }, (_, i) => [escaped[i], plain.at(-1 - i)]).map(
    ([often, seldom]) => {
      [codes[often], codes[seldom]] = [codes[seldom], codes[often]];
      return [codes[often], codes[seldom]];
    },
  );
  return { codes, swaps };
}

/**
 * A string literal with a character for each byte. Compressed it is half of base64's size: matches stay visible. What
 * ends a literal or confuses a tool is escaped.
 */
function literal(binary, codes) {
  const escapes = { 0: '\\x00', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };
  const letter = (/** @type {number} */ code) => escapes[code] ?? String.fromCharCode(code);
  return `'${Array.from(binary, (byte) => letter(codes[byte])).join('')}'`;
}

/** A binary in so many parts of about the same length. */
function inParts(binary, count) {
  const at = (i) => Math.round((i * binary.length) / count);
  return Array.from({ length: count }, (_, i) => binary.subarray(at(i), at(i + 1)));
}

/** The module that carries the binaries. @param {Record<string, Buffer>} binaries */
function inline(binaries) {
  const targets = ['simd', 'relaxed-simd'];
  const count = Math.ceil(Math.max(...targets.map((target) => binaries[target].length)) / PART_BYTES);
  const parts = targets.map((target) => inParts(binaries[target], count));
  const { codes, swaps } = alphabet(targets.map((target) => binaries[target]));
  return [
    "// Written by tools/build/wasm.mjs from assembly/: don't edit.",
    '',
    'export interface InlineBinary {',
    '  /** Which of the PARTS are its own: every second one from here on. */',
    '  readonly first: number;',
    '  /** In the binary for shared memory, `sharedBytes` stand in place of `sharedCut` bytes at `sharedAt`. */',
    '  readonly sharedAt: number;',
    '  readonly sharedCut: number;',
    '  readonly sharedBytes: readonly number[];',
    '}',
    '',
    '/** A byte is this less the code of its character, once these pairs of characters have changed places. */',
    `export const SHIFT = ${SHIFT};`,
    `export const SWAPS: readonly (readonly [number, number])[] = ${JSON.stringify(swaps)};`,
    '',
    '/** The binaries for plain memory, a character a byte, a part of one and a part of the other in turn. */',
    'export const PARTS: readonly string[] = [',
    ...parts[0].flatMap((_, i) => parts.map((own) => `${literal(own[i], codes)},`)),
    '];',
    ...targets.flatMap((target, first) => {
      const name = target.toUpperCase().replaceAll('-', '_');
      const shared = splice(binaries[target], binaries[`${target}-shared`]);
      return ['', `export const ${name}: InlineBinary = ${JSON.stringify({ first, ...shared })};`];
    }),
    '',
  ].join('\n');
}
