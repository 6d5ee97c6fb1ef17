/** The package as a user gets it: packed, installed in an empty folder, imported, run, bundled and type-checked there. */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeTypeScriptProject } from '../../tools/matrix/typescript.mjs';
import { installPacked, manifest as own } from '../../tools/package/pack.mjs';
import { operations } from '../operations/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let tarball: string;
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

/** Runs a command of this project's development dependencies. */
function tool(name: string, args: readonly string[]): { status: number | null; output: string } {
  const command = join(root, 'node_modules', '.bin', name);
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  ({ tarball, files, installed } = installPacked(folder));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the tarball has what is needed, and nothing else', () => {
  const types = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /(?<!\.d)\.ts$/.test(path) && !path.startsWith('cli'))
    .map((path) => `dist/${path.replace(/\.ts$/, '.d.ts')}`);
  const wanted = [
    ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'dist/cli.js'],
    ...[
      'CLI.md',
      'FROM-LOGITS-TO-TOKEN.md',
      'HOSTS.md',
      'USAGE.md',
      'bench/RESULTS.md',
      'bench/results/throughput.svg',
      'demo/public/preview.png',
    ],
    ...['dist/index.js', 'dist/wide.js', 'dist/threads/start.js', 'dist/threads/worker.js'],
    ...['dist/workerd/index.js', 'dist/workerd/wide.js', 'dist/workerd/threads/start.js'],
    ...['simd', 'relaxed-simd']
      .flatMap((name) => [name, `${name}-wide`])
      .flatMap((name) => [`dist/wasm/${name}.wasm`, `dist/wasm/${name}-shared.wasm`]),
    ...['dist/commonjs/index.js', 'dist/commonjs/wide.js', 'dist/commonjs/package.json'],
    ...types,
  ];
  const others = files.filter((path) => !isCopy(path));
  expect(others.sort()).toEqual(wanted.sort());
});

/** Whether a declaration is there for CommonJS, too. */
const isCopy = (path: string): boolean =>
  path.startsWith('dist/commonjs/') && path.endsWith('.d.ts') && path !== 'dist/commonjs/compile.d.ts';

test('the declarations for CommonJS are those of the module', () => {
  const copies = files.filter(isCopy);
  expect(copies).toContain('dist/commonjs/index.d.ts');
  for (const path of copies) {
    const original = readFileSync(join(root, path.replace('commonjs/', '')), 'utf8');
    expect(readFileSync(join(installed, path), 'utf8'), path).toBe(original);
  }
});

test('publint finds nothing', () => {
  expect(tool('publint', ['run', tarball, '--strict']).output).toContain('All good!');
});

test('are the types wrong? No', () => {
  const { status, output } = tool('attw', [tarball, '--profile', 'node16']);
  expect({ status, output }).toMatchObject({ status: 0 });
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

test('names that are exported, the same for every condition', async () => {
  const names = [...Object.keys(operations), 'LLAMA_ORDER', 'load', 'loadSync'].sort();
  const { workerd, default: main } = own.exports['.'];
  for (const path of [main, workerd.default]) {
    const { metafile } = buildSync({
      entryPoints: [join(installed, path)],
      ...{ bundle: true, write: false, outdir: folder, metafile: true, format: 'esm', external: ['*.wasm'] },
    });
    const [output] = Object.values(metafile.outputs);
    expect([...output.exports].sort(), path).toEqual(names);
  }
  const actual = await import(join(installed, main));
  expect(Object.keys(actual).sort()).toEqual(names);
  const required = createRequire(installed)(join(installed, own.exports['.'].require.default));
  expect(Object.keys(required).sort()).toEqual(names);
});

test('everything that package.json names is there', () => {
  const entries = ['.', './wide'].flatMap((name) =>
    Object.values(own.exports[name]).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry as object),
    ),
  );
  const paths = [own.types, ...Object.values(own.bin), ...entries];
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

describe('a bundle has what is used', () => {
  /** The bundled program, what it loads later apart. */
  function bundle(code: string): { code: string; gzipped: number; later: string[] } {
    const { outputFiles, metafile } = buildSync({
      stdin: { contents: code, resolveDir: folder },
      ...{ bundle: true, write: false, metafile: true, splitting: true, minify: true },
      ...{ format: 'esm', outdir: join(folder, 'bundle'), platform: 'browser' },
    });
    const outputs = Object.entries(metafile.outputs);
    const entry = outputs.find(([path]) => path.endsWith('stdin.js'))!;
    const now = new Set([entry[0]]);
    for (const path of now) {
      for (const { path: to, kind } of metafile.outputs[path].imports)
        if (kind === 'import-statement') now.add(to);
    }
    const isNow = ({ path }: { path: string }): boolean =>
      [...now].some((name) => path.endsWith(name.split('/').pop()!));
    const parts = outputFiles.filter(isNow).map(({ contents }) => contents);
    const all = Buffer.concat(parts);
    return {
      code: all.toString(),
      // Of the default level each runtime's zlib has its own idea.
      gzipped: parts.reduce((sum, part) => sum + gzipSync(part, { level: 9 }).length, 0),
      later: outputs.flatMap(([path, { inputs }]) => (now.has(path) ? [] : Object.keys(inputs))),
    };
  }

  test('softmax alone: kernels and fallback, without threads, files and the command line', () => {
    const { code, gzipped, later } = bundle(
      "import { softmax } from 'softmax-simd'; console.log(softmax([1]));",
    );
    expect(code).not.toMatch(/commander|numpy|node:fs|worker_threads/i);
    expect(later.some((path) => path.endsWith('threads/start.js'))).toBe(true);
    // One class has all operations: nearly all of the library, binaries included.
    expect(gzipped).toBeLessThanOrEqual(55_900);
  });

  test("'softmax-simd/wide', also for nothing but what it does, and it runs", () => {
    const { code } = bundle("import 'softmax-simd/wide';");
    expect(code).toContain('experimental-wasm-revectorize');
    const { code: asking } = bundle(
      "import { reason, wide } from 'softmax-simd/wide'; console.log(JSON.stringify([wide, reason ?? null]));",
    );
    writeFileSync(join(folder, 'wide.js'), asking);
    const [wide, reason] = JSON.parse(run(process.execPath, ['wide.js'], folder));
    expect(wide ? reason === null : typeof reason === 'string').toBe(true);
  });

  test('mergeStats alone: neither kernels nor binaries', () => {
    const { code, gzipped } = bundle("import { mergeStats } from 'softmax-simd'; console.log(mergeStats);");
    expect(code).not.toMatch(/WebAssembly/);
    expect(gzipped).toBeLessThan(5000);
  });
});

// Other versions of TypeScript: tools/matrix/toolchains.mjs.
describe('its types', () => {
  test.each([
    ['nodenext', 'module'],
    ['nodenext', 'commonjs'],
    ['node16', 'commonjs'],
    ['bundler', 'module'],
  ])('moduleResolution %s, type %s', (moduleResolution, type) => {
    const project = join(folder, `${moduleResolution}-${type}`);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ type }));
    writeTypeScriptProject(project, moduleResolution);
    for (const config of ['tsconfig.json', 'browser.json']) {
      const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config], {
        cwd: project,
        encoding: 'utf8',
      });
      expect({ config, status, stdout }).toEqual({ config, status: 0, stdout: '' });
    }
  });
});
