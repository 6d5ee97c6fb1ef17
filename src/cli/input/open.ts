/** From what the user names to logits and labels. */
import { existsSync } from 'node:fs';
import { glob, isDynamicPattern } from 'tinyglobby';
import { InputError } from '../errors.ts';
import { checkShapes, ignoring } from '../labels.ts';
import { formatShape, type LabelsSource, type LogitsSource } from '../source.ts';
import type { ByteSource } from './bytes.ts';
import { ANY, type Dtype, INTEGERS, NUMBERS } from './dtype.ts';
import { openFile } from './file.ts';
import { openNpy } from './npy.ts';
import { areOneHot, oneHotLabels } from './one-hot.ts';
import { openRaw } from './raw.ts';
import { openSafetensors } from './safetensors.ts';
import { joinLabels, joinLogits } from './several.ts';
import { openStdin } from './stream.ts';
import { labelsOf, logitsOf, type Tensor, type Wanted } from './tensor.ts';
import { openMember } from './zip.ts';

/** What the files do not say themselves. */
export interface InputOptions {
  /** Of files that are nothing but elements. */
  readonly dtype?: Dtype;
  readonly shape?: readonly number[];
  /** Of labels in such files. */
  readonly labelsDtype?: Dtype;
  /** The member of an archive, or the tensor; `FILE:NAME` goes before it. */
  readonly tensor?: string;
  readonly bfloat16?: boolean;
  /** The label of rows that are not counted. */
  readonly ignoreIndex?: number;
  /** Of logits: which dimension is the classes, from the end if negative; none: the last. */
  readonly axis?: number;
}

/**
 * Opens a matrix of logits: one file, or several as one.
 *
 * @param names paths, patterns, `FILE:NAME`, or `-` for the standard input
 * @throws InputError if one of them cannot be read, or holds something else
 */
export async function openLogits(
  names: readonly string[],
  options: InputOptions = {},
): Promise<LogitsSource> {
  const { bfloat16 = false, dtype, shape, tensor, axis } = options;
  const wanted: Wanted = bfloat16
    ? { what: 'bfloat16 logits (--bfloat16), as uint16', types: ['bfloat16'], bfloat16 }
    : { what: 'float16, float32, float64 or integer logits', types: NUMBERS, bfloat16 };
  const open = (name: string): Promise<Tensor> => openTensor(name, wanted, { dtype, shape, tensor });
  return openAll(names, open, (opened) => checkNotLabels(logitsOf(opened, axis), opened), joinLogits);
}

/** Refuses integers that look like labels, one for each row. */
function checkNotLabels(logits: LogitsSource, { path, dtype, shape }: Tensor): LogitsSource {
  if (!INTEGERS.includes(dtype.name) || (shape.length > 1 && logits.cols !== 1)) return logits;
  throw new InputError(
    `${path}: expected logits, of integers with at least two classes and two dimensions, got what labels look like: ` +
      `${dtype.name} of shape ${formatShape(shape)}`,
  );
}

/**
 * Opens integer labels of any width, or, of `logits` of several classes, one-hot rows of any numbers; otherwise as
 * `openLogits`. `readLabels` throws for a value beyond int32.
 */
export async function openLabels(
  names: readonly string[],
  options: InputOptions = {},
  logits?: LogitsSource,
): Promise<LabelsSource> {
  const wanted: Wanted = logits
    ? { what: 'integer labels, or one-hot rows', types: ANY, bfloat16: false }
    : { what: 'integer labels', types: INTEGERS, bfloat16: false };
  const raw = { dtype: options.labelsDtype, shape: [-1], tensor: undefined };
  const tensors: Tensor[] = [];
  const keep = (tensor: Tensor): LabelsSource => {
    tensors.push(tensor);
    return labelsOf(tensor);
  };
  return openAll(
    names,
    (name) => openTensor(name, wanted, raw),
    keep,
    (sources) => {
      if (logits && areOneHot(tensors, logits, options.axis)) {
        return joinLabels(tensors.map((tensor) => oneHotLabels(logitsOf(tensor, options.axis))));
      }
      for (const { path, dtype } of tensors) {
        if (INTEGERS.includes(dtype.name)) continue;
        throw new InputError(`${path}: expected ${wanted.what}, got ${dtype.name}`);
      }
      return joinLabels(sources);
    },
  );
}

/**
 * Opens logits and their labels: `LOGITS LABELS`, or any number of files of logits and `options.labels`.
 *
 * @throws InputError also if their shapes do not go together
 */
