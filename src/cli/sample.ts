import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { InputError } from './errors.ts';
import { namingRows } from './naming.ts';
import { createNpy, type NpyOutput, openNpyLogits } from './npy.ts';
import type { CommonOptions } from './options.ts';
import { blockRows, blocks } from './source.ts';

interface SampleCliOptions extends CommonOptions {
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
 * Draws a class for each row of a file of logits: as lines to the standard output, or the ids to a .npy file.
 */
export async function sample(path: string, options: SampleCliOptions): Promise<void> {
  const logits = await openNpyLogits(path);
  let kernels: Kernels | undefined;
  let output: NpyOutput | undefined;
  try {
    const { rows, cols, shape } = logits;
    const { temperature, topK, topP, minP, seed, firstRow, out, json } = options;
    if (cols === 0) throw new InputError(`${path}: expected at least one class, got none`);
    if (topK !== undefined && topK > cols) {
      throw new InputError(`--top-k ${topK}: expected at most the ${cols} classes of ${path}`);
    }
    kernels = await loadKernels(options.backend);
    if (out) output = await createNpy(out, shape.slice(0, -1), 'i4');
    const size = blockRows(rows, cols);
    const block = kernels.alloc(size * cols);
    for (const { start, count } of blocks(rows, size)) {
      const x = block.subarray(0, count * cols);
      await logits.readRows(start, count, x);
      const draw = { cols, temperature, topK, topP, minP, seed, firstRow: firstRow + start };
      const { ids, logProbs } = namingRows(path, start, x, cols, () => (kernels as Kernels).sample(x, draw));
      await output?.write(ids);
      if (json) print(ids, (id, i) => JSON.stringify({ row: start + i, id, logProb: logProbs[i] }));
      else if (!output) print(ids, (id, i) => `${start + i}\t${id}\t${logProbs[i].toPrecision(7)}`);
    }
    await output?.commit();
  } finally {
    await output?.discard();
    kernels?.close();
    await logits.close();
  }
}

function print(ids: Int32Array, line: (id: number, i: number) => string): void {
  if (ids.length > 0) process.stdout.write(`${Array.from(ids, line).join('\n')}\n`);
}
