// A Redis server, workers and submissions of a test's own, all of which end with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const hold = new URL('hold.mjs', import.meta.url).href;
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until `ready` is true. */
export async function until(what, ready, ms = 90_000) {
  const end = Date.now() + ms;
  while (!(await ready())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await pause(20);
  }
}

/** Process groups that are not to outlive the test. */
const groups = new Set();
process.on('exit', () => {
  for (const pid of groups) process.kill(-pid, 'SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export class Cluster {
  folder = mkdtempSync(join(tmpdir(), 'softmax-simd-cluster-'));
  log = join(this.folder, 'log');
  workers = [];
  /** Processes, each the leader of a group. */
  #children = new Set();
  #redis;

  /** @param persistent whether what Redis holds outlives it */
  static async start({ persistent = true } = {}) {
    const cluster = new Cluster();
    cluster.persistent = persistent;
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    cluster.port = server.address().port;
    server.close();
    await once(server, 'close');
    mkdirSync(join(cluster.folder, 'redis'));
    await cluster.startRedis();
    return cluster;
  }

  async startRedis() {
    const where = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', join(this.folder, 'redis')];
    const how = ['--save', '', '--appendonly', this.persistent ? 'yes' : 'no'];
    this.#redis = this.#spawn('redis-server', [...where, ...how]);
    await until('Redis', () => this.#answers());
  }

  #answers() {
    return new Promise((done) => {
      const socket = dial(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      socket.on('data', (data) => {
        socket.destroy();
        done(data.toString().startsWith('+PONG'));
      });
      socket.on('error', () => done(false));
    });
  }

  /** Kills Redis, and starts it again after a while. */
  async restartRedis() {
    await this.kill(this.#redis);
    await pause(700);
    await this.startRedis();
  }

  /** A worker whose evaluations last `holdMs` at least. */
  async startWorker(holdMs) {
    const env = { NODE_OPTIONS: `--import ${hold}`, HOLD_LOG: this.log, HOLD_MS: String(holdMs) };
    const worker = this.#spawn(process.execPath, ['work.mjs', '--lost-after', '2'], env);
    this.workers.push(worker);
    await until('a worker', () => worker.text.includes('ready'));
    return worker;
  }

  /** A worker that evaluates one shard, and makes the others of it. */
  async startCopying() {
    const worker = this.#spawn(process.execPath, ['test/copying.mjs']);
    await until('a worker', () => worker.text.includes('ready'));
    return worker;
  }

  /** Puts jobs into the queue. */
  async addJobs(jobs) {
    const child = this.#spawn(process.execPath, ['test/add.mjs', JSON.stringify(jobs)]);
    const { code, text } = await child.done;
    if (code !== 0) throw new Error(text);
  }

  /** Starts a submission; `done` gives its exit code, standard output and standard error. */
  submit(...args) {
    return this.#spawn(process.execPath, ['submit.mjs', ...args]);
  }

  /** What evaluations were started, by whom. */
  started() {
    if (!existsSync(this.log)) return [];
    const lines = readFileSync(this.log, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }

  /** Ends a process and all it has started, at once, as a loss of power would. */
  async kill(child) {
    process.kill(-child.process.pid, 'SIGKILL');
    await child.done;
  }

  async stop() {
    for (const child of [...this.#children]) await this.kill(child).catch(() => {});
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(command, args, env = {}) {
    const REDIS_URL = `redis://127.0.0.1:${this.port}`;
    const options = { cwd: root, detached: true, env: { ...process.env, REDIS_URL, ...env } };
    const child = { process: spawn(command, args, options), out: '', text: '' };
    const { pid } = child.process;
    this.#children.add(child);
    groups.add(pid);
    child.process.stdout.setEncoding('utf8').on('data', (text) => {
      child.out += text;
      child.text += text;
    });
    child.process.stderr.setEncoding('utf8').on('data', (text) => {
      child.text += text;
    });
    child.done = once(child.process, 'close').then(([code]) => {
      this.#children.delete(child);
      groups.delete(pid);
      return { code, out: child.out, text: child.text };
    });
    return child;
  }
}
