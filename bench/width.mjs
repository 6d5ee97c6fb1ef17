// npm run bench:width -- --node 24: kernels on 128 bits beside those of 'softmax-simd/wide' on 256, and native code with the
// same polynomial and sums, interleaved in one process. Writes bench/results/width.json.
import { readOptions } from './cli.mjs';
import { backends } from './contenders.mjs';
import { makeInput, shapeText } from './data.mjs';
import { describeRun, preemptions } from './machine.mjs';
import { measure } from './measure.mjs';
import { buildNative, native } from './native/native.mjs';
import { formatTime, printBusy, printHead, writeResults } from './report.mjs';
import { loadWidths } from './widths.mjs';

const SHAPES = [
  [256, 1024],
  [8, 32_000],
  [1, 131_072],
  [64, 131_072],
  [1000, 64],
  [100_000, 10],
];
/** Calls that other benchmarks have no use for: in kernel memory, with a target of as many numbers. */
const OWN = {
  'crossEntropy of probabilities': (k, { x, target }, cols) => k.crossEntropy(x, target, { cols }),
  binaryCrossEntropy: (k, { x, target }) => k.binaryCrossEntropy(x, target),
  'softmax, float16 in and out': (k, { half }, cols) => k.softmax(half, { cols, out: half }),
  sigmoid: (k, { x, out }) => k.sigmoid(x, { out }),
  logSigmoid: (k, { x, out }) => k.logSigmoid(x, { out }),
};
/** What is measured at the first shape alone. */
const OPERATIONS = [
  'crossEntropy',
  'crossEntropy + gradient',
  'logSoftmax',
  'logSumExp',
  ...Object.keys(OWN),
];
const options = readOptions('bench:width');
const names = options.backends ?? ['simd', 'relaxed-simd'];
const cases = SHAPES.map((sizes) => ({ sizes, operation: 'softmax' }));
cases.push(...OPERATIONS.map((operation) => ({ sizes: SHAPES[0], operation })));

const { narrow, wide, skipped } = await loadWidths(names, function* (kernels) {
  for (const { sizes, operation } of cases) {
    const input = makeInput([Math.min(sizes[0], 2000), sizes[1]]);
    for (const backend of kernels.keys()) yield contenderOf(kernels, backend, input, operation);
  }
});
if (wide.size === 0) {
  console.error(`bench:width: ${skipped.map(({ name, reason }) => `no ${name}: ${reason}`).join('; ')}`);
  process.exit(2);
}

const run = describeRun(options.command);
printHead(run, skipped);
preemptions();
const start = performance.now();
/** @type {{ rows: number, cols: number, operation: string, backend: string, narrowNs: number, ns: number, ratio: number,
 *   nativeNs?: number, vsNative?: number }[]} */
const results = [];
const compiled = buildNative(8, true);
for (const { sizes, operation } of cases) {
  const input = makeInput(sizes);
  for (const backend of narrow.keys()) {
    const pair = [narrow, wide].map((kernels) => contenderOf(kernels, backend, input, operation));
    const contenders = [...pair, ...(await native(compiled, input, operation))];
    const timings = await measure(contenders, options.effort);
    const [narrowNs, ns, nativeNs] = timings.map(({ median }) => median);
    const ratioOf = (other) => {
      const ratios = other.rounds.map((time, round) => time / timings[1].rounds[round]).sort((a, b) => a - b);
      return ratios[ratios.length >> 1];
    };
    const ratio = ratioOf(timings[0]);
    const vsNative = timings[2] && ratioOf(timings[2]);
    results.push({
      rows: sizes[0],
      cols: sizes[1],
      operation,
      backend,
      narrowNs,
      ns,
      ratio,
      nativeNs,
      vsNative,
    });
    const what = `${operation} ${shapeText(input)} ${backend}`;
    const beside = vsNative ? `   ${vsNative.toFixed(2)} of native code's speed` : '';
    console.log(`${what.padEnd(52)} ${formatTime(narrowNs)} ${formatTime(ns)} ${ratio.toFixed(2)}x${beside}`);
    for (const { free } of contenders) free();
  }
}
printBusy(preemptions(), (performance.now() - start) / 1000);
const { name, compiler } = compiled;
writeResults('width', { ...run, skipped, compilers: { [name]: compiler }, rows: results });

/** A call in kernel memory. */
function contenderOf(kernels, backend, input, operation) {
  const k = kernels.get(backend);
  const own = OWN[operation];
  if (!own) return backends(new Map([[backend, k]]), input, [operation])[0];
  const { length } = input.x;
  const views = {
    x: k.alloc(length),
    target: k.alloc(length),
    out: k.alloc(length),
    half: k.alloc(length, 'f16'),
  };
  views.x.set(input.x);
  views.target.fill(1 / input.cols);
  const free = () => {
    for (const view of Object.values(views)) k.free(view);
  };
  return { name: backend, operation, placement: 'in place', run: () => own(k, views, input.cols), free };
}
