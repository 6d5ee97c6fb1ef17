import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { InputError } from './errors.ts';
import { figuresOf, printFigures } from './figures.ts';
import { identityOf } from './identity.ts';
import { checkLabels, checkShapes } from './labels.ts';
import { openNpyLabels, openNpyLogits } from './npy.ts';
import type { CommonOptions, RowRange } from './options.ts';
import { createOutput, type OutputFile } from './output.ts';
import { formatShard } from './shard.ts';
import { blockRows, type LabelsSource, type LogitsSource } from './source.ts';
import { addBlock, cutRows, type EvalSums, emptySums, tileRows } from './sums.ts';

interface EvalOptions extends CommonOptions {
  temperature: number;
  rows?: RowRange;
  bins?: number;
  partial?: string;
  json?: boolean;
}

const DEFAULT_BINS = 15;

/**
 * Prints accuracy, mean cross-entropy (nats) and perplexity of logits against labels, and writes what `merge` needs
 * to add them to those of other rows.
 */
export async function evaluate(logitsPath: string, labelsPath: string, options: EvalOptions): Promise<void> {
  const { temperature, partial, json } = options;
  const logits = await openNpyLogits(logitsPath);
  let labels: LabelsSource | undefined;
  let kernels: Kernels | undefined;
  let output: OutputFile | undefined;
  try {
    labels = await openNpyLabels(labelsPath);
    checkShapes(logits, labels);
    const range = options.rows ?? { first: 0, count: logits.rows };
    if (range.first + range.count > logits.rows) {
      const given = `--rows ${range.first}:${range.count}`;
      throw new InputError(`${given}: expected rows among the ${logits.rows} of ${logitsPath}`);
    }
    kernels = await loadKernels(options.backend);
    if (partial) output = await createOutput(partial);
    const id = output && (await identityOf(logits, labels));
    const sums = emptySums(options.bins ?? (partial ? DEFAULT_BINS : 0));
    await sumUp(sums, logits, labels, range, kernels, temperature);
    const settings = { classes: logits.cols, temperature, backend: kernels.backend };
    if (output && id) {
      const input = { logits: logitsPath, labels: labelsPath, id, rows: logits.rows, ...range };
      await output.write(Buffer.from(formatShard({ input, settings, sums })));
      await output.commit();
    }
    printFigures(json === true, figuresOf(sums, settings));
  } finally {
    await output?.discard();
    kernels?.close();
    await labels?.close();
    await logits.close();
  }
}

async function sumUp(
  sums: EvalSums,
  logits: LogitsSource,
  labels: LabelsSource,
  { first, count: rows }: RowRange,
  kernels: Kernels,
  temperature: number,
): Promise<void> {
  const { cols } = logits;
  const tile = tileRows(cols);
  const size = Math.max(1, Math.floor(blockRows(logits.rows, cols) / tile)) * tile;
  const block = kernels.alloc(Math.min(size, rows) * cols);
  const labelBlock = new Int32Array(Math.min(size, rows));
  for (const { start, count } of cutRows(first, first + rows, size)) {
    const x = block.subarray(0, count * cols);
    const y = labelBlock.subarray(0, count);
    await labels.readLabels(start, count, y);
    checkLabels(labels.path, start, y, cols);
    await logits.readRows(start, count, x);
    addBlock(sums, kernels, { x, labels: y, cols, start }, temperature);
  }
}
