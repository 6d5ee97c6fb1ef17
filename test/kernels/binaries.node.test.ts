/** The binaries, and what a user of the library downloads. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { RELAXED_SIMD, SIMD } from '../../src/raw/wasm/binaries.ts';
import { binary } from '../../src/raw/wasm/compile.ts';
import { hasRelaxedSimd } from '../support/backends.ts';

const dist = new URL('../../dist/', import.meta.url);
const file = (name: string): Buffer<ArrayBuffer> => readFileSync(new URL(`wasm/${name}.wasm`, dist));

/** Which variables a binary's text splats inside loops, and in which function. */
function splatsInLoops(text: string): string[] {
  const found: string[] = [];
  let name = '';
  let open: string[] = [];
  let last = '';
  for (const line of text.split('\n').map((each) => each.trim())) {
    const [word, argument] = line.split(' ');
    if (word === '(func') {
      name = argument;
      open = [];
    } else if (['block', 'loop', 'if'].includes(word)) open.push(word);
    else if (word === 'end') open.pop();
    else if (word.endsWith('.splat') && last.startsWith('global.get') && open.includes('loop')) {
      found.push(`${last} in ${name}`);
    }
    last = line;
  }
  return found;
}

describe.each([
  { backend: 'simd' as const, inline: SIMD },
  { backend: 'relaxed-simd' as const, inline: RELAXED_SIMD },
])('$backend', ({ backend, inline }) => {
  test('the library carries the files that the package has', () => {
    expect(Buffer.compare(binary(backend, false), file(backend))).toBe(0);
    expect(Buffer.compare(binary(backend, true), file(`${backend}-shared`))).toBe(0);
  });

  test('shared = plain but for the recorded bytes', () => {
    const { sharedAt, sharedCut, sharedBytes } = inline;
    const [plain, shared] = [file(backend), file(`${backend}-shared`)];
    const parts = [
      plain.subarray(0, sharedAt),
      Buffer.from(sharedBytes),
      plain.subarray(sharedAt + sharedCut),
    ];
    expect(Buffer.compare(Buffer.concat(parts), shared)).toBe(0);
    expect(sharedBytes.length).toBeLessThan(60);
  });

  test.each([backend, `${backend}-wide`])('%s: no vector of a variable is made inside a loop', (name) => {
    const text = readFileSync(new URL(`../../build/${name}.wat`, import.meta.url), 'utf8');
    expect(text).toContain('.splat');
    expect(splatsInLoops(text)).toEqual([]);
  });

  test('at most 32 KB each; those on 256 bits, which nobody downloads for a page, 36', () => {
    for (const shared of ['', '-shared']) {
      expect(file(`${backend}${shared}`).length).toBeLessThanOrEqual(32 * 1024);
      expect(file(`${backend}-wide${shared}`).length).toBeLessThanOrEqual(36 * 1024);
    }
  });
});

test('they export the same and import memory and the address of a scratch alone', () => {
  const names = ['simd', ...(hasRelaxedSimd ? ['relaxed-simd'] : [])]
    .flatMap((name) => [name, `${name}-wide`])
    .flatMap((name) => [name, `${name}-shared`]);
  const modules = names.map((name) => new WebAssembly.Module(file(name)));
  const exported = WebAssembly.Module.exports(modules[0]);
  expect(exported.length).toBeGreaterThan(0);
  for (const module of modules) {
    expect(WebAssembly.Module.exports(module)).toEqual(exported);
    expect(WebAssembly.Module.imports(module)).toEqual([
      { module: 'env', name: 'scratch', kind: 'global' },
      { module: 'env', name: 'memory', kind: 'memory' },
    ]);
  }
});

test("what import 'softmax-simd' loads is at most 56 KB gzipped", () => {
  const entryPoints = [fileURLToPath(new URL('index.js', dist))];
  // For no platform in particular: an import of a package, or of what is Node's own, is an error.
  const { metafile } = buildSync({
    entryPoints,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'neutral',
  });
  // Threads are imported when somebody asks for them.
  const paths = new Set(Object.keys(metafile.inputs).filter((path) => path.endsWith('dist/index.js')));
  for (const path of paths) {
    for (const { path: to, kind } of metafile.inputs[path].imports) {
      if (kind === 'import-statement') paths.add(to);
    }
  }
  const sum = [...paths].reduce((total, path) => total + gzipSync(readFileSync(path)).length, 0);
  // The binaries are among it.
  expect(sum).toBeGreaterThan(20_000);
  expect(sum).toBeLessThanOrEqual(56_000);
});
