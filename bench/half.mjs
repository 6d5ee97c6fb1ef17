// npm run bench:half: softmax of half precision beside float32, interleaved, each as a share of the float32 way that it
// stands for: float32 arrays that are copied, or float32 in kernel memory, in place. Writes bench/results/half.json.
import { readOptions } from './cli.mjs';
import { loadBackends } from './contenders.mjs';
import { describeRun, preemptions } from './machine.mjs';
import { measure } from './measure.mjs';
import { formatTime, printBusy, printHead, writeResults } from './report.mjs';

const SHAPES = [
  [256, 1024],
  [1, 128_256],
];
const options = readOptions('bench:half');
const { kernels, skipped } = loadBackends(options.backends ?? ['simd', 'relaxed-simd']);
const run = describeRun(options.command);
printHead(run, skipped);
preemptions();
const start = performance.now();
/** @type {{ rows: number, cols: number, backend: string, way: string, placement: string, ns: number, share: number }[]} */
const results = [];
for (const [backend, k] of kernels) for (const shape of SHAPES) await measureShape(backend, k, ...shape);
printBusy(preemptions(), (performance.now() - start) / 1000);
writeResults('half', { ...run, skipped, rows: results });

async function measureShape(backend, k, rows, cols) {
  const n = rows * cols;
  const x = new Float32Array(n);
  for (let i = 0; i < n; i++) x[i] = 4 * normal();
  const out = new Float32Array(n);
  const views = [k.alloc(n), k.alloc(n)];
  const [inside, result] = views;
  inside.set(x);
  const contenders = [
    contender('float32, copied', () => k.softmax(x, { cols, out })),
    contender('float32, in place', () => k.softmax(inside, { cols, out: result })),
  ];
  for (const [dtype, type] of /** @type {const} */ ([
    ['float16', 'f16'],
    ['bfloat16', 'bf16'],
  ])) {
    const codes = codesOf(k, x, dtype);
    const half = k.alloc(n, type);
    const to = k.alloc(n, type);
    views.push(half, to);
    new Uint16Array(half.buffer, half.byteOffset, n).set(codes);
    contenders.push(
      contender(`${dtype} → float32, copied`, () => k.softmax(codes, { cols, dtype, out })),
      contender(`${dtype} → ${dtype}, in place`, () => k.softmax(half, { cols, dtype, out: to })),
    );
  }
  const timings = await measure(contenders, options.effort);
  contenders.forEach(({ name: way, placement }, i) => {
    const base = timings[placement === 'copied' ? 0 : 1];
    const ratios = Float64Array.from(timings[i].rounds, (ns, round) => base.rounds[round] / ns).sort();
    const [share, ns] = [ratios[ratios.length >> 1], timings[i].median];
    results.push({ rows, cols, backend, way, placement, ns, share });
    console.log(
      `${`${backend} ${rows}x${cols} ${way}`.padEnd(52)} ${formatTime(ns).padStart(9)}  ${share.toFixed(2)}`,
    );
  });
  for (const view of views) k.free(view);
}

/** @returns {import('./measure.mjs').Contender} */
function contender(name, run) {
  const placement = name.endsWith('copied') ? 'copied' : 'in place';
  return { name, operation: 'softmax', placement, run };
}

/** Half precision, as the kernels round. */
function codesOf(k, x, dtype) {
  const codes = new Uint16Array(x.length);
  // A temperature of 1 of one column each: log-sum-exp is the element itself.
  k.logSumExp(x, { cols: 1, dtype, out: codes });
  return codes;
}

function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
