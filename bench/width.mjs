// npm run bench:width -- --node 24: kernels on 128 bits beside those of 'softmax-simd/wide' on 256, interleaved in one
// process. Writes bench/results/width.json.
import { readOptions } from './cli.mjs';
import { backends, loadBackends } from './contenders.mjs';
import { makeInput, shapeText } from './data.mjs';
import { describeRun, preemptions } from './machine.mjs';
import { measure } from './measure.mjs';
import { formatTime, printBusy, printHead, writeResults } from './report.mjs';

const SHAPES = [
  [256, 1024],
  [8, 32_000],
  [1, 131_072],
  [64, 131_072],
  [1000, 64],
  [100_000, 10],
];
/** What is measured at the first shape alone. */
const OPERATIONS = [
  'crossEntropy',
  'crossEntropy + gradient',
  'logSoftmax',
  'logSumExp',
  'sigmoid',
  'logSigmoid',
];
/** Until V8 has optimized what is called, and a while for it to compile. */
const HEAT_MS = 150;

const options = readOptions('bench:width');
const names = options.backends ?? ['simd', 'relaxed-simd'];
const cases = SHAPES.map((sizes) => ({ sizes, operation: 'softmax' }));
cases.push(...OPERATIONS.map((operation) => ({ sizes: SHAPES[0], operation })));

const { kernels: narrow, skipped } = loadBackends(names);
await heat(narrow);
const { reason } = await import('../dist/wide.js');
if (reason !== undefined) {
  console.error(`bench:width: ${reason}`);
  process.exit(2);
}
const { kernels: wide } = loadBackends(names);
await heat(wide);

const run = describeRun(options.command);
printHead(run, skipped);
preemptions();
const start = performance.now();
/** @type {{ rows: number, cols: number, operation: string, backend: string, narrowNs: number, ns: number, ratio: number }[]} */
const results = [];
for (const { sizes, operation } of cases) {
  const input = makeInput(sizes);
  for (const backend of narrow.keys()) {
    const pair = [narrow, wide].map((kernels) => contenderOf(kernels, backend, input, operation));
    const timings = await measure(pair, options.effort);
    const ratios = timings[0].rounds.map((ns, round) => ns / timings[1].rounds[round]).sort((a, b) => a - b);
    const [narrowNs, ns] = timings.map(({ median }) => median);
    const ratio = ratios[ratios.length >> 1];
    results.push({ rows: sizes[0], cols: sizes[1], operation, backend, narrowNs, ns, ratio });
    const what = `${operation} ${shapeText(input)} ${backend}`;
    console.log(`${what.padEnd(52)} ${formatTime(narrowNs)} ${formatTime(ns)} ${ratio.toFixed(2)}x`);
    for (const { free } of pair) free();
  }
}
printBusy(preemptions(), (performance.now() - start) / 1000);
writeResults('width', { ...run, skipped, rows: results });

/** Calls everything until V8 has optimized it. */
async function heat(kernels) {
  for (const { sizes, operation } of cases) {
    const input = makeInput([Math.min(sizes[0], 2000), sizes[1]]);
    for (const backend of kernels.keys()) {
      const { run: call, free } = contenderOf(kernels, backend, input, operation);
      for (let i = 0; i < 2; i++) {
        const end = performance.now() + HEAT_MS / 2;
        do call();
        while (performance.now() < end);
        await new Promise((resolve) => setTimeout(resolve, HEAT_MS / 2));
      }
      free();
    }
  }
}

/** A call in kernel memory. */
function contenderOf(kernels, backend, input, operation) {
  const k = kernels.get(backend);
  if (operation !== 'sigmoid' && operation !== 'logSigmoid') {
    return backends(new Map([[backend, k]]), input, [operation])[0];
  }
  const x = k.alloc(input.x.length);
  const out = k.alloc(input.x.length);
  x.set(input.x);
  const free = () => {
    for (const view of [x, out]) k.free(view);
  };
  return { name: backend, operation, placement: 'in place', run: () => k[operation](x, { out }), free };
}
