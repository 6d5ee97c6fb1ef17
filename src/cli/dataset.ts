/** Logits and labels that are gone over several times: in memory if they fit there, otherwise read each time. */
import type { Kernels } from '../index.ts';
import { fitsMemory, formatMemory, readBlocks } from './blocks.ts';
import { InputError } from './errors.ts';
import { checkLabels } from './labels.ts';
import { showProgress } from './progress.ts';
import type { LabelsSource, LogitsSource } from './source.ts';
import { type EvalBlock, tileRows } from './sums.ts';

export interface Dataset {
  readonly logits: LogitsSource;
  readonly labels: LabelsSource;
  /** All rows, from the first to the last. A block is done with before the next is asked for. */
  pass(label: string): AsyncIterable<EvalBlock>;
  /** Lets go of the memory. */
  free(): void;
}

/** @throws InputError if data that cannot be read again does not fit the memory */
export function toDataset(
  logits: LogitsSource,
  labels: LabelsSource,
  kernels: Kernels,
  { memory, quiet }: { memory: number; quiet?: boolean },
): Dataset {
  const { rows, cols } = logits;
  const fits = fitsMemory(logits, memory);
  for (const { path, rereadable } of [logits, labels]) {
    if (fits || rereadable) continue;
    throw new InputError(
      `${path}: expected data that fits --memory ${formatMemory(memory)}, since it cannot be read twice, ` +
        `got ${rows} rows of ${cols} classes`,
    );
  }
  let whole: Float32Array | undefined;
  const load = async (): Promise<EvalBlock> => {
    const isLoaded = whole !== undefined;
    whole ??= kernels.alloc(rows * (cols + 1));
    const x = whole.subarray(0, rows * cols);
    const y = new Int32Array(whole.buffer, whole.byteOffset + x.byteLength, rows);
    if (!isLoaded) {
      await labels.readLabels(0, rows, y);
      checkLabels(labels.path, 0, y, cols);
      await logits.readRows(0, rows, x);
    }
    return { x, labels: y, cols, start: 0 };
  };
  return {
    ...{ logits, labels },
    async *pass(label) {
      if (fits) {
        yield await load();
        return;
      }
      const bar = showProgress(label, { rows, cols, quiet });
      try {
        const options = { memory, labels, tile: tileRows(cols), progress: bar.advance };
        for await (const block of readBlocks(logits, kernels, options)) yield { ...block, cols };
      } finally {
        bar.stop();
      }
    },
    free() {
      if (whole) kernels.free(whole);
      whole = undefined;
    },
  };
}
