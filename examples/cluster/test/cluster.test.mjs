// What becomes of a run when workers and Redis are lost in its middle. Needs redis-server (Debian: apt-get install
// redis-server); without it the tests are skipped, unless REQUIRE_REDIS is set.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Cluster, until } from './harness.mjs';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const FILES = 6;
const ROWS = 8192;
const SHARD_ROWS = 4096;
const SHARDS = (FILES * ROWS) / SHARD_ROWS;
const COLS = 16;

const missing =
  spawnSync('redis-server', ['--version']).error &&
  'redis-server is not installed (apt-get install redis-server)';
if (missing && process.env.REQUIRE_REDIS) throw new Error(missing);

let data;
let pairs;
let single;
before(() => {
  data = mkdtempSync(join(tmpdir(), 'softmax-simd-data-'));
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const files = Array.from({ length: FILES }, () => ({
    logits: Float32Array.from({ length: ROWS * COLS }, () => 8 * random()),
    labels: Int32Array.from({ length: ROWS }, () => (random() < 0.01 ? -100 : Math.floor(COLS * random()))),
  }));
  pairs = files.flatMap(({ logits, labels }, i) => [
    put(`${i}.npy`, '<f4', `${ROWS}, ${COLS}`, [logits]),
    put(`${i}-labels.npy`, '<i4', `${ROWS},`, [labels]),
  ]);
  const all = [
    put(
      'all.npy',
      '<f4',
      `${FILES * ROWS}, ${COLS}`,
      files.map(({ logits }) => logits),
    ),
    put(
      'all-labels.npy',
      '<i4',
      `${FILES * ROWS},`,
      files.map(({ labels }) => labels),
    ),
  ];
  single = JSON.parse(execFileSync(process.execPath, [CLI, 'eval', ...all, '--bins', '15', '--json']));
});
after(() => rmSync(data, { recursive: true, force: true }));

