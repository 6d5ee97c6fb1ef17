import { sizeOf } from '../source.ts';
import { createOutput, type OutputFile } from './file.ts';
import { elementBytes, formatHeader, type OutputType } from './npy-format.ts';
import type { Target } from './target.ts';

/** A .npy file of numbers being written; see `OutputFile`. */
export interface NpyOutput extends Omit<OutputFile, 'write'> {
  /** Appends elements. As float16 or bfloat16 they are overwritten. */
  write(elements: Float32Array | Int32Array): Promise<void>;
}

/**
 * Starts a .npy file, version 1.0, in C order and this machine's byte order.
 *
 * @throws InputError as `createOutput` does; `commit` throws unless the shape has been filled.
 */
export async function createNpy(
  target: Target,
  shape: readonly number[],
  type: OutputType = 'f4',
): Promise<NpyOutput> {
  const file = await createOutput(target);
  let missing = sizeOf(shape);
  await file.write(formatHeader(shape, type)).catch(async (error) => {
    await file.discard();
    throw error;
  });
  return {
    write(elements) {
      missing -= elements.length;
      return file.write(elementBytes(elements, type));
    },
    async commit() {
      if (missing !== 0) throw new Error(`${target.path}: expected ${missing} more elements`);
      await file.commit();
    },
    discard: () => file.discard(),
  };
}
