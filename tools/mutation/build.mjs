// Builds a mutant's `simd` binary alone: the others stay, and with them seven eighths of the time.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { compile } from '../build/compile.mjs';

/** Bytes of the custom section that tools/build/wasm.mjs puts into the binary. */
const NAME_BYTES = 3 + 'simd'.length;

/** Lets the library of a tree take its `simd` binary from a file beside it. @param {string} tree */
export function prepare(tree) {
  const carried = readFileSync(`${tree}/src/raw/wasm/binaries.ts`, 'utf8');
  writeFileSync(`${tree}/src/raw/wasm/binaries-built.ts`, carried);
  cpSync(`${tree}/dist/wasm/simd.wasm`, `${tree}/src/raw/wasm/mutant.wasm`);
  writeFileSync(
    `${tree}/src/raw/wasm/binaries.ts`,
    `import { readFileSync } from 'node:fs';
    export { RELAXED_SIMD, SIMD } from './binaries-built.ts';
    export const SHIFT = 0;
    export const SWAPS = [];
    const text = (path) =>
      Array.from(readFileSync(new URL(path, import.meta.url)), (byte) => String.fromCharCode(-byte & 255)).join('');
    export const PARTS = [text('./mutant.wasm'), text('../../../dist/wasm/relaxed-simd.wasm')];`,
  );
}

/**
 * Compiles a tree's `simd` binary to where its library finds it.
 * @param {string} tree @returns {Promise<'built' | 'same' | string>} whether it is another, or why there is none
 */
export async function build(tree) {
  let mutant;
  try {
    ({ binary: mutant } = await compile('simd', 'build/mutant.wasm', tree));
  } catch ({ message }) {
    return message.split('\n').find((line) => line.includes('ERROR')) ?? message;
  }
  const original = readFileSync(`${tree}/build/simd.wasm`);
  if (mutant.equals(original)) return 'same';
  // Up to where the shared binary differs, all must stand where it stood.
  const [, at, cut] = /"sharedAt":(\d+),"sharedCut":(\d+)/.exec(
    readFileSync(`${tree}/src/raw/wasm/binaries-built.ts`, 'utf8'),
  );
  const head = Number(at) + Number(cut) - NAME_BYTES;
  if (!mutant.subarray(0, head).equals(original.subarray(0, head))) return 'other function types';
  const named = readFileSync(`${tree}/dist/wasm/simd.wasm`);
  const wasm = Buffer.concat([named.subarray(0, head + NAME_BYTES), mutant.subarray(head)]);
  writeFileSync(`${tree}/src/raw/wasm/mutant.wasm`, wasm);
  return 'built';
}