/** A .npy file of what the arrays hold together. */
function put(name, descr, shape, arrays) {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = Buffer.alloc(128, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(118, 8);
  header.write(`${dict}`, 10);
  header.write('\n', 127);
  const path = join(data, name);
  writeFileSync(path, Buffer.concat([header, ...arrays.map(({ buffer }) => Buffer.from(buffer))]));
  return path;
}

let cluster;
afterEach(() => cluster?.stop());

const args = () => [
  '--out',
  join(cluster.folder, 'run'),
  '--shard-rows',
  String(SHARD_ROWS),
  '--json',
  ...pairs,
];
const parts = () =>
  readdirSync(join(cluster.folder, 'run', 'parts')).filter((name) => name.endsWith('.json'));

/** The figures are those of the single run, each shard is there once, and so is the report. */
function check({ code, out, text }) {
  assert.equal(code, 0, text);
  const figures = JSON.parse(out);
  for (const name of ['rows', 'ignored', 'correct', 'accuracy', 'classes', 'backend']) {
    assert.equal(figures[name], single[name], name);
  }
  for (const name of ['nll', 'perplexity', 'ece', 'mce', 'brier']) {
    assert.ok(Math.abs(figures[name] / single[name] - 1) <= 1e-12, name);
  }
  // Shards are cut between tiles here: all bits are the same.
  assert.deepEqual(figures, single);
  assert.equal(readFileSync(join(cluster.folder, 'run', 'report.json'), 'utf8'), out);
  assert.equal(readdirSync(join(cluster.folder, 'run', 'parts')).length, SHARDS);
  assert.equal(new Set(cluster.started().map(({ part }) => part)).size, SHARDS);
}

/** A run in which `disturb` happens as soon as three shards are there and others are in progress. */
async function runDisturbed(disturb, holds = [400, 400, 400]) {
  for (const ms of holds) await cluster.startWorker(ms);
  const submission = cluster.submit(...args());
  await until('three shards', () => cluster.started().length > 0 && parts().length >= 3);
  await disturb();
  return submission.done;
}

describe('a run of 12 shards by 3 workers', { skip: missing, timeout: 600_000 }, () => {
  test('has the figures of a single run', async (t) => {
    cluster = await Cluster.start();
    const result = await runDisturbed(async () => {});
    check(result);
    assert.match(result.text, /12 of 12 shards, merged/);
    t.diagnostic(`${cluster.started().length} evaluations for ${SHARDS} shards`);
  });

  test('outlives a worker that is killed with -9 in the middle of a shard', async (t) => {
    cluster = await Cluster.start();
    let lost;
    const kill = async () => {
      const [victim] = cluster.workers;
      lost = cluster.started().find(({ worker }) => worker === victim.process.pid).part;
      await cluster.kill(victim);
      writeFileSync(`${lost}.partial.0123456789abcdef`, 'what it might have left');
    };
    // The first worker never ends the shard that it has begun.
    const result = await runDisturbed(kill, [600_000, 200, 200]);
    check(result);
    const starts = cluster.started().filter(({ part }) => part === lost);
    assert.equal(starts.length, 2);
    assert.notEqual(starts[0].worker, starts[1].worker);
    t.diagnostic(
      `${basename(lost)} was begun by ${starts[0].worker}, which died, and done by ${starts[1].worker}`,
    );
  });

  test('outlives a restart of Redis that keeps what it holds', async (t) => {
    cluster = await Cluster.start({ persistent: true });
    const result = await runDisturbed(() => cluster.restartRedis());
    check(result);
    assert.match(result.text, /Redis is there again/);
    assert.doesNotMatch(result.text, /submitting it again/);
    t.diagnostic(`${cluster.started().length} evaluations for ${SHARDS} shards`);
  });

  test('outlives a restart of Redis that forgets everything', async (t) => {
    cluster = await Cluster.start({ persistent: false });
    const result = await runDisturbed(() => cluster.restartRedis());
    check(result);
    assert.match(result.text, /Redis has lost the run .*: submitting it again, what is done is kept/);
    t.diagnostic(`${cluster.started().length} evaluations for ${SHARDS} shards`);
  });

  test('goes on when it is submitted again', async () => {
    cluster = await Cluster.start();
    const worker = await cluster.startWorker(100);
    const first = cluster.submit(...args());
    await until('three shards', () => cluster.started().length > 0 && parts().length >= 3);
    await cluster.kill(worker);
    await cluster.kill(first);
    const again = cluster.submit(...args());
    await cluster.startWorker(0);
    check(await again.done);
    const written = () => parts().map((name) => statSync(join(cluster.folder, 'run', 'parts', name)).ino);
    const before = written();
    check(await cluster.submit(...args()).done);
    // All were looked at, none was evaluated again.
    assert.deepEqual(written(), before);
  });
});

describe('a submission', { skip: missing, timeout: 600_000 }, () => {
  test('says which shard failed, and goes on when that is put right', async () => {
    cluster = await Cluster.start();
    await cluster.startWorker(0);
    const [logits, labels] = [join(cluster.folder, 'x.npy'), join(cluster.folder, 'y.npy')];
    writeFileSync(logits, readFileSync(pairs[0]));
    const good = readFileSync(pairs[1]);
    const bad = Buffer.from(good);
    bad.writeInt32LE(COLS, 128 + 4 * 5000);
    writeFileSync(labels, bad);
    const own = [
      '--out',
      join(cluster.folder, 'run'),
      '--shard-rows',
      '4096',
      '--attempts',
      '1',
      logits,
      labels,
    ];
    const failed = await cluster.submit(...own).done;
    assert.equal(failed.code, 1, failed.text);
    assert.match(failed.text, /x\.npy, rows 4096 to 8191: .*y\.npy: row 5000: expected a label in \[0, 16\)/);
    assert.equal(failed.out, '');
    writeFileSync(labels, good);
    const { code, out, text } = await cluster.submit(...own).done;
    assert.equal(code, 0, text);
    const wanted = execFileSync(process.execPath, [CLI, 'eval', logits, labels, '--bins', '15'], {
      encoding: 'utf8',
    });
    assert.equal(out, wanted);
  });

  test('refuses a file that changes during the run', async () => {
    cluster = await Cluster.start();
    const logits = join(cluster.folder, 'x.npy');
    writeFileSync(logits, readFileSync(pairs[0]));
    const out = ['--out', join(cluster.folder, 'run'), '--attempts', '1'];
    const submission = cluster.submit(...out, logits, pairs[1]);
    await until('the plan', () => submission.text.includes('0 of 1 shards'));
    writeFileSync(logits, readFileSync(pairs[2]));
    await cluster.startWorker(0);
    const { code, text } = await submission.done;
    assert.equal(code, 1, text);
    assert.match(text, /x\.npy or .*0-labels\.npy has changed since it was submitted/);
    assert.deepEqual(parts(), []);
  });

  test('gives the figures of what the files hold by now, whatever was evaluated before', async () => {
    cluster = await Cluster.start();
    const worker = await cluster.startWorker(0);
    const own = (name) => join(cluster.folder, name);
    const [logits, labels] = [own('x.npy'), own('y.npy')];
    writeFileSync(logits, readFileSync(pairs[0]));
    writeFileSync(labels, readFileSync(pairs[1]));
    utimesSync(logits, 1e9, 1e9);
    const submit = () =>
      cluster.submit('--out', own('run'), '--shard-rows', '4096', '--json', logits, labels).done;
    const right = () =>
      execFileSync(process.execPath, [CLI, 'eval', logits, labels, '--bins', '15', '--json'], {
        encoding: 'utf8',
      });
    const first = await submit();
    assert.equal(first.out, right());
    const logged = worker.text.length;
    // All rows but those that tell files apart at a glance become zeros, and the time of the file stays.
    const looked = new Set(Array.from({ length: 64 }, (_, i) => Math.floor((i * (ROWS - 1)) / 63)));
    const bytes = readFileSync(logits);
    for (let row = 0; row < 1000; row++) {
      if (!looked.has(row)) bytes.fill(0, 128 + row * COLS * 4, 128 + (row + 1) * COLS * 4);
    }
    writeFileSync(logits, bytes);
    utimesSync(logits, 1e9, 1e9);
    const second = await submit();
    assert.equal(second.code, 0, second.text);
    assert.notEqual(second.out, first.out);
    assert.equal(second.out, right());
    // One shard was changed; the others were left alone.
    assert.equal(worker.text.slice(logged).match(/: already there/g).length, 1);
    // A single row.
    bytes.fill(0, 128 + 5000 * COLS * 4, 128 + 5001 * COLS * 4);
    writeFileSync(logits, bytes);
    const third = await submit();
    assert.notEqual(third.out, second.out);
    assert.equal(third.out, right());
  });

  test('made twice is done once, and both have its report', async () => {
    cluster = await Cluster.start();
    const first = cluster.submit(...args());
    await until('the plan', () => first.text.includes('of 12 shards'));
    const second = cluster.submit(...args());
    await until('the second', () => second.text.includes('of 12 shards'));
    assert.match(second.text, /submitted already, and is under way: following it/);
    await cluster.startWorker(0);
    await cluster.startWorker(0);
    const ends = await Promise.all([first.done, second.done]);
    for (const end of ends) {
      check(end);
      assert.doesNotMatch(end.text, /lost/);
    }
    assert.equal(cluster.started().length, SHARDS);
  });

  test('is not disturbed by jobs that nobody submitted, nor by shards that are none', async () => {
    cluster = await Cluster.start();
    const poison = [
      ...['shard', 'merge', 'other', ''].flatMap((name) =>
        [null, 'x', {}, { id: 1 }].map((data) => ({ name, data })),
      ),
      { name: 'shard', data: { key: '../../x', folder: cluster.folder } },
      { name: 'merge', data: { folder: join(cluster.folder, 'none'), id: 'abc' } },
    ];
    await cluster.addJobs(poison);
    const worker = await cluster.startWorker(0);
    const submission = cluster.submit(...args());
    await until('the plan', () => submission.text.includes('of 12 shards'));
    check(await submission.done);
    assert.equal(worker.text.match(/failed: /g).length, poison.length);
    assert.match(worker.text, /failed: shard: shard: expected a job that submit\.mjs made, got logits /);
    assert.match(worker.text, /failed: other: expected a job named shard or merge, got 'other'/);
    for (const name of parts().slice(0, 3))
      writeFileSync(join(cluster.folder, 'run', 'parts', name), '{"x":');
    check(await cluster.submit(...args()).done);
  });

  test('of very many shards', async (t) => {
    cluster = await Cluster.start();
    const many = Number(process.env.PARTS ?? 3000);
    const [logits, labels] = [join(cluster.folder, 'x.npy'), join(cluster.folder, 'y.npy')];
    const rows = [new Float32Array(many * 2)];
    renameSync(put('many.npy', '<f4', `${many}, 2`, rows), logits);
    renameSync(put('many-labels.npy', '<i4', `${many},`, [new Int32Array(many)]), labels);
    const submission = cluster.submit(
      '--out',
      join(cluster.folder, 'run'),
      '--shard-rows',
      '1',
      '--json',
      logits,
      labels,
    );
    // Equal rows have equal shards: one is evaluated, the others are made of it.
    await cluster.startCopying();
    const { code, out, text } = await submission.done;
    assert.equal(code, 0, text);
    const wanted = execFileSync(process.execPath, [CLI, 'eval', logits, labels, '--bins', '15', '--json'], {
      encoding: 'utf8',
    });
    const [got, single] = [out, wanted].map((json) => JSON.parse(json));
    assert.ok(Math.abs(got.nll / single.nll - 1) < 1e-12);
    assert.deepEqual([got.rows, got.correct, got.brier], [single.rows, single.correct, single.brier]);
    t.diagnostic(`${many} shards merged`);
  });

  test('refuses the same file twice, and bad usage', async () => {
    cluster = await Cluster.start();
    const out = ['--out', join(cluster.folder, 'run')];
    const twice = await cluster.submit(...out, ...pairs.slice(0, 2), ...pairs.slice(0, 2)).done;
    assert.equal(twice.code, 1);
    assert.match(twice.text, /0\.npy holds the same as .*0\.npy/);
    const absent = await cluster.submit(...out, 'none.npy', pairs[1]).done;
    assert.equal(absent.code, 1);
    assert.match(absent.text, /none\.npy: expected .*no such file/);
    for (const bad of [[...out], [...out, pairs[0]], [...pairs], [...out, '--shard-rows', '0', ...pairs]]) {
      assert.equal((await cluster.submit(...bad).done).code, 2);
    }
  });
});
