import { DEFAULT_BINS } from '../arguments/options.ts';
import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { type Block, type BlockOptions, checkMemory, readBlocks } from './blocks.ts';
import { RowsDigest } from './digest.ts';
import { InputError, printable } from './errors.ts';
import { type EvalSettings, figuresOf, formatFigures } from './figures.ts';
import { identityOf, versionOf } from './identity.ts';
import { type InputOptions, openLabelled } from './input/open.ts';
import type { RowRange, StreamOptions } from './options.ts';
import { createOutput, type OutputFile } from './output/file.ts';
import { printBesides } from './output/stdout.ts';
import { resolveOutputs } from './output/target.ts';
import { type ProgressBar, showProgress } from './progress.ts';
import { formatShard, readShard, type Shard } from './shard.ts';
import type { LogitsSource } from './source.ts';
import { addBlock, type EvalSums, emptySums, tileRows } from './sums.ts';

interface EvalOptions extends StreamOptions, InputOptions {
  labels?: string[];
  temperature: number;
  rows?: RowRange;
  bins?: number;
  partial?: string;
  resume?: boolean;
  json?: boolean;
}

/**
 * Prints accuracy, mean cross-entropy (nats) and perplexity of logits against labels, and writes what `merge` needs
 * to add them to those of other rows.
 */
export async function evaluate(names: readonly string[], options: EvalOptions): Promise<void> {
  const { temperature, partial, resume, json, memory, quiet } = options;
  if (resume && !partial) throw new InputError('eval: --resume goes with --partial');
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
    checkMemory(logits, labels, memory);
    const { partial: target } = resolveOutputs({ partial }, [...logits.files, ...labels.files]);
    kernels = await loadKernels(options.backend);
    if (target) output = await createOutput(target);
    bar = showProgress('eval', { rows: count, cols, quiet });
    const reading = {
      ...{ memory, labels, first, end: first + count, tile: tileRows(cols), progress: bar.advance },
    };
    const settings = { classes: cols, temperature, backend: kernels.backend };
    const bins = options.bins ?? (partial ? DEFAULT_BINS : 0);
    const id = output && (await identityOf(logits, labels));
    const version = versionOf(logits, labels);
    const input = { logits: logits.path, labels: labels.path, version, rows, ...range };
    const before = resume && target && (await readShard(target.path).catch(() => undefined));
    let sums: EvalSums | undefined;
    let digest = '';
    if (before && isFor(before, { ...input, id }, settings, bins)) {
      digest = await readRows(logits, kernels, reading, true);
      if (digest === before.input.digest) sums = before.sums;
    }
    if (sums === undefined) {
      const added = emptySums(bins);
      const k = kernels;
      digest = await readRows(logits, kernels, reading, output !== undefined, (block) => {
        addBlock(added, k, { ...block, cols }, temperature);
      });
      sums = added;
    }
    const isKept = before && sums === before.sums && before.input.version === version;
    if (output && id && !isKept) {
      await output.write(Buffer.from(formatShard({ input: { ...input, id, digest }, settings, sums })));
    }
    bar.stop();
    if (sums.nan) {
      const { rows: many, first: at } = sums.nan;
      process.stderr.write(
        `${printable(logits.locate(at))}: no loss, NaN${many > 1 ? `: the first of ${many} rows` : ''}\n`,
      );
    }
    // Before the shard gets its name: should this fail, there is none.
    await printBesides(formatFigures(json === true, figuresOf(sums, settings)));
    if (!isKept) await output?.commit();
  } finally {
    bar?.stop();
    await output?.discard();
    kernels?.close();
    await labels.close();
    await logits.close();
  }
}

/** Goes through rows; the digest of what they hold, if it is wanted. */
async function readRows(
  logits: LogitsSource,
  kernels: Kernels,
  reading: BlockOptions & { first: number; end: number },
  wantsDigest: boolean,
  each: (block: Block) => void = () => {},
): Promise<string> {
  const digest = wantsDigest ? new RowsDigest(reading.end - reading.first, logits.cols) : undefined;
  try {
    for await (const block of readBlocks(logits, kernels, reading)) {
      digest?.add(block);
      each(block);
    }
    return (await digest?.finish()) ?? '';
  } finally {
    digest?.close();
  }
}

/** Whether a shard is of these rows, evaluated in this way. */
function isFor(
  { input, settings, sums }: Shard,
  { id, rows, first, count }: RowRange & { id: string | undefined; rows: number },
  { classes, temperature, backend }: EvalSettings,
  bins: number,
): boolean {
  const isOfRows = input.id === id && input.rows === rows && input.first === first && input.count === count;
  const isSame =
    settings.classes === classes && settings.temperature === temperature && settings.backend === backend;
  return isOfRows && isSame && (sums.calibration?.bins.length ?? 0) === bins;
}
