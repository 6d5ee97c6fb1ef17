import { arch, cpus } from 'node:os';
import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { readBlocks } from './blocks.ts';
import { InputError, messageOf, printable } from './errors.ts';
import { type InputOptions, openLogits } from './input/open.ts';
import { namingRows } from './naming.ts';
import type { StreamOptions } from './options.ts';
import type { Job } from './output/claim.ts';
import { createLines, isLines, type LinesOutput, printLines, printsOverProgress } from './output/lines.ts';
import { warnOfName } from './output/npy-format.ts';
import { type NpyPlan, openResumable, type ResumableOutput } from './output/resumable.ts';
import { resolveOutputs, type Target } from './output/target.ts';
import { type ProgressBar, showProgress } from './progress.ts';
import type { LogitsSource } from './source.ts';

/** The operations that turn a matrix of logits into a matrix of the same shape. */
const SAME_SHAPE = { softmax: 'softmax', 'log-softmax': 'logSoftmax', hardmax: 'hardmax' } as const;

export const APPLY_OPS: readonly string[] = [...Object.keys(SAME_SHAPE), 'argmax', 'top-k'];

/** What `--out-dtype` may be, and how a file has it. */
export const OUT_TYPES = { float32: 'f4', float16: 'f2', bfloat16: 'u2' } as const;

interface ApplyOptions extends StreamOptions, InputOptions {
  op: keyof typeof SAME_SHAPE | 'argmax' | 'top-k';
  temperature?: number;
  k?: number;
  out?: string;
  outDtype?: keyof typeof OUT_TYPES;
  values?: string;
  resume?: boolean;
  json?: boolean;
}

/** What becomes of the results of a block. */
interface Sinks {
  readonly files: ResumableOutput | undefined;
  readonly lines: LinesOutput | undefined;
}

/**
 * Applies an operation to each row of files of logits. Matrices go to a .npy file; indices, too, or as lines of
 * JSON to a file or to the standard output.
 */
export async function apply(names: readonly string[], options: ApplyOptions): Promise<void> {
  checkUsage(options);
  const logits = await openLogits(names, options);
  let kernels: Kernels | undefined;
  let sinks: Sinks = { files: undefined, lines: undefined };
  let bar: ProgressBar | undefined;
  try {
    const { path, cols, rows } = logits;
    const { op, k = 0 } = options;
    const finds = op === 'argmax' || op === 'top-k';
    if (finds && cols === 0) throw new InputError(`${path}: expected at least one class, got none`);
    if (k > cols) throw new InputError(`-k ${k}: expected at most the ${cols} classes of ${path}`);
    kernels = await loadKernels(options.backend);
    sinks = await openSinks(logits, kernels, options);
    const { files, lines } = sinks;
    const first = files?.firstRow ?? 0;
    const { memory, out, json } = options;
    const quiet = options.quiet || printsOverProgress(out, json);
    bar = showProgress(op, { rows, cols, first, quiet });
    for await (const block of readBlocks(logits, kernels, { memory, first, progress: bar.advance })) {
      const { start, count, x, hold } = block;
      const results = compute(kernels, logits, start, x, options);
      if (lines) hold(lines.write(formatLines(results, start, count)));
      // Last: what is written as float16 or bfloat16 is overwritten by it.
      if (files) hold(files.write(count, results));
    }
    if (cols === 0) await files?.write(rows - first, [new Float32Array()]);
    await lines?.commit();
    await files?.commit();
    if (out && !options.quiet) {
      const written = files?.written ?? `${out}, ${rows} lines`;
      bar.stop();
      process.stderr.write(`wrote ${printable(written)}\n`);
    }
  } catch (error) {
    const kept = await sinks.files?.stop(!(error instanceof InputError));
    if (kept) throw new Error(`${messageOf(error)}; ${kept}`);
    throw error;
  } finally {
    bar?.stop();
    await sinks.files?.stop(false);
    await sinks.lines?.discard();
    kernels?.close();
    await logits.close();
  }
}

