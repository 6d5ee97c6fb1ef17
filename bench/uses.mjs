// npm run bench:uses: what people bring to the package, ordinary arrays and a file, beside the JavaScript that one writes
// without it. Who computes something else is not timed. Writes bench/results/uses.json, the table on top of README.md.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync } from '../dist/index.js';
import { readOptions } from './cli.mjs';
import { makeInput } from './data.mjs';
import { describeRun, preemptions } from './machine.mjs';
import { measure } from './measure.mjs';
import { naiveArgmax, naiveArgmaxAlong, naiveCrossEntropy, naiveSoftmax, sampleBySorting } from './naive.mjs';
import { formatTime, printBusy, writeResults } from './report.mjs';
import { makeLogits, COLS as VOCABULARY } from './vocabulary.mjs';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const HEADER_BYTES = 128;
const options = readOptions('bench:uses');
const run = describeRun(options.command);
const k = loadSync();
console.log(`${run.machine}\n${run.engine}\ncommit ${run.commit}, ${k.backend}`);
preemptions();
const start = performance.now();
const folder = mkdtempSync(join(tmpdir(), 'uses-'));
const rows = [];
try {
  for (const use of [classes(), segmentation(), tokens(), calibrationSet(), dump()]) {
    const { name, what, call, instead, ours, theirs, check } = use;
    check(ours(), theirs());
    const contenders = [ours, theirs].map((work) => ({
      name,
      operation: call,
      placement: 'arrays',
      run: work,
    }));
    const [{ median: ns }, { median: insteadNs }] = await measure(contenders, options.effort);
    rows.push({ use: name, what, call, instead, ns, insteadNs, ratio: insteadNs / ns });
    const times = `${formatTime(ns)}, ${instead} ${formatTime(insteadNs)}`;
    console.log(`${`${name}, ${what}`.padEnd(48)} ${times}: ${(insteadNs / ns).toPrecision(3)}x`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
printBusy(preemptions(), (performance.now() - start) / 1000);
writeResults('uses', { ...run, backend: k.backend, rows });

/** The five most probable classes of each picture. */
function classes() {
  const TOP = 5;
  const { rows: count, cols, x } = makeInput([256, 1000]);
  const p = new Float32Array(x.length);
  return {
    name: 'image classes',
    what: `${count} × ${cols}`,
    call: 'topK, probabilities',
    instead: 'loops and a sort of each row',
    ours: () => k.topK(x, TOP, { cols, values: 'probabilities' }).indices,
    theirs: () => {
      naiveSoftmax(x, p, count, cols);
      const best = new Int32Array(count * TOP);
      for (let r = 0; r < count; r++) {
        const row = Array.from(p.subarray(r * cols, (r + 1) * cols), (value, index) => ({ value, index }));
        row.sort((a, b) => b.value - a.value);
        for (let i = 0; i < TOP; i++) best[r * TOP + i] = row[i].index;
      }
      return best;
    },
    check: same,
  };
}

/** The class of each pixel. */
function segmentation() {
  const shape = [1, 21, 512, 512];
  const { outer, cols, inner, x } = makeInput(shape);
  const ids = new Int32Array(outer * inner);
  return {
    name: 'segmentation',
    what: shape.join(' × '),
    call: 'argmax along axis 1',
    instead: "a loop in the memory's order",
    ours: () => k.argmax(x, { shape, axis: 1 }),
    theirs: () => {
      naiveArgmaxAlong(x, ids, outer, cols, inner);
      return ids;
    },
    check: same,
  };
}

/** The next token. */
function tokens() {
  const x = makeLogits('peaked', 1);
  const filters = { topK: 50, topP: 0.9 };
  const kept = () => {
    const { ids } = k.sample(x, {
      ...filters,
      seed: 1,
      alternatives: 50,
      logProbs: 'processed',
    }).alternatives;
    return ids.filter((id) => id >= 0);
  };
  return {
    name: "a language model's logits",
    what: `1 × ${VOCABULARY}`,
    call: 'sample, top-k 50 and top-p 0.9',
    instead: 'a sort of the vocabulary',
    ours: () => k.sample(x, { ...filters, seed: 1, logProbs: 'none' }).ids,
    theirs: () => sampleBySorting(x, 1, VOCABULARY, filters.topK, filters.topP),
    check: (ours, theirs) => {
      for (const [id] of [ours, theirs])
        if (!kept().includes(id)) throw new Error(`${id} is not in the nucleus`);
    },
  };
}

/** The temperature at which a classifier is as sure as it is right. */
function calibrationSet() {
  const { rows: count, cols, x, labels } = makeInput([10_000, 100]);
  // Right half of the time.
  naiveArgmax(x, labels.subarray(0, count >> 1), count >> 1, cols);
  const scaled = new Float32Array(x.length);
  const loss = (temperature) => {
    for (let i = 0; i < x.length; i++) scaled[i] = x[i] / temperature;
    return naiveCrossEntropy(scaled, labels, count, cols);
  };
  return {
    name: 'a calibration set',
    what: `${count} × ${cols}`,
    call: 'fitTemperature',
    instead: 'loops in a golden-section search',
    ours: () => k.fitTemperature(x, labels, { cols }).temperature,
    theirs: () => goldenSection(loss, 0.05, 20),
    check: (ours, theirs) => {
      if (Math.abs(ours / theirs - 1) > 0.01) throw new Error(`fitTemperature: ${ours}, not ${theirs}`);
    },
  };
}

/** Where a function of one minimum has it, to 0.1 %, searched in its logarithm. */
function goldenSection(loss, from, to) {
  const share = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [Math.log(from), Math.log(to)];
  let [c, d] = [b - share * (b - a), a + share * (b - a)];
  let [atC, atD] = [loss(Math.exp(c)), loss(Math.exp(d))];
  while (b - a > 1e-3) {
    if (atC < atD) {
      [b, d, atD] = [d, c, atC];
      c = b - share * (b - a);
      atC = loss(Math.exp(c));
    } else {
      [a, c, atC] = [c, d, atD];
      d = a + share * (b - a);
      atD = loss(Math.exp(d));
    }
  }
  return Math.exp((a + b) / 2);
}

/** Accuracy and loss of a file: our command as a whole process, loops without the start of one. */
function dump() {
  const [count, cols] = [65_536, 1000];
  const BLOCK = 1024;
  const { x } = makeInput([BLOCK, cols]);
  const labels = Int32Array.from({ length: count }, (_, row) => (row * 7919) % cols);
  const [logitsFile, labelsFile] = ['logits.npy', 'labels.npy'].map((file) => join(folder, file));
  writeNpy(
    logitsFile,
    '<f4',
    [count, cols],
    Array.from({ length: count / BLOCK }, () => x),
  );
  writeNpy(labelsFile, '<i4', [count], [labels]);
  return {
    name: 'a dump on disk',
    what: `${count} × ${cols}, 262 MB`,
    call: '`npx softmax-simd eval`',
    instead: 'a script that reads and loops',
    ours: () => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [CLI, 'eval', logitsFile, labelsFile, '--json'],
        {
          encoding: 'utf8',
        },
      );
      if (status !== 0) throw new Error(stderr);
      const { accuracy, nll } = JSON.parse(stdout);
      return { accuracy, nll };
    },
    theirs: () => {
      const block = new Float32Array(BLOCK * cols);
      const ids = new Int32Array(BLOCK);
      const fd = openSync(logitsFile, 'r');
      let [nll, right] = [0, 0];
      for (let row = 0; row < count; row += BLOCK) {
        readSync(fd, block, 0, block.byteLength, HEADER_BYTES + 4 * row * cols);
        const own = labels.subarray(row, row + BLOCK);
        nll += naiveCrossEntropy(block, own, BLOCK, cols) * BLOCK;
        naiveArgmax(block, ids, BLOCK, cols);
        for (let i = 0; i < BLOCK; i++) if (ids[i] === own[i]) right++;
      }
      closeSync(fd);
      return { accuracy: right / count, nll: nll / count };
    },
    check: (ours, theirs) => {
      for (const key of ['accuracy', 'nll']) {
        if (!(Math.abs(ours[key] - theirs[key]) < 1e-6 * theirs[key])) {
          throw new Error(`eval: ${key} is ${ours[key]}, not ${theirs[key]}`);
        }
      }
    },
  };
}

function writeNpy(path, descr, shape, blocks) {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = Buffer.alloc(HEADER_BYTES, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(HEADER_BYTES - 10, 8);
  header.write(dict, 10);
  header.write('\n', HEADER_BYTES - 1);
  const fd = openSync(path, 'w');
  writeSync(fd, header);
  for (const block of blocks) writeSync(fd, new Uint8Array(block.buffer));
  closeSync(fd);
}

function same(ours, theirs) {
  for (const [i, id] of ours.entries())
    if (id !== theirs[i]) throw new Error(`place ${i}: ${id}, not ${theirs[i]}`);
}
