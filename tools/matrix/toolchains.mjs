// Test runners, frameworks and compilers that people use the package from: a project for each lies in
// tools/toolchains/projects/, as it is described in HOSTS.md.
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { browsers, openBrowser } from './browsers.mjs';
import { writeTypeScriptProject } from './typescript.mjs';
import { freePort } from './workerd.mjs';

const root = fileURLToPath(new URL('../toolchains/', import.meta.url));
const modules = join(root, 'node_modules');
/** Where projects are made: beside what they depend on, which some frameworks want below one folder with them. */
const made = join(root, `${process.pid}.tmp`);
process.on('exit', () => rmSync(made, { recursive: true, force: true }));

const LIMIT_MS = 300_000;
const missing = existsSync(modules) ? undefined : 'npm ci --ignore-scripts --prefix tools/toolchains';

/** @param {string} name of a package in tools/toolchains */
const versionOf = (name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;

/** A project with the packed package, and the programs of the matrix. @param {string} consumer */
async function makeProject(consumer, project, name = project) {
  const folder = join(made, name);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  const installed = 'node_modules/softmax-simd';
  cpSync(join(consumer, installed), join(folder, installed), { recursive: true });
  if (project === 'typescript') return folder;
  cpSync(join(root, 'projects', project), folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{}');
  cpSync(join(consumer, 'smoke.js'), join(folder, 'smoke.js'));
  const options = { outfile: join(folder, 'smoke.cjs'), format: /** @type {const} */ ('cjs') };
  await build({ entryPoints: [join(consumer, 'smoke.js')], ...options });
  return folder;
}

/** Runs a program; what it printed, if it fails. */
async function runIn(cwd, command, args, env = {}) {
  try {
    // Vite, which has bundled in this process, has left NODE_ENV behind.
    const options = {
      ...{ cwd, timeout: LIMIT_MS, maxBuffer: 2 ** 26 },
      env: { ...process.env, NODE_ENV: undefined, ...env },
    };
    await promisify(execFile)(command, args, options);
  } catch (error) {
    throw new Error(`${error.stdout}\n${error.stderr}`.trim() || error.message);
  }
}

/**
 * A program of a package that leaves a report.
 * @param {{ command: string[], missing?: string }} node
 * @param {{ runtime: string, path: string, project: string, expected: import('./hosts.mjs').Expected }} what
 * @param {string[]} args
 */
function reporting({ command: [node], missing: noNode }, { runtime, path, project, expected }, args) {
  const [entry] = args;
  const ofNode = entry.startsWith('node_modules/') ? entry.split('/')[1] : undefined;
  return {
    ...{ runtime, path, expected, missing: missing ?? noNode },
    version: async () => {
      if (ofNode) return versionOf(ofNode);
      const { stdout } = await promisify(execFile)(node, ['--version']);
      return stdout.trim().slice(1);
    },
    async run({ folder }) {
      const cwd = await makeProject(folder, project, `${project}-${path}`.replace(/\W+/g, '-'));
      const flags = args.slice(1).filter((arg) => arg.startsWith('--experimental'));
      const rest = args.slice(1).filter((arg) => !flags.includes(arg));
      await runIn(cwd, node, [...flags, ofNode ? join(root, entry) : entry, ...rest]);
      const report = JSON.parse(readFileSync(join(cwd, 'report.json'), 'utf8'));
      // That of a library which was there already.
      return { ...report, firstResultMs: undefined };
    },
  };
}

/** All resolutions of modules, of a package of modules and of CommonJS. */
function compiles(name) {
  return {
    ...{ runtime: 'TypeScript', path: 'node16, nodenext, bundler', missing },
    version: () => versionOf(name),
    async run({ folder }) {
      const problems = [];
      for (const type of ['module', 'commonjs']) {
        for (const resolution of ['node16', 'nodenext', 'bundler']) {
          const label = `${type}, ${resolution}`;
          const project = await makeProject(folder, 'typescript', `${name}-${type}-${resolution}`);
          writeFileSync(join(project, 'package.json'), JSON.stringify({ type }));
          writeTypeScriptProject(project, resolution);
          for (const config of ['tsconfig.json', 'browser.json']) {
            const tsc = join(modules, name, 'bin/tsc');
            await runIn(project, process.execPath, [tsc, '-p', config]).catch(({ message }) => {
              problems.push(`${label}, ${config}: ${message}`);
            });
          }
        }
      }
      return { problems };
    },
  };
}

/** What Next serves of a project, built once. @param {string} node which runs it */
async function withNext({ folder, server }, node, bundler, use) {
  const name = `next-${bundler}`;
  const cwd = join(made, name);
  const { url, report } = server.page('isolated', `${name}/index.html`);
  const env = { ...process.env, REPORT_URL: new URL('report', url).href, PROJECTS_ROOT: root };
  const next = join(modules, 'next/dist/bin/next');
  const settings = { ...env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
  if (!existsSync(cwd)) {
    await makeProject(folder, 'next', name);
    await runIn(cwd, node, [next, 'build', `--${bundler}`], settings);
  }
  const port = await freePort();
  const args = [next, 'start', '--port', String(port), '--hostname', '127.0.0.1'];
  const child = spawn(node, args, { cwd, env: settings, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  try {
    const address = `http://localhost:${port}`;
    for (let tries = 0; ; tries++) {
      if (child.exitCode !== null) throw new Error(`next start ended with code ${child.exitCode}`);
      if (
        await fetch(address).then(
          () => true,
          () => false,
        )
      )
        break;
      if (tries === 300) throw new Error('next start does not answer');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return await use(address, report);
  } finally {
    child.kill();
    await ended;
  }
}

/** A page and a route of Next. @param {{ command: string[], missing?: string }} node */
function next({ command: [node], missing: noNode }, bundler, where, expected) {
  const inBrowser = where === 'page';
  const noBrowser = inBrowser && !browsers.Chromium.path ? 'apt-get: .ci/apt-packages' : undefined;
  return {
    ...{ runtime: 'Next', path: `${bundler}, ${where}`, missing: missing ?? noNode ?? noBrowser },
    expected: inBrowser ? { isolated: true, ...expected } : expected,
    version: () => versionOf('next'),
    run: (setting) =>
      withNext(setting, node, bundler, async (address, sent) => {
        if (!inBrowser) {
          const found = await (await fetch(`${address}/report`)).json();
          return { ...found, firstResultMs: undefined };
        }
        const browser = openBrowser('Chromium', address);
        const limit = new Promise((_, reject) => {
          setTimeout(reject, 120_000, new Error('no report in time')).unref();
        });
        const found = await Promise.race([sent, limit]).finally(() => browser.close());
        return { ...found, firstResultMs: undefined };
      }),
  };
}

/**
 * @param {Record<string, { command: string[], missing?: string }>} nodes 'Node 20' and 'Node 24'
 * @param {{ simd: import('./hosts.mjs').Expected, relaxed: import('./hosts.mjs').Expected }} found
 */
export function toolchains(nodes, { simd, relaxed }) {
  const jest = 'node_modules/jest/bin/jest.js';
  const vitest = 'node_modules/vitest/vitest.mjs';
  const on = { 'Node 20': simd, 'Node 24': relaxed };
  const each = (runtime, project, how, args) =>
    Object.entries(on).map(([node, expected]) =>
      reporting(nodes[node], { runtime, project, expected, path: `${how}, ${node}` }, args),
    );
  const first = { command: [join(modules, 'node-20.0/bin/node')] };
  return [
    // The least that `engines` names, which cannot be asked for its workers without import.
    ...['require.cjs', 'import.mjs'].map((file) => {
      const path = file.replace(/\..*/, '');
      return reporting(first, { runtime: 'Node 20.0', project: 'node', path, expected: oneThread(simd) }, [
        file,
      ]);
    }),
    ...Object.entries(on).map(([runtime, expected]) =>
      reporting(nodes[runtime], { runtime, project: 'node', path: 'require', expected }, ['require.cjs']),
    ),
    ...each('Jest', 'jest', 'babel-jest', [jest]),
    ...each('Jest', 'ts-jest', 'ts-jest', [jest]),
    ...each('Jest', 'jest', 'jsdom', [jest, '--env=jsdom']),
    ...each('Jest', 'jest-modules', 'modules', [jest, '--experimental-vm-modules']),
    ...each('vitest', 'vitest', 'jsdom', [vitest, 'run']),
    ...['typescript-5.2', 'typescript-5.4', 'typescript'].map(compiles),
    ...['turbopack', 'webpack'].flatMap((bundler) => [
      next(nodes['Node 20'], bundler, 'server', simd),
      next(nodes['Node 20'], bundler, 'page', relaxed),
    ]),
  ];
}

/** Where there are no workers to be had. */
const oneThread = (expected) => ({ ...expected, threads: 1, threadsReason: /one thread: / });
