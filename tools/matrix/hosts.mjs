// Every host that the matrix knows, the paths that it takes there, and what it must find.
import { execFile } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { browsers, openBrowser } from './browsers.mjs';
import { bundlers, hasBundlers, versionOfBundler } from './consumer.mjs';
import { toolchains } from './toolchains.mjs';
import { workerd } from './workerd.mjs';

const runtimes = fileURLToPath(new URL('../runtimes/node_modules/', import.meta.url));
const LIMIT_MS = 120_000;
/** Of a page's first try: a browser that hangs at its start, as WebKitGTK does now and then, is started once more. */
const FIRST_LIMIT_MS = 60_000;
const LATE = 'no report in time';

/**
 * What the report must say beside the recorded digests; a regular expression for a reason, `undefined` for none.
 * @typedef {{ backend: string, threads: number, memory?: string, fused?: boolean, isolated?: boolean,
 *   reason?: RegExp, threadsReason?: RegExp }} Expected
 * @typedef {{ folder: string, server: Awaited<ReturnType<typeof import('./server.mjs').serve>> }} Setting
 * @typedef {{ runtime: string, path: string, missing?: string, version: () => Promise<string> | string,
 *   expected?: Expected, run: (setting: Setting) => Promise<any> }} Host
 * Without `expected`, a report is its problems.
 */

const relaxed = { backend: 'relaxed-simd', threads: 2, memory: 'shared' };
const noRelaxed = /no relaxed-simd: this engine's WebAssembly has no relaxed SIMD/;
const simd = { backend: 'simd', threads: 2, memory: 'shared', reason: noRelaxed };
/** Firefox has relaxed SIMD from 145 on; distributions still ship 140. */
const firefox =
  browsers.Firefox.path && Number.parseInt(browsers.Firefox.version(), 10) < 145 ? simd : relaxed;
