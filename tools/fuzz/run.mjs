// Calls every operation with right and wrong arguments of every kind, on every backend and on threads, with guards
// around every array: an error names the operation and the argument, and nothing is written; or the result is right.
//   npm run fuzz -- [--minutes 1] [--seed N] [--op softmax]
import '../../bench/accuracy/backends.mjs';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { importTypeScript } from '../../bench/accuracy/typescript.mjs';
import * as library from '../../dist/index.js';
import { checkLifecycle } from './lifecycle.mjs';

const { ACCURACY, judge, makeCall, operations } = await importTypeScript('test/calls/index.ts');
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    op: { type: 'string' },
  },
});
const seed = Number(values.seed);
const REGION_BYTES = 4 * 2 ** 20;

/** What is tried: kernels, with a region of their memory for arrays, and the bound of their results. */
const subjects = [];
for (const [name, options] of [
  ['js', { backend: 'js' }],
  ['simd', { backend: 'simd' }],
  ['relaxed-simd', { backend: 'relaxed-simd' }],
  ['simd, 2 threads', { backend: 'simd', threads: 2 }],
  ['js, a small memory', { backend: 'js', maxBytes: 2 ** 20 }],
  ['simd, a small memory', { backend: 'simd', maxBytes: 2 ** 20 }],
]) {
  const k = await library.load(options);
  if (options.threads && k.threads !== options.threads) throw new Error(`fuzz: no threads: ${k.reason}`);
  const floats = k.alloc(options.maxBytes ? 2 ** 17 : REGION_BYTES / 4);
  const region = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  subjects.push({ name, k, region, bound: ACCURACY.steps[options.backend] });
}
subjects.push({ name: 'plain functions', k: library, region: undefined, bound: ACCURACY.steps.simd });

const shape = fc.record({
  rows: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 9 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
  ),
  cols: fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 1, max: 70 }) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 1100 }) },
    { weight: 1, arbitrary: fc.constantFrom(4095, 4096, 4097, 8192, 12289) },
  ),
  seed: fc.nat(),
  wild: fc.boolean(),
  hostile: fc.boolean(),
});

const ops = values.op ? [values.op] : Object.keys(operations);
const end = Date.now() + Number(values.minutes) * 60_000;
let calls = 0;
const findings = new Map();
const lifecycle = await checkLifecycle(library);
calls += lifecycle.calls;
for (const what of lifecycle.findings) {
  findings.set(what, what);
  console.log(`FINDING ${what}`);
}
console.log(
  `seed ${seed}, ${values.minutes} minutes, ${ops.length} operations on ${subjects.map(({ name }) => name).join('; ')}`,
);
for (let round = 0; Date.now() < end; round++) {
  for (const op of ops) {
    for (const { name, k, region, bound } of subjects) {
      if (k[op] === undefined || Date.now() >= end) continue;
      const property = fc.asyncProperty(shape, async (of) => {
        calls++;
        const amiss = await judge(k, makeCall(op, operations[op], of, region), bound);
        if (amiss) throw new Error(amiss);
      });
      const details = await fc.check(property, { seed: (seed + round) | 0, numRuns: 40 });
      if (!details.failed) continue;
      const what = `${op}: ${details.errorInstance?.message}`;
      const key = what.replace(/[\d.e+-]+/g, '#');
      if (findings.has(key)) continue;
      const [of] = details.counterexample;
      findings.set(key, what);
      const { wrong } = makeCall(op, operations[op], of, region);
      console.log(`FINDING ${what}\n  on ${name}, ${wrong ?? 'nothing wrong'}, ${JSON.stringify(of)}`);
    }
  }
}
for (const { k } of subjects) k.close?.();
console.log(`${calls} calls, ${findings.size} findings (seed ${seed})`);
process.exitCode = findings.size > 0 ? 1 : 0;
