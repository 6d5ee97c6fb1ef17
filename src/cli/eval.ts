import { DEFAULT_BINS } from '../arguments/options.ts';
import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { readBlocks } from './blocks.ts';
import { InputError } from './errors.ts';
import { figuresOf, printFigures } from './figures.ts';
import { identityOf } from './identity.ts';
import { type InputOptions, openLabelled } from './input/open.ts';
import type { RowRange, StreamOptions } from './options.ts';
import { createOutput, type OutputFile } from './output/file.ts';
import { type ProgressBar, showProgress } from './progress.ts';
import { formatShard } from './shard.ts';
import { addBlock, emptySums, tileRows } from './sums.ts';

interface EvalOptions extends StreamOptions, InputOptions {
  labels?: string[];
  temperature: number;
  rows?: RowRange;
  bins?: number;
  partial?: string;
  json?: boolean;
}

/**
 * Prints accuracy, mean cross-entropy (nats) and perplexity of logits against labels, and writes what `merge` needs
 * to add them to those of other rows.
 */
export async function evaluate(names: readonly string[], options: EvalOptions): Promise<void> {
  const { temperature, partial, json, memory, quiet } = options;
  const { logits, labels } = await openLabelled('eval', names, options);
  let kernels: Kernels | undefined;
  let output: OutputFile | undefined;
  let bar: ProgressBar | undefined;
  try {
    const { rows, cols } = logits;
    const range = options.rows ?? { first: 0, count: rows };
    const { first, count } = range;
    if (first + count > rows) {
      throw new InputError(`--rows ${first}:${count}: expected rows among the ${rows} of ${logits.path}`);
    }
    kernels = await loadKernels(options.backend);
    if (partial) output = await createOutput(partial);
    const id = output && (await identityOf(logits, labels));
    const sums = emptySums(options.bins ?? (partial ? DEFAULT_BINS : 0));
    bar = showProgress('eval', { rows: count, cols, quiet });
    const progress = bar.advance;
    const tile = tileRows(cols);
    for await (const block of readBlocks(logits, kernels, {
      ...{ memory, labels, first, end: first + count, tile, progress },
    })) {
      addBlock(sums, kernels, { ...block, cols }, temperature);
    }
    const settings = { classes: cols, temperature, backend: kernels.backend };
    if (output && id) {
      const input = { logits: logits.path, labels: labels.path, id, rows, ...range };
      await output.write(Buffer.from(formatShard({ input, settings, sums })));
      await output.commit();
    }
    bar.stop();
    printFigures(json === true, figuresOf(sums, settings));
  } finally {
    bar?.stop();
    await output?.discard();
    kernels?.close();
    await labels.close();
    await logits.close();
  }
}
