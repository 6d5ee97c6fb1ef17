// The command line on a file much larger than its memory: what `apply` and `eval` take, beside what reading that
// file, writing it (with fsync) and the kernels alone take, and the largest resident memory. 'losses' are what eval
// computes: argmax and crossEntropy.
//
//   node bench/stream.mjs [--gib 4] [--cols 1024] [--rounds 3] [--folder /tmp]
//
// Needs /usr/bin/time. The input is sparse; the output takes as much space as the input is long.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { load } from '../dist/index.js';

const { values: options } = parseArgs({
  options: {
    gib: { type: 'string', default: '4' },
    cols: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const cols = Number(options.cols);
const rows = Math.floor((Number(options.gib) * 2 ** 30) / (4 * cols));
const elements = rows * cols;
const BLOCK_BYTES = 2 ** 22;
const WANTED = 0.7;
const MAX_RSS_MIB = 450;

const folder = mkdtempSync(join(options.folder, 'stream-'));
const [logits, labels, out] = ['logits.npy', 'labels.npy', 'out.npy'].map((name) => join(folder, name));

/** A .npy of zeros that takes no space. */
function writeZeros(path, descr, shape, bytes) {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = Buffer.alloc(128, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(118, 8);
  header.write(dict, 10);
  header.write('\n', 127);
  const fd = openSync(path, 'w');
  writeSync(fd, header);
  ftruncateSync(fd, header.length + bytes);
  closeSync(fd);
}

const seconds = (work) => {
  const begin = performance.now();
  work();
  return (performance.now() - begin) / 1000;
};

function readPlainly() {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  const fd = openSync(logits);
  for (let at = 0; readSync(fd, bytes, 0, bytes.length, at) > 0; ) at += bytes.length;
  closeSync(fd);
}

function writePlainly() {
  const bytes = Buffer.alloc(BLOCK_BYTES, 1);
  const fd = openSync(out, 'w');
  for (let at = 0; at < 4 * elements; at += bytes.length) writeSync(fd, bytes, 0, bytes.length, at);
  fsyncSync(fd);
  closeSync(fd);
  rmSync(out);
}

/** Seconds for all elements, of a kernel that goes over 64 MiB again and again. */
async function kernelAlone(run) {
  const k = await load();
  const n = Math.floor(2 ** 18 / cols) * cols;
  const blocks = Array.from({ length: 64 }, () => k.alloc(n).fill(0));
  const ids = k.alloc(n / cols, 'i32').fill(1);
  for (const x of blocks) run(k, x, ids);
  const begin = performance.now();
  let done = 0;
  for (; performance.now() - begin < 2000; done += n) run(k, blocks[(done / n) % blocks.length].fill(0), ids);
  const all = (performance.now() - begin) / done;
  const filling = performance.now();
  for (const x of blocks) x.fill(0);
  const fill = (performance.now() - filling) / (blocks.length * n);
  k.close();
  return ((all - fill) * elements) / 1000;
}

/** Seconds and MiB of a command. */
function measure(...args) {
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%e %M', process.execPath, CLI, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const [time, kib] = stderr.trim().split(/\s+/).slice(-2).map(Number);
  return { time, mib: kib / 1024 };
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const gelems = (time) => (elements / time / 1e9).toFixed(3);

try {
  writeZeros(logits, '<f4', `${rows}, ${cols}`, 4 * elements);
  writeZeros(labels, '<i4', `${rows},`, 4 * rows);
  const times = { read: [], write: [], softmax: [], losses: [], apply: [], eval: [] };
  const ratios = { apply: [], eval: [] };
  const most = { apply: 0, eval: 0 };
  // From now on the input is in the system's cache, if there is room for it.
  readPlainly();
  for (let round = 0; round < Number(options.rounds); round++) {
    times.read.push(seconds(readPlainly));
    times.write.push(seconds(writePlainly));
    times.softmax.push(await kernelAlone((k, x) => k.softmax(x, { cols, out: x })));
    times.losses.push(
      await kernelAlone((k, x, y) => {
        k.argmax(x, { cols });
        k.crossEntropy(x, y, { cols, reduction: 'sum' });
      }),
    );
    const applied = measure('apply', logits, '--op', 'softmax', '--out', out);
    rmSync(out);
    const evaluated = measure('eval', logits, labels);
    times.apply.push(applied.time);
    times.eval.push(evaluated.time);
    // Against what was measured in the same minute: other work on the machine comes and goes.
    const [read, write, softmax, losses] = ['read', 'write', 'softmax', 'losses'].map(
      (name) => times[name][round],
    );
    ratios.apply.push(Math.max(read, write, softmax) / applied.time);
    ratios.eval.push(Math.max(read, losses) / evaluated.time);
    most.apply = Math.max(most.apply, applied.mib);
    most.eval = Math.max(most.eval, evaluated.mib);
  }
  console.log(
    `${rows} × ${cols} float32, ${options.gib} GiB; medians of ${options.rounds}, 10^9 elements per second`,
  );
  for (const [name, list] of Object.entries(times)) {
    const time = median(list);
    console.log(`${name.padEnd(10)}${gelems(time).padStart(8)}  ${time.toFixed(2).padStart(7)} s`);
  }
  for (const [name, list] of Object.entries(ratios)) {
    const fine = median(list) >= WANTED && most[name] <= MAX_RSS_MIB;
    console.log(
      `${name.padEnd(6)} ${median(list).toFixed(2)}× of the slowest of them alone (wanted: ${WANTED}), ` +
        `at most ${most[name].toFixed(0)} MiB resident (${MAX_RSS_MIB}): ${fine ? 'fine' : 'NOT FINE'}`,
    );
    if (!fine) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
