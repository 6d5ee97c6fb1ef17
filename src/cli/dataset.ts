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
  let fits = fitsMemory(logits, labels, memory);
  let whole: Float32Array | undefined;
  let isLoaded = false;
  const checkRereadable = (): void => {
    for (const { path, rereadable } of [logits, labels]) {
      if (fits || rereadable) continue;
      throw new InputError(
        `${path}: expected data that fits --memory ${formatMemory(memory)}, since it cannot be read twice, ` +
          `got ${rows} rows of ${cols} classes`,
      );
    }
  };
  checkRereadable();
  const load = async (all: Float32Array): Promise<EvalBlock> => {
    const x = all.subarray(0, rows * cols);
    const y = new Int32Array(all.buffer, all.byteOffset + x.byteLength, rows);
    if (!isLoaded) {
      await labels.readLabels(0, rows, y);
      checkLabels(labels.path, 0, y, cols, labels.ignored);
      await logits.readRows(0, rows, x);
    }
    isLoaded = true;
    return { x, labels: y, cols, start: 0 };
  };
  return {
    ...{ logits, labels },
    async *pass(label) {
      if (fits) whole ??= allocate(kernels, rows * (cols + 1));
      if (whole) {
        yield await load(whole);
        return;
      }
      fits = false;
      checkRereadable();
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

/** Room in the kernels' memory, as far as that can grow. */
function allocate(kernels: Kernels, length: number): Float32Array | undefined {
  try {
    return kernels.alloc(length);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