export async function openLabelled(
  command: string,
  names: readonly string[],
  options: InputOptions & { readonly labels?: readonly string[] },
): Promise<{ logits: LogitsSource; labels: LabelsSource }> {
  if (!options.labels && names.length !== 2) {
    throw new InputError(
      `${command}: expected LOGITS and LABELS, or LOGITS... --labels LABELS..., got ${names.length} without --labels`,
    );
  }
  const [some, others] = options.labels ? [names, options.labels] : [[names[0]], [names[1]]];
  if ([...some, ...others].filter((name) => name === '-').length > 1) {
    throw new InputError(`${command}: expected the standard input (-) once`);
  }
  const logits = await openLogits(some, options);
  let labels: LabelsSource | undefined;
  try {
    labels = ignoring(await openLabels(others, options, logits), logits.cols, options.ignoreIndex);
    checkShapes(logits, labels);
    return { logits, labels };
  } catch (error) {
    await labels?.close();
    await logits.close();
    throw error;
  }
}

async function openAll<Source extends { close(): Promise<void> }>(
  names: readonly string[],
  open: (name: string) => Promise<Tensor>,
  toSource: (tensor: Tensor) => Source,
  join: (sources: readonly Source[]) => Source,
): Promise<Source> {
  const found = (await Promise.all(names.map(expand))).flat();
  const sources: Source[] = [];
  try {
    for (const name of found) {
      const tensor = await open(name);
      try {
        sources.push(toSource(tensor));
      } finally {
        // Opened again when it is its turn: there may be more files than a process may open.
        if (found.length > 1 || sources.length === 0) await tensor.bytes.close();
      }
    }
    return join(sources);
  } catch (error) {
    for (const source of sources) await source.close();
    throw error;
  }
}

/** `FILE:NAME` of a file that has names inside. */
function splitName(name: string): { path: string; inside: string | undefined } {
  const [, path, inside] = /^(.+\.(?:npz|safetensors)):(.+)$/is.exec(name) ?? [];
  return path === undefined ? { path: name, inside: undefined } : { path, inside };
}

/** The files that a pattern means, in the order of their names' characters; anything else is a file itself. */
async function expand(name: string): Promise<string[]> {
  const { path, inside } = splitName(name);
  if (!isDynamicPattern(path) || existsSync(path)) return [name];
  const found = await glob(path, { expandDirectories: false, dot: true, onlyFiles: true });
  if (found.length === 0) throw new InputError(`${path}: expected files of this pattern, got none`);
  return found.sort().map((file) => (inside === undefined ? file : `${file}:${inside}`));
}

interface Hints {
  readonly dtype: Dtype | undefined;
  readonly shape: readonly number[] | undefined;
  readonly tensor: string | undefined;
}

async function openTensor(name: string, wanted: Wanted, { dtype, shape, tensor }: Hints): Promise<Tensor> {
  const { path, inside = tensor } = splitName(name);
  const format = /\.(npy|npz|safetensors|bin)$/i.exec(path)?.[1].toLowerCase();
  const isRaw = format === 'bin' || (format === undefined && dtype !== undefined);
  if (isRaw && (dtype === undefined || shape === undefined)) {
    const missing = [ANY, INTEGERS].includes(wanted.types)
      ? '--labels-dtype'
      : dtype
        ? '--shape'
        : '--dtype and --shape';
    throw new InputError(`${path}: expected ${missing}, which a file of bare elements does not say`);
  }
  const expected = `a${isRaw ? '' : ` .${format ?? 'npy'}`} file of ${wanted.what}`;
  const opening = <Bytes extends ByteSource>(bytes: Bytes, open: (bytes: Bytes) => Promise<Tensor>) =>
    open(bytes).catch(async (error) => {
      await bytes.close();
      throw error;
    });
  if (format === 'npz') {
    const file = await openFile(path, expected);
    return opening(file, async () => openNpy(await openMember(file, inside), wanted));
  }
  return opening(path === '-' ? openStdin() : await openFile(path, expected), async (bytes) => {
    if (isRaw) return openRaw(bytes, dtype as Dtype, shape as readonly number[], rawWanted(wanted));
    return format === 'safetensors' ? openSafetensors(bytes, inside, wanted) : openNpy(bytes, wanted);
  });
}

/** Of bare elements the user has said what they are. */
const rawWanted = (wanted: Wanted): Wanted =>
  wanted.types === NUMBERS ? { ...wanted, types: [...NUMBERS, 'uint16'] } : wanted;
