/** From what the user names to logits and labels. */
import { existsSync } from 'node:fs';
import { glob, isDynamicPattern } from 'tinyglobby';
import { InputError } from '../errors.ts';
import { checkShapes } from '../labels.ts';
import type { LabelsSource, LogitsSource } from '../source.ts';
import type { ByteSource } from './bytes.ts';
import { type Dtype, FLOATS, INTEGERS } from './dtype.ts';
import { openFile } from './file.ts';
import { openNpy } from './npy.ts';
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
    : { what: 'float16, float32 or float64 logits', types: FLOATS, bfloat16 };
  const open = (name: string): Promise<Tensor> => openTensor(name, wanted, { dtype, shape, tensor });
  return openAll(names, open, (opened) => logitsOf(opened, axis), joinLogits);
}

/** Opens integer labels of any width; otherwise as `openLogits`. `readLabels` throws for a value beyond int32. */
export async function openLabels(
  names: readonly string[],
  options: InputOptions = {},
): Promise<LabelsSource> {
  const wanted: Wanted = { what: 'integer labels', types: INTEGERS, bfloat16: false };
  const raw = { dtype: options.labelsDtype, shape: [-1], tensor: undefined };
  return openAll(names, (name) => openTensor(name, wanted, raw), labelsOf, joinLabels);
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
    labels = await openLabels(others, options);
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
    const missing = wanted.types === INTEGERS ? '--labels-dtype' : dtype ? '--shape' : '--dtype and --shape';
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
    if (isRaw) return openRaw(bytes, dtype as Dtype, shape as readonly number[], wanted);
    return format === 'safetensors' ? openSafetensors(bytes, inside, wanted) : openNpy(bytes, wanted);
  });
}
