import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { InputError } from './errors.ts';
import { namingRows } from './naming.ts';
import { createNpy, type NpyOutput, openNpyLogits } from './npy.ts';
import type { CommonOptions } from './options.ts';
import { blockRows, blocks, type LogitsSource } from './source.ts';

/** The operations that turn a matrix of logits into a matrix of the same shape. */
const SAME_SHAPE = { softmax: 'softmax', 'log-softmax': 'logSoftmax', hardmax: 'hardmax' } as const;

export const APPLY_OPS: readonly string[] = [...Object.keys(SAME_SHAPE), 'argmax', 'top-k'];

interface ApplyOptions extends CommonOptions {
  op: keyof typeof SAME_SHAPE | 'argmax' | 'top-k';
  temperature?: number;
  k?: number;
  out?: string;
  values?: string;
  json?: boolean;
}

/** A block of rows, to be worked on. */
interface Block {
  readonly kernels: Kernels;
  readonly x: Float32Array;
  readonly cols: number;
  /** Its first row. */
  readonly start: number;
}

/**
 * Applies an operation to each row of a file of logits. Matrices go to a .npy file; indices, too, or as lines of
 * JSON to the standard output.
 */
export async function apply(path: string, options: ApplyOptions): Promise<void> {
  checkUsage(options);
  const logits = await openNpyLogits(path);
  let kernels: Kernels | undefined;
  const outputs: NpyOutput[] = [];
  try {
    const { rows, cols, shape } = logits;
    const { op, k = 0 } = options;
    const finds = op === 'argmax' || op === 'top-k';
    if (finds && cols === 0) throw new InputError(`${path}: expected at least one class, got none`);
    if (k > cols) throw new InputError(`-k ${k}: expected at most the ${cols} classes of ${path}`);
    kernels = await loadKernels(options.backend);
    const found = op === 'top-k' ? [...shape.slice(0, -1), k] : shape.slice(0, -1);
    if (options.out) outputs.push(await createNpy(options.out, finds ? found : shape, finds ? 'i4' : 'f4'));
    if (options.values) outputs.push(await createNpy(options.values, found));
    const size = blockRows(rows, cols);
    const block = kernels.alloc(size * cols);
    for (const { start, count } of blocks(rows, size)) {
      const x = block.subarray(0, count * cols);
      await logits.readRows(start, count, x);
      const results = compute({ kernels, x, cols, start }, logits, options);
      for (const [i, output] of outputs.entries()) await output.write(results[i]);
      if (options.json) print(results, start, count);
    }
    for (const output of outputs) await output.commit();
  } finally {
    for (const output of outputs) await output.discard();
    kernels?.close();
    await logits.close();
  }
}

/** Which options go together depends on the operation. */
function checkUsage({ op, temperature, k, out, values, json }: ApplyOptions): void {
  const finds = op === 'argmax' || op === 'top-k';
  const refuse = (message: string): never => {
    throw new InputError(`apply --op ${op}: ${message}`);
  };
  if (!finds && !out) refuse("expected '--out <OUT.npy>'");
  if (!finds && json) refuse('--json is for argmax and top-k');
  if (finds && !out && !json) refuse("expected '--out <OUT.npy>' or '--json'");
  if (temperature !== undefined && op !== 'softmax' && op !== 'log-softmax') {
    refuse('the temperature changes nothing');
  }
  if (op === 'top-k' && k === undefined) refuse('expected -k K');
  if (op !== 'top-k' && (k !== undefined || values)) refuse('-k and --values are for top-k');
}

/** What is to be written: for top-k the indices, then the values. */
function compute(
  { kernels, x, cols, start }: Block,
  logits: LogitsSource,
  { op, temperature = 1, k = 1 }: ApplyOptions,
): (Float32Array | Int32Array)[] {
  if (op === 'softmax' || op === 'log-softmax') {
    if (cols > 0) kernels[SAME_SHAPE[op]](x, { cols, temperature, out: x });
    return [x];
  }
  if (op === 'hardmax') {
    if (cols > 0) kernels.hardmax(x, { cols, out: x });
    return [x];
  }
  return namingRows(logits.path, start, x, cols, () => {
    if (op === 'argmax') return [kernels.argmax(x, { cols })];
    const { values, indices } = kernels.topK(x, k, { cols });
    return [indices, values];
  });
}

function print([indices, values]: (Float32Array | Int32Array)[], start: number, count: number): void {
  const k = indices.length / count;
  const lines = Array.from({ length: count }, (_, i) => {
    if (!values) return JSON.stringify({ row: start + i, id: indices[i] });
    const ids = [...indices.subarray(i * k, (i + 1) * k)];
    return JSON.stringify({ row: start + i, ids, values: [...values.subarray(i * k, (i + 1) * k)] });
  });
  if (count > 0) process.stdout.write(`${lines.join('\n')}\n`);
}
