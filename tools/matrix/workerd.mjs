// workerd, which serves a program that it is given as modules.
import { execFile, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleForWorkerd } from './consumer.mjs';

const runtimes = fileURLToPath(new URL('../runtimes/node_modules/', import.meta.url));

/**
 * @param {string} path @param {string[]} conditions of exports @param {import('./hosts.mjs').Expected} expected
 * @returns {import('./hosts.mjs').Host}
 */
export function workerd(path, conditions, expected) {
  const binary = join(runtimes, '@cloudflare/workerd-linux-64/bin/workerd');
  return {
    ...{ runtime: 'workerd', path, expected },
    missing: existsSync(binary) ? undefined : 'npm ci --ignore-scripts --prefix tools/runtimes',
    version: () =>
      promisify(execFile)(binary, ['--version']).then(({ stdout }) => stdout.trim().split(' ').at(-1)),
    async run({ folder }) {
      const outdir = join(folder, `workerd-${conditions.join('-')}`);
      await bundleForWorkerd(folder, outdir, conditions);
      const port = await freePort();
      writeFileSync(join(outdir, 'config.capnp'), workerdConfig(outdir, port));
      const child = spawn(binary, ['serve', 'config.capnp'], {
        cwd: outdir,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.on('data', (text) => {
        errors += text;
      });
      try {
        await answers(port, child, () => errors);
        const start = performance.now();
        const first = await (await fetch(`http://127.0.0.1:${port}/first`)).json();
        const firstResultMs = performance.now() - start;
        if (Math.abs(first[0] - 0.659) > 1e-3) throw new Error(`softmax([2, 1, 0.1]) is ${first}`);
        const report = await (await fetch(`http://127.0.0.1:${port}/`)).json();
        return { ...report, firstResultMs };
      } finally {
        child.kill('SIGKILL');
      }
    },
  };
}

function workerdConfig(folder, port) {
  const wasm = ['simd.wasm', 'relaxed-simd.wasm'].filter((name) => existsSync(join(folder, name)));
  const modules = [
    '(name = "main.js", esModule = embed "main.js")',
    ...wasm.map((name) => `(name = "${name}", wasm = embed "${name}")`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const main :Workerd.Worker = (modules = [${modules.join(', ')}], compatibilityDate = "2026-11-01");
`;
}

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Waits for a socket, without a request: the first one is timed. */
async function answers(port, child, errors) {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`workerd ended: ${errors()}`);
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`workerd does not listen: ${errors()}`);
}
