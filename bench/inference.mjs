// npm run bench:inference: argmax, topK and sample at vocabulary size, beside our softmax and a JS implementation that
// sorts. Writes bench/results/inference.json.
import { readOptions } from './cli.mjs';
import { loadBackends } from './contenders.mjs';
import { describeRun, preemptions } from './machine.mjs';
import { measure } from './measure.mjs';
import { sampleBySorting } from './naive.mjs';
import { formatTime, printBusy, printHead, writeResults } from './report.mjs';
import { COLS, makeLogits } from './vocabulary.mjs';

const SHAPES = [1, 32];
const K = 50;
const TOP_P = 0.9;
const COUNTING_RULE = 'Gelem/s = rows x cols / median time of a call / 1e9. Data in place, one thread.';

const options = readOptions('bench:inference');
const { kernels, skipped } = loadBackends(options.backends);
const run = describeRun(options.command);
printHead(run, skipped);
preemptions();
const start = performance.now();
const rows = [];
for (const kind of ['peaked', 'flat']) {
  for (const count of SHAPES) {
    const logits = makeLogits(kind, count);
    const contenders = [
      {
        name: 'JS that sorts',
        operation: 'sample',
        run: () => sampleBySorting(logits, count, COLS, K, TOP_P),
      },
    ];
    const views = [];
    for (const [name, k] of kernels) {
      const x = k.alloc(2 * logits.length);
      views.push([k, x]);
      const [data, out] = [x.subarray(0, logits.length), x.subarray(logits.length)];
      data.set(logits);
      const cols = COLS;
      const calls = {
        softmax: () => k.softmax(data, { cols, out }),
        argmax: () => k.argmax(data, { cols }),
        topK: () => k.topK(data, K, { cols }),
        sample: () => k.sample(data, { cols, topK: K, topP: TOP_P, seed: 1 }),
        'sample, topP alone': () => k.sample(data, { cols, topP: TOP_P, seed: 1 }),
        'sample, unfiltered': () => k.sample(data, { cols, seed: 1 }),
      };
      for (const [operation, call] of Object.entries(calls)) contenders.push({ name, operation, run: call });
    }
    const timings = await measure(contenders, options.effort);
    const sorting = timings[0].median;
    console.log(`\n${count} x ${COLS}, ${kind} logits`);
    for (const [i, { name, operation }] of contenders.entries()) {
      const { median: ns, q1, q3, samples } = timings[i];
      const own = contenders.findIndex((other) => other.name === name && other.operation === 'softmax');
      const row = { kind, rows: count, cols: COLS, name, operation, ns, q1, q3, samples };
      row.gelem = logits.length / ns;
      row.vsSorting = sorting / ns;
      if (own >= 0) row.timeVsSoftmax = ns / timings[own].median;
      rows.push(row);
      const share = own >= 0 ? `${row.timeVsSoftmax.toFixed(2)} of softmax` : '';
      const sort = operation.startsWith('sample') ? `${row.vsSorting.toFixed(0)}x sorting` : '';
      const gelem = `${row.gelem.toPrecision(3)} Gelem/s`;
      console.log(
        `  ${name.padEnd(14)}${operation.padEnd(20)}${formatTime(ns).padStart(10)}  ${gelem.padEnd(16)}${share.padEnd(18)}${sort}`,
      );
    }
    for (const [k, x] of views) k.free(x);
  }
}
printBusy(preemptions(), (performance.now() - start) / 1000);
writeResults('inference', { ...run, countingRule: COUNTING_RULE, skipped, rows });
