import type { Kernels, Sample, SampleStep, XtcOptions } from '../index.ts';
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
  typicalP?: number;
  topNSigma?: number;
  xtc?: XtcOptions;
  order?: readonly SampleStep[];
  logprobs: 'raw' | 'processed' | 'none';
  alternatives?: number;
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
    const { temperature, topK, topP, minP, typicalP, topNSigma, xtc, order, alternatives } = options;
    const { seed, firstRow, out, json, memory, logprobs } = options;
    if (cols === 0) throw new InputError(`${path}: expected at least one class, got none`);
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
      const filters = { temperature, topK, topP, minP, typicalP, topNSigma, xtc, order };
      const draw = { cols, ...filters, logProbs: logprobs, alternatives, seed, firstRow: firstRow + start };
      const drawn = namingRows(logits, start, x, () => k.sample(x, draw));
      const { ids } = drawn;
      const line = (_: number, i: number): string =>
        (isJson ? jsonOf : textOf)(drawn, i, start, alternatives);
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

/** The drawn and the alternatives of row i, as numbers; what is not left is left out. */
function partsOf({ ids, logProbs, alternatives }: Sample, i: number, n = 0) {
  const list: { id: number; logProb: number }[] = [];
  for (let j = i * n; alternatives && j < i * n + n; j++) {
    const { [j]: id } = alternatives.ids;
    if (id >= 0) list.push({ id, logProb: alternatives.logProbs[j] });
  }
  // Without log-probabilities there is no such field, whatever its type says.
  const logProb = (logProbs as Float32Array | undefined)?.[i];
  return {
    id: ids[i],
    ...(logProb !== undefined && { logProb }),
    ...(alternatives && { alternatives: list }),
  };
}

function jsonOf(drawn: Sample, i: number, start: number, n: number | undefined): string {
  return JSON.stringify({ row: start + i, ...partsOf(drawn, i, n) });
}

/** Row, id, log-probability and, each as id:log-probability, the alternatives. */
function textOf(drawn: Sample, i: number, start: number, n: number | undefined): string {
  const { id, logProb, alternatives = [] } = partsOf(drawn, i, n);
  const others = alternatives.map((other) => `${other.id}:${other.logProb.toPrecision(7)}`);
  return [start + i, id, ...(logProb === undefined ? [] : [logProb.toPrecision(7)]), ...others].join('\t');
}
