import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { readBlocks } from './blocks.ts';
import { InputError } from './errors.ts';
import { type InputOptions, openLogits } from './input/open.ts';
import { namingRows } from './naming.ts';
import type { StreamOptions } from './options.ts';
import { createLines, isLines, type LinesOutput, printLines, printsOverProgress } from './output/lines.ts';
import { createNpy, type NpyOutput } from './output/npy.ts';
import { warnOfName } from './output/npy-format.ts';
import { resolveOutputs } from './output/target.ts';
import { type ProgressBar, showProgress } from './progress.ts';

interface SampleCliOptions extends StreamOptions, InputOptions {
  temperature: number;
  topK?: number;
  topP?: number;
  minP?: number;
  seed?: number;
  firstRow: number;
  out?: string;
  json?: boolean;
}

/**
 * Draws a class for each row of files of logits: as lines, or the ids to a .npy file.
 */
export async function sample(names: readonly string[], options: SampleCliOptions): Promise<void> {
  const logits = await openLogits(names, options);
  let kernels: Kernels | undefined;
  let file: NpyOutput | undefined;
  let lines: LinesOutput | undefined;
  let bar: ProgressBar | undefined;
  try {
    const { path, rows, cols, shape, axis } = logits;
    const { temperature, topK, topP, minP, seed, firstRow, out, json, memory } = options;
    if (cols === 0) throw new InputError(`${path}: expected at least one class, got none`);
    if (topK !== undefined && topK > cols) {
      throw new InputError(`--top-k ${topK}: expected at most the ${cols} classes of ${path}`);
    }
    if (!Number.isSafeInteger(firstRow + rows)) {
      throw new InputError(`--first-row ${firstRow}: expected one from which ${rows} rows are below 2^53`);
    }
    const { out: target } = resolveOutputs({ out }, logits.files);
    kernels = await loadKernels(options.backend);
    const k = kernels;
    const isJson = json || (out !== undefined && isLines(out));
    if (target && isLines(target.path)) lines = await createLines(target);
    else if (target) {
      if (!options.quiet) warnOfName(target);
      file = await createNpy(target, shape.toSpliced(axis, 1), 'i4');
    }
    if (!out || (json && file)) lines = printLines(file !== undefined);
    const quiet = options.quiet || printsOverProgress(out, json);
    bar = showProgress('sample', { rows, cols, quiet });
    for await (const { start, x, hold } of readBlocks(logits, k, { memory, progress: bar.advance })) {
      const draw = { cols, temperature, topK, topP, minP, seed, firstRow: firstRow + start };
      const { ids, logProbs } = namingRows(logits, start, x, () => k.sample(x, draw));
      const line = isJson
        ? (id: number, i: number) => JSON.stringify({ row: start + i, id, logProb: logProbs[i] })
        : (id: number, i: number) => `${start + i}\t${id}\t${logProbs[i].toPrecision(7)}`;
      if (lines) hold(lines.write(Array.from(ids, line)));
      if (file) hold(file.write(ids));
    }
    await lines?.commit();
    await file?.commit();
  } finally {
    bar?.stop();
    await lines?.discard();
    await file?.discard();
    kernels?.close();
    await logits.close();
  }
}
