import type { Kernels } from '../index.ts';
import { BACKENDS, loadKernels, tryKernels } from './backends.ts';
import { NAIVE } from './naive.ts';
import type { CommonOptions } from './options.ts';
import { print } from './output/stdout.ts';
import { race, type Shape } from './race.ts';

/** Rows and columns: a small classifier, a large one, and the vocabulary of a language model. */
const SHAPES: readonly Shape[] = [
  { rows: 10000, cols: 16 },
  { rows: 256, cols: 1024 },
  { rows: 8, cols: 32000 },
];
const BUDGET_MS = 700;

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
    const timings = race(shape, kernels, BUDGET_MS);
    contenders.forEach(({ rates }, i) => {
      rates.push((1000 * shape.rows * shape.cols) / timings[i]);
    });
  }
  for (const k of kernels) k.close();
  await print(report(options.json === true, contenders, skipped));
}

function report(
  json: boolean,
  contenders: readonly Contender[],
  skipped: readonly { backend: string; reason: string }[],
): string {
  const naive = contenders[0];
  const results = contenders.flatMap(({ name, rates }) =>
    rates.map((rate, i) => ({ name, ...SHAPES[i], elementsPerSecond: rate, ratio: rate / naive.rates[i] })),
  );
  if (json) return `${JSON.stringify({ operation: 'softmax', results, skipped })}\n`;

  const lines = ['softmax, float32, one thread: 10^9 elements per second, and how many times naive JS'];
  const names = SHAPES.map(({ rows, cols }) => `${rows}×${cols}`.padStart(16));
  lines.push(`${''.padEnd(14)}${names.join('')}`);
  for (const { name, rates } of contenders) {
    const cells = rates.map((rate, i) => {
      const ratio = `${(rate / naive.rates[i]).toFixed(1)}×`;
      return `${(rate / 1e9).toFixed(3)}${ratio.padStart(8)}`.padStart(16);
    });
    lines.push(`${name.padEnd(14)}${cells.join('')}`);
  }
  for (const { backend, reason } of skipped) lines.push(`${backend.padEnd(14)}   skipped: ${reason}`);
  return `${lines.join('\n')}\n`;
}