/** Which options go together depends on the operation. */
function checkUsage({ op, temperature, k, out, outDtype, values, resume, json }: ApplyOptions): void {
  const finds = op === 'argmax' || op === 'top-k';
  const refuse = (message: string): never => {
    throw new InputError(`apply --op ${op}: ${message}`);
  };
  if (!finds && !out) refuse("expected '--out <OUT.npy>'");
  if (!finds && json) refuse('--json is for argmax and top-k');
  if (!finds && isLines(out as string)) refuse('lines of JSON are for argmax and top-k');
  if (finds && !out && !json) refuse("expected '--out <OUT.npy>' or '--json'");
  if (temperature !== undefined && op !== 'softmax' && op !== 'log-softmax') {
    refuse('the temperature changes nothing');
  }
  if (op === 'top-k' && k === undefined) refuse('expected -k K');
  if (op !== 'top-k' && (k !== undefined || values)) refuse('-k and --values are for top-k');
  if (values && (!out || isLines(out))) refuse("--values goes with '--out <OUT.npy>'");
  if (finds && outDtype && !values)
    refuse('indices are int32: --out-dtype is for probabilities and --values');
  if (resume && (json || !out || isLines(out)))
    refuse("--resume goes with '--out <OUT.npy>', without --json");
}

async function openSinks(logits: LogitsSource, kernels: Kernels, options: ApplyOptions): Promise<Sinks> {
  const { json, resume = false } = options;
  const { out, values } = resolveOutputs({ out: options.out, values: options.values }, logits.files);
  if (!out) return { files: undefined, lines: printLines() };
  if (isLines(out.path)) return { files: undefined, lines: await createLines(out) };
  if (!options.quiet) {
    warnOfName(out);
    if (values) warnOfName(values);
  }
  const { rows, identity } = logits;
  if (resume && identity === undefined) throw new InputError(`--resume: ${logits.path} cannot be read again`);
  const job = jobOf(logits, kernels, options);
  const plans = planFiles(logits, options, out, values);
  const files = await openResumable(plans, { rows, job, resume, keep: identity !== undefined });
  if (files.firstRow > 0 && !options.quiet) {
    process.stderr.write(`continuing ${printable(out.path)} at row ${files.firstRow} of ${rows}\n`);
  }
  return { files, lines: json ? printLines(true) : undefined };
}

function planFiles(
  { shape, axis }: LogitsSource,
  { op, k = 0, outDtype = 'float32' }: ApplyOptions,
  out: Target,
  values: Target | undefined,
): NpyPlan[] {
  const type = OUT_TYPES[outDtype];
  if (op !== 'argmax' && op !== 'top-k') return [{ target: out, shape, axis, type }];
  const found = op === 'top-k' ? { shape: shape.with(axis, k), axis } : { shape: shape.toSpliced(axis, 1) };
  const ids: NpyPlan = { target: out, ...found, type: 'i4' };
  return values ? [ids, { target: values, ...found, type }] : [ids];
}

/** What the bits of the result depend on. */
function jobOf(logits: LogitsSource, { backend }: Kernels, options: ApplyOptions): Job {
  const { op, temperature = 1, k = 0, out = '', outDtype = 'float32', values = '' } = options;
  // The others give the same bits on every engine and machine.
  const engine =
    backend === 'relaxed-simd' ? `${arch()}, ${process.versions.v8}, ${cpus()[0]?.model}` : 'any';
  return {
    ...{ input: logits.identity ?? '', op, temperature: String(temperature), k },
    ...{ outputs: JSON.stringify([out, values]), type: outDtype, backend, engine },
  };
}

/** What is to be written: for top-k the indices, then the values. */
function compute(
  kernels: Kernels,
  logits: LogitsSource,
  start: number,
  x: Float32Array,
  { op, temperature = 1, k = 1, values: wantsValues, out, json }: ApplyOptions,
): (Float32Array | Int32Array)[] {
  const { cols } = logits;
  if (op === 'softmax' || op === 'log-softmax') {
    return [kernels[SAME_SHAPE[op]](x, { cols, temperature, out: x })];
  }
  if (op === 'hardmax') return [kernels.hardmax(x, { cols, out: x })];
  return namingRows(logits, start, x, () => {
    if (op === 'argmax') return [kernels.argmax(x, { cols })];
    const { values, indices } = kernels.topK(x, k, { cols });
    return wantsValues || json || !out || isLines(out) ? [indices, values] : [indices];
  });
}

function formatLines(
  [indices, values]: readonly (Float32Array | Int32Array)[],
  start: number,
  count: number,
): string[] {
  const k = indices.length / count;
  return Array.from({ length: count }, (_, i) => {
    if (!values) return JSON.stringify({ row: start + i, id: indices[i] });
    const ids = [...indices.subarray(i * k, (i + 1) * k)];
    return JSON.stringify({ row: start + i, ids, values: [...values.subarray(i * k, (i + 1) * k)] });
  });
}
