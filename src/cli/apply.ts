import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { createNpy, openNpyLogits } from './npy.ts';
import type { CommonOptions } from './options.ts';
import { blockRows, blocks } from './source.ts';

/** The operations that turn a matrix of logits into a matrix of the same shape. */
export const APPLY_OPS: Record<'softmax' | 'log-softmax', 'softmax' | 'logSoftmax'> = {
  softmax: 'softmax',
  'log-softmax': 'logSoftmax',
};

interface ApplyOptions extends CommonOptions {
  op: keyof typeof APPLY_OPS;
  temperature: number;
  out: string;
}

/** Applies an operation to each row of a file of logits and writes a float32 .npy of the same shape. */
export async function apply(path: string, options: ApplyOptions): Promise<void> {
  const logits = await openNpyLogits(path);
  let kernels: Kernels | undefined;
  try {
    kernels = await loadKernels(options.backend);
    const { rows, cols } = logits;
    const size = blockRows(rows, cols);
    const block = kernels.alloc(size * cols);
    const out = await createNpy(options.out, logits.shape);
    try {
      for (const { start, count } of blocks(rows, size)) {
        const x = block.subarray(0, count * cols);
        await logits.readRows(start, count, x);
        if (cols > 0) kernels[APPLY_OPS[options.op]](x, { cols, temperature: options.temperature, out: x });
        await out.write(x);
      }
      await out.commit();
    } finally {
      await out.discard();
    }
  } finally {
    kernels?.close();
    await logits.close();
  }
}
