import type { Kernels } from '../index.ts';
import { BACKENDS, loadKernels, tryKernels } from './backends.ts';
import { measure } from './measure.ts';
import type { CommonOptions } from './options.ts';

/** Rows and columns: a small classifier, a large one, and the vocabulary of a language model. */
const SHAPES = [
  { rows: 10000, cols: 16 },
  { rows: 256, cols: 1024 },
  { rows: 8, cols: 32000 },
];
const BUDGET_MS = 700;
const NAIVE = 'naive JS';

/** Largest error let through to the timing: float32 numbers between a result and the correctly rounded one. */
const MAX_STEPS = 2;
/** Probabilities below this may be flushed to 0. */
const SMALLEST_NORMAL: number = 2 ** -126;

interface Contender {
  name: string;
  /** Elements per second, one for each shape. */
  rates: number[];
}

/** Prints the throughput of softmax, one thread, on each backend that this host can run, against naive JS. */
export async function bench(options: CommonOptions & { json?: boolean }): Promise<void> {
  const kernels: Kernels[] = [];
  const skipped: { backend: string; reason: string }[] = [];
  if (options.backend === 'auto') {
    for (const backend of BACKENDS) {
      const tried = tryKernels(backend);
      if (tried.kernels) kernels.push(tried.kernels);
      else skipped.push({ backend, reason: tried.reason });
    }
  } else {
    kernels.push(await loadKernels(options.backend));
  }
  const contenders: Contender[] = [NAIVE, ...kernels.map((k) => k.backend)].map((name) => ({
    name,
    rates: [],
  }));
  for (const shape of SHAPES) {
    const rates = benchShape(shape, kernels);
    contenders.forEach(({ rates: all }, i) => {
      all.push(rates[i]);
    });
  }
  for (const k of kernels) k.close();
  report(options.json === true, contenders, skipped);
}

/** Elements per second of naive JS and of each of the kernels, each checked first. */
function benchShape({ rows, cols }: { rows: number; cols: number }, kernels: readonly Kernels[]): number[] {
  const x = logits(rows * cols);
  const expected = softmaxInFloat64(x, cols);
  const out = new Float32Array(x.length);
  const calls = [() => naiveSoftmax(x, cols, out)];
  const outs: Float32Array[] = [out];
  // One allocation: where memory is not shared, another might detach the first.
  const views = kernels.map((k) => k.alloc(2 * x.length));
  kernels.forEach((k, i) => {
    const [kx, kout] = [views[i].subarray(0, x.length), views[i].subarray(x.length)];
    kx.set(x);
    outs.push(kout);
    calls.push(() => k.softmax(kx, { cols, out: kout }));
  });
  calls.forEach((call, i) => {
    call();
    verify(i === 0 ? NAIVE : kernels[i - 1].backend, outs[i], expected);
  });
  const rates = measure(calls, BUDGET_MS).map((ms) => (1000 * x.length) / ms);
  kernels.forEach((k, i) => {
    k.free(views[i]);
  });
  return rates;
}

/** What one writes without a library. */
function naiveSoftmax(x: Float32Array, cols: number, out: Float32Array): void {
  for (let start = 0; start < x.length; start += cols) {
    const end = start + cols;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) if (x[i] > max) max = x[i];
    let sum = 0;
    for (let i = start; i < end; i++) {
      const e = Math.exp(x[i] - max);
      out[i] = e;
      sum += e;
    }
    for (let i = start; i < end; i++) out[i] /= sum;
  }
}

function softmaxInFloat64(x: Float32Array, cols: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += cols) {
    const row = x.subarray(start, start + cols);
    const max = row.reduce((a, b) => Math.max(a, b));
    const sum = row.reduce((total, value) => total + Math.exp(value - max), 0);
    row.forEach((value, c) => {
      out[start + c] = Math.exp(value - max) / sum;
    });
  }
  return out;
}

function verify(name: string, got: Float32Array, expected: Float64Array): void {
  // Numbers that are not negative stand in the order of their bits.
  const bits = new Int32Array(got.slice().buffer);
  const wanted = new Int32Array(Float32Array.from(expected).buffer);
  const bad = bits.findIndex(
    (b, i) => Math.abs(b - wanted[i]) > MAX_STEPS && !(b === 0 && expected[i] < SMALLEST_NORMAL),
  );
  if (bad < 0) return;
  throw new Error(`${name}: wrong result at element ${bad}: expected ${expected[bad]}, got ${got[bad]}`);
}

/** Standard normal values times 4, the same in every run. */
function logits(length: number): Float32Array {
  let seed = 1;
  const uniform = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed + 1) / 2 ** 32;
  };
  const normal = (): number => 4 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return Float32Array.from({ length }, normal);
}

function report(
  json: boolean,
  contenders: readonly Contender[],
  skipped: readonly { backend: string; reason: string }[],
): void {
  const naive = contenders[0];
  const results = contenders.flatMap(({ name, rates }) =>
    rates.map((rate, i) => ({ name, ...SHAPES[i], elementsPerSecond: rate, ratio: rate / naive.rates[i] })),
  );
  if (json) {
    console.log(JSON.stringify({ operation: 'softmax', results, skipped }));
    return;
  }

  console.log('softmax, float32, one thread: 10^9 elements per second, and how many times naive JS');
  const names = SHAPES.map(({ rows, cols }) => `${rows}×${cols}`.padStart(16));
  console.log(`${''.padEnd(14)}${names.join('')}`);
  for (const { name, rates } of contenders) {
    const cells = rates.map((rate, i) => {
      const ratio = `${(rate / naive.rates[i]).toFixed(1)}×`;
      return `${(rate / 1e9).toFixed(3)}${ratio.padStart(8)}`.padStart(16);
    });
    console.log(`${name.padEnd(14)}${cells.join('')}`);
  }
  for (const { backend, reason } of skipped) console.log(`${backend.padEnd(14)}   skipped: ${reason}`);
}
