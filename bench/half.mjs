// npm run bench:half: softmax of half precision beside float32, interleaved, each as a share of the float32 way that it
// stands for: float32 arrays that are copied, or float32 in kernel memory, in place.
import { parseArgs } from 'node:util';
import { loadSync } from '../dist/index.js';
import { describeRun, preemptions } from './machine.mjs';
import { EFFORT, measure } from './measure.mjs';
import { printBusy } from './report.mjs';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'simd' },
    quick: { type: 'boolean', default: false },
  },
});
const k = loadSync({ backend: /** @type {'simd'} */ (values.backend) });
const { machine, engine, commit } = describeRun('bench:half');
console.log(`${machine}\n${engine}\ncommit ${commit}, ${values.backend}`);
preemptions();
const start = performance.now();

for (const [rows, cols] of [
  [256, 1024],
  [1, 128256],
]) {
  const n = rows * cols;
  const x = new Float32Array(n);
  for (let i = 0; i < n; i++) x[i] = 4 * normal();
  const out = new Float32Array(n);
  const inside = k.alloc(n);
  inside.set(x);
  const result = k.alloc(n);
  const contenders = [
    contender('float32, copied', () => k.softmax(x, { cols, out })),
    contender('float32, in place', () => k.softmax(inside, { cols, out: result })),
  ];
  for (const [dtype, type] of /** @type {const} */ ([
    ['float16', 'f16'],
    ['bfloat16', 'bf16'],
  ])) {
    const codes = codesOf(x, dtype);
    const half = k.alloc(n, type);
    const to = k.alloc(n, type);
    new Uint16Array(half.buffer, half.byteOffset, n).set(codes);
    contenders.push(
      contender(`${dtype} → float32, copied`, () => k.softmax(codes, { cols, dtype, out })),
      contender(`${dtype} → ${dtype}, in place`, () => k.softmax(half, { cols, dtype, out: to })),
    );
  }
  const timings = await measure(contenders, EFFORT[values.quick ? 'quick' : 'full']);
  contenders.forEach(({ name, placement }, i) => {
    const base = timings[placement === 'copied' ? 0 : 1];
    const ratios = Float64Array.from(timings[i].rounds, (ns, round) => base.rounds[round] / ns).sort();
    const [share, time] = [ratios[ratios.length >> 1], timings[i].median / 1000];
    console.log(
      `${`${rows}x${cols} ${name}`.padEnd(40)} ${time.toFixed(1).padStart(8)} µs  ${share.toFixed(2)}`,
    );
  });
}
printBusy(preemptions(), (performance.now() - start) / 1000);

/** @returns {import('./measure.mjs').Contender} */
function contender(name, run) {
  const placement = name.endsWith('copied') ? 'copied' : 'in place';
  return { name, operation: 'softmax', placement, run };
}

/** Half precision, as the kernels round. */
function codesOf(x, dtype) {
  const codes = new Uint16Array(x.length);
  // A temperature of 1 of one column each: log-sum-exp is the element itself.
  k.logSumExp(x, { cols: 1, dtype, out: codes });
  return codes;
}

function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
