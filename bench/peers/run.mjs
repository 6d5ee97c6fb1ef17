// npm run bench:peers: everything of npm run bench in kernel memory and copied, and the packages one would
// otherwise take, interleaved in one process, one thread each. Writes bench/results/peers.json.
import { existsSync, readFileSync } from 'node:fs';
import { install, readOptions } from '../cli.mjs';
import { backends, copy, loadBackends, naive } from '../contenders.mjs';
import { COUNTING_RULE, makeInput, operationsAt, SWEEP } from '../data.mjs';
import { runGrid } from '../grid.mjs';
import { describeRun, preemptions } from '../machine.mjs';
import { buildNative, native } from '../native/native.mjs';
import {
  printBusy,
  printErrors,
  printHead,
  printLosses,
  printRows,
  readResults,
  writeResults,
} from '../report.mjs';
import { loadWidths } from '../widths.mjs';

const options = readOptions('bench:peers');
const { chart, operations = chart ? ['softmax'] : ['softmax', 'crossEntropy'] } = options;
const name = chart ? 'chart' : 'peers';
if (!existsSync(new URL('node_modules', import.meta.url))) install('bench/peers');
const { kernels, skipped } = chart ? await loadForChart() : loadBackends(options.backends);

/** On 256 bits as well: a flag of the whole process, under which whatever else is WebAssembly runs, too. */
async function loadForChart() {
  const input = (shape) => makeInput([Math.min(shape[0], 2000), shape[1]]);
  const { narrow, wide, skipped } = await loadWidths(options.backends, (kernels) =>
    SWEEP.flatMap((shape) => backends(kernels, input(shape), ['softmax'])),
  );
  const name = 'relaxed-simd';
  const both = wide.has(name) ? [...narrow, [`${name}, 256 bits`, wide.get(name)]] : narrow;
  return { kernels: new Map(both), skipped };
}

/** Contenders by name; what this machine cannot run is named with the reason. */
const peers = new Map();
async function offer(peer, prepare) {
  try {
    peers.set(peer, await prepare());
  } catch (error) {
    skipped.push({ name: peer, reason: error.message });
  }
}
await offer('tfjs-wasm', async () => {
  const { loadTfjs, tfjs } = await import('./tfjs.mjs');
  await loadTfjs();
  return tfjs;
});
for (const peer of ['onnxruntime-web', 'onnxruntime-node']) {
  await offer(peer, async () => {
    const { onnxruntime } = await import('./onnxruntime.mjs');
    return (input, operation) => onnxruntime(peer, input, operation);
  });
}
await offer('transformers.js', async () => (await import('./transformers.mjs')).transformers);

const compilers = {};
const native128 = { width: 4, exact: false };
const wider = [
  { width: 8, exact: false },
  { width: 8, exact: true },
  { width: 16, exact: false },
];
for (const { width, exact } of [native128, ...(process.env.BENCH_WIDE ? wider : [])]) {
  await offer(`C, ${width * 32}-bit${exact ? ', exact' : ''}`, () => {
    const built = buildNative(width, exact);
    compilers[built.name] = built.compiler;
    return (input, operation) => native(built, input, operation);
  });
}

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const run = { ...describeRun(options.command), versions: dependencies, compilers };
printHead(run, skipped);
const earlier = options.add ? readResults(name, run) : undefined;

preemptions();
const start = performance.now();
const { rows, wrong, beyond } = await runGrid({
  shapes: chart ? SWEEP : options.shapes,
  operationsAt: (shape) =>
    options.operations ?? operations.filter((name) => operationsAt(shape).includes(name)),
  effort: options.effort,
  contenders: async (input, operations) => {
    const all = [copy(input), ...backends(kernels, input, operations)];
    for (const operation of operations) {
      all.push(...naive(input, operation));
      for (const make of peers.values()) all.push(...(await make(input, operation)));
    }
    return all.filter(({ placement }) => !chart || placement !== 'copied');
  },
  report: printRows,
});
const seconds = (performance.now() - start) / 1000;
const preempted = preemptions();
printLosses(rows);
printBusy(preempted, seconds);
printErrors(wrong, beyond);
writeResults(name, { ...run, countingRule: COUNTING_RULE, skipped, wrong, beyond, rows }, earlier);
process.exit(wrong.length ? 1 : 0); // the runtimes keep handles open