const noSimd = { backend: 'js', threads: 2, reason: /no simd: this engine's WebAssembly has no SIMD/ };
const noWasm = {
  ...{ backend: 'js', threads: 1, memory: 'plain', reason: /there is no WebAssembly/ },
  threadsReason: /one thread: the memory is not shared/,
};
const notIsolated = {
  ...{ threads: 1, memory: 'plain', isolated: false },
  threadsReason: /one thread: .*a page must be cross-origin isolated/,
};
const noWorkerFile = {
  threads: 1,
  threadsReason: /one thread: no worker starts: the file threads\/worker.js/,
};

/** Runtimes that run a program from the command line, with what each is called with to take another path. */
export const commands = {
  'Node 20': { command: [join(runtimes, 'node20/bin/node')] },
  'Node 22': { command: [join(runtimes, 'node22/bin/node')] },
  'Node 24': { command: [join(runtimes, 'node24/bin/node')] },
  'Node 26': { command: [join(runtimes, 'node26/bin/node')] },
  Bun: { command: [join(runtimes, '@oven/bun-linux-x64/bin/bun')] },
  Deno: { command: [join(runtimes, '@deno/linux-x64-glibc/deno'), 'run', '--allow-all'] },
};

/** Why a runtime is not there, if it isn't. @param {keyof commands} runtime */
export function missingRuntime(runtime) {
  const [path] = commands[runtime].command;
  return existsSync(path) ? undefined : 'npm ci --ignore-scripts --prefix tools/runtimes';
}

/** @param {(keyof typeof commands)[]} names */
const withMissing = (...names) =>
  Object.fromEntries(names.map((name) => [name, { ...commands[name], missing: missingRuntime(name) }]));

/** @param {string[]} command */
async function versionOf([path]) {
  const { stdout } = await promisify(execFile)(path, ['--version']);
  return /\d[\d.]*/.exec(stdout)?.[0] ?? '';
}

export const versionOfRuntime = (runtime) => versionOf(commands[runtime].command);

/** @returns {Host} */
function program(runtime, path, expected, { args = [], env = {} } = {}) {
  const { command } = commands[runtime];
  return {
    ...{ runtime, path, expected },
    missing: missingRuntime(runtime),
    version: () => versionOfRuntime(runtime),
    async run({ folder }) {
      const [file, ...rest] = [...command, ...args, 'node.js'];
      const options = { cwd: folder, env: { ...process.env, ...env }, timeout: LIMIT_MS };
      const call = async (...more) => {
        const { stdout } = await promisify(execFile)(file, [...rest, ...more], options);
        return JSON.parse(stdout);
      };
      const report = await call();
      // A process of its own for each, and the least: the machine has other work to do, too.
      const times = [report.firstResultMs];
      for (let i = 0; i < 4; i++) times.push((await call('first')).firstResultMs);
      return { ...report, firstResultMs: Math.min(...times) };
    },
  };
}

/** @returns {Host} */
function page(
  runtime,
  path,
  expected,
  { policy = 'isolated', file = 'page.html', missing, prepare, env } = {},
) {
  const { path: installed, version } = browsers[runtime];
  return {
    ...{ runtime, path, version },
    expected: { isolated: true, ...expected },
    missing: installed ? missing : 'apt-get: .ci/apt-packages',
    async run({ folder, server }) {
      await prepare?.(folder);
      const attempt = async (ms) => {
        const { url, report } = server.page(policy, file);
        const browser = openBrowser(runtime, url, { env });
        const limit = new Promise((resolve) => setTimeout(resolve, ms, LATE).unref());
        const end = browser.ended.then(() => 'the browser ended without a report');
        const found = await Promise.race([report, limit, end]);
        await browser.close();
        return found;
      };
      const first = await attempt(FIRST_LIMIT_MS);
      const found = first === LATE ? await attempt(LIMIT_MS) : first;
      if (typeof found === 'string') throw new Error(found);
      return found;
    },
  };
}

/** A page built by a bundler, loaded where workers may start from blobs, or under a policy that asks for files. */
function bundled(name, policy, expected, copied = '') {
  const path = `bundled by ${name}${policy === 'csp' ? ', CSP' : ''}${copied && ', worker copied'}`;
  const output = `built-by-${name}${copied && '-copied'}`;
  const missing = hasBundlers() ? undefined : 'npm ci --ignore-scripts --prefix tools/bundlers';
  const prepare = async (folder) => {
    const built = join(folder, output);
    if (!existsSync(built)) await bundlers[name](folder, built);
    if (copied) cpSync(join(folder, 'node_modules/softmax-simd/dist', copied), join(built, 'worker.js'));
  };
  const host = page('Chromium', path, expected, {
    policy,
    file: `${output}/index.html`,
    missing,
    prepare,
  });
  return { ...host, bundler: missing ? undefined : `${name} ${versionOfBundler(name)}` };
}

const sab = { JSC_useSharedArrayBuffer: '1' };

/** Of Node: as `import 'softmax-simd/wide'` before anything else, whichever copy of the package follows. */
const wide = ['--import', new URL('../../dist/wide.js', import.meta.url).href];

/** @type {Host[]} */
export const hosts = [
  program('Node 20', 'as it comes', simd),
  program('Node 20', 'relaxed SIMD by flag', relaxed, { args: ['--experimental-wasm-relaxed-simd'] }),
  program('Node 20', 'no SIMD', noSimd, { args: ['--no-enable-sse4-1'] }),
  program('Node 20', 'no WebAssembly', noWasm, { args: ['--jitless'] }),
  program('Node 22', 'as it comes', relaxed),
  program('Node 24', 'as it comes', relaxed),
  program('Node 24', 'unfused', { ...relaxed, fused: false }, { args: ['--no-enable-fma3'] }),
  program('Node 24', '256 bits by flag', relaxed, { args: wide }),
  program('Node 24', 'no SIMD', noSimd, { args: ['--no-enable-sse4-1'] }),
  program('Node 24', 'no WebAssembly', noWasm, { args: ['--jitless'] }),
  program('Node 26', 'as it comes', relaxed),
  program('Node 26', '256 bits by flag', relaxed, { args: wide }),
  program('Bun', 'as it comes', { ...relaxed, fused: false }),
  program('Bun', 'no SIMD', noSimd, { env: { BUN_JSC_useWasmSIMD: '0' } }),
  program('Deno', 'as it comes', relaxed),
  program('Deno', 'unfused', { ...relaxed, fused: false }, { args: ['--v8-flags=--no-enable-fma3'] }),
  workerd('precompiled modules', ['workerd'], {
    ...{ backend: 'relaxed-simd', threads: 1, memory: 'plain' },
    threadsReason: /^one thread: this host has no workers$/,
  }),
  workerd('without the export condition', [], {
    ...{ backend: 'js', threads: 1, reason: /Wasm code generation disallowed by embedder/ },
    threadsReason: /one thread: /,
  }),
  page('Chromium', 'isolated page', relaxed),
  page('Chromium', 'page not isolated', { ...relaxed, ...notIsolated }, { policy: 'plain' }),
  page('Chromium', 'CSP', relaxed, { policy: 'csp' }),
  page(
    'Chromium',
    "CSP without 'wasm-unsafe-eval'",
    { ...noSimd, reason: /Content Security Policy/i },
    {
      policy: 'csp-no-wasm',
    },
  ),
  bundled('vite', 'csp', relaxed),
  bundled('webpack', 'csp', relaxed),
  bundled('esbuild', 'isolated', relaxed),
  bundled('esbuild', 'csp', { ...relaxed, ...noWorkerFile }),
  bundled('esbuild', 'csp', relaxed, 'threads/worker.js'),
  bundled('rolldown', 'isolated', relaxed),
  bundled('rolldown', 'csp', { ...relaxed, ...noWorkerFile }),
  bundled('rolldown', 'csp', relaxed, 'threads/worker.js'),
  page('Firefox', 'isolated page', firefox),
  page('Firefox', 'page not isolated', { ...firefox, ...notIsolated }, { policy: 'plain' }),
  page('Firefox', 'CSP', firefox, { policy: 'csp' }),
  page('Firefox', "CSP without 'wasm-unsafe-eval'", { ...noSimd, reason: /./ }, { policy: 'csp-no-wasm' }),
  page('WebKitGTK', 'isolated page', simd, { env: sab }),
  page(
    'WebKitGTK',
    'isolated, no SharedArrayBuffer',
    { ...simd, threads: 1, memory: 'plain', threadsReason: /one thread: .* has no SharedArrayBuffer/ },
    { env: { JSC_useSharedArrayBuffer: '0' } },
  ),
  page('WebKitGTK', 'page not isolated', { ...simd, ...notIsolated }, { policy: 'plain' }),
  page(
    'WebKitGTK',
    'relaxed SIMD by flag',
    { ...relaxed, fused: false },
    {
      env: { ...sab, JSC_useWasmRelaxedSIMD: '1' },
    },
  ),
  page('WebKitGTK', 'CSP', simd, { policy: 'csp', env: sab }),
];

/** Those that start from projects of their own, apart from the others. @type {Host[]} */
export const projects = toolchains(withMissing('Node 20', 'Node 24'), { simd, relaxed });
