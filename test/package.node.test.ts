/** The package as a user gets it: packed, installed in an empty folder, imported, run and type-checked there. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

let folder: string;
let files: string[];
let installed: string;

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  // Without scripts: `prepack` would build anew while other tests use what is built.
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root);
  const [{ filename, files: list }] = JSON.parse(packed.slice(packed.indexOf('[')));
  files = list.map(({ path }: { path: string }) => path);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, filename)], folder);
  installed = join(folder, 'node_modules', own.name);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the tarball has what is needed, and nothing else', () => {
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
  expect(files.filter((path) => !path.startsWith('dist/')).sort()).toEqual(documents);
  const strange = files.filter(
    (path) => !documents.includes(path) && !/^dist\/(\w[\w-]*\/)?[\w-]+\.(js|d\.ts|wasm)$/.test(path),
  );
  expect(strange).toEqual([]);
  const wasm = ['relaxed-simd-shared', 'relaxed-simd', 'simd-shared', 'simd'].map(
    (name) => `dist/wasm/${name}.wasm`,
  );
  expect(files.filter((path) => path.startsWith('dist/wasm/')).sort()).toEqual(wasm.sort());
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'dist/cli.js']) expect(files).toContain(path);
});

test('it needs no other package', () => {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies']) {
    expect(manifest[kind] ?? {}).toEqual({});
  }
  for (const name of ['preinstall', 'install', 'postinstall'])
    expect(manifest.scripts?.[name]).toBeUndefined();
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  expect(Object.keys(lock.packages)).toEqual(['', `node_modules/${own.name}`]);
});

test('everything that package.json names is there', () => {
  const paths = [own.types, ...Object.values(own.bin), ...Object.values(own.exports['.'])] as string[];
  for (const path of paths) expect(existsSync(join(installed, path)), path).toBe(true);
});

test("import { softmax } from 'softmax-simd'", () => {
  const script = `
    import { loadSync, softmax } from 'softmax-simd';
    import { readFileSync } from 'node:fs';
    import { createRequire } from 'node:module';
    import { fileURLToPath } from 'node:url';
    const wasm = readFileSync(fileURLToPath(import.meta.resolve('softmax-simd/wasm/simd.wasm')));
    const k = loadSync({ module: new WebAssembly.Module(wasm) });
    const { version } = createRequire(import.meta.url)('softmax-simd/package.json');
    console.log(JSON.stringify([[...softmax([1, 1])], k.backend, version]));
  `;
  writeFileSync(join(folder, 'use.js'), script);
  expect(JSON.parse(run(process.execPath, ['use.js'], folder))).toEqual([[0.5, 0.5], 'simd', own.version]);
});

test('the command softmax-simd', () => {
  const command = join('node_modules', '.bin', own.name);
  expect(run(command, ['--version'], folder)).toBe(`${own.version}\n`);
  expect(JSON.parse(run(command, ['info', '--json'], folder)).version ?? own.version).toBe(own.version);
  const sample = ['logits.npy', 'labels.npy'].map((name) => resolve(root, 'sample', name));
  expect(JSON.parse(run(command, ['eval', ...sample, '--json'], folder)).rows).toBe(256);
});

test.each(['nodenext', 'bundler'])('its types, with moduleResolution %s', (moduleResolution) => {
  const project = join(folder, moduleResolution);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    module: moduleResolution === 'bundler' ? 'esnext' : moduleResolution,
    moduleResolution,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
  const use = `
    import { crossEntropy, type Kernels, load, loadSync, softmax } from 'softmax-simd';
    const p: Float32Array = softmax([1, 2], { temperature: 0.5 });
    const k: Kernels = loadSync({ backend: 'simd' });
    const x: Float32Array = k.alloc(6);
    const labels: Int32Array = k.alloc(2, 'i32');
    const mean: number = k.crossEntropy(x, labels, { cols: 3, gradient: x });
    const each: Float32Array = crossEntropy(p, [0], { reduction: 'none' });
    // @ts-expect-error a reduction that there is not
    crossEntropy(p, [0], { reduction: 'average' });
    // @ts-expect-error kernels are made by load
    load(3);
    console.log(mean, each, (await load()).reason);
  `;
  writeFileSync(join(project, 'use.ts'), use);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', '.'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
