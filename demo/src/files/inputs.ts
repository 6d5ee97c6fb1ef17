/** Which of the tensors in the files given are logits, and which are labels: as the command line opens them. */
import { Buffer } from 'buffer';
import { InputError } from '../../../src/cli/errors.ts';
import type { ByteSource } from '../../../src/cli/input/bytes.ts';
import { FLOATS, INTEGERS } from '../../../src/cli/input/dtype.ts';
import { openNpy } from '../../../src/cli/input/npy.ts';
import { openSafetensors } from '../../../src/cli/input/safetensors.ts';
import type { Tensor, Wanted } from '../../../src/cli/input/tensor.ts';
import { bytesOf } from './bytes.ts';
import { openNpz } from './npz.ts';

// The command line's code for safetensors runs here too, and takes Node's buffers for granted.
globalThis.Buffer ??= Buffer as unknown as typeof globalThis.Buffer;

export interface Inputs {
  readonly logits: Tensor | undefined;
  readonly labels: Tensor | undefined;
}

const LOGITS: Wanted = { what: 'float16, float32 or float64 logits', types: FLOATS, bfloat16: false };
const LABELS: Wanted = { what: 'integer labels', types: INTEGERS, bfloat16: false };

/** @throws InputError if a file is none of those that are read, or there are several to choose from */
export async function findInputs(files: readonly File[]): Promise<Inputs> {
  const logits: Tensor[] = [];
  const labels: Tensor[] = [];
  for (const file of files) {
    for (const open of await openersOf(file)) {
      // What is no integer is for the logits to accept, or to refuse.
      const integers = await open(LABELS).catch(() => undefined);
      if (integers) labels.push(integers);
      else logits.push(await open(LOGITS));
    }
  }
  return { logits: only('logits', logits), labels: only('labels', labels) };
}

type Opener = (wanted: Wanted) => Promise<Tensor>;

/** One for each tensor of a file. */
async function openersOf(file: File): Promise<Opener[]> {
  const bytes = bytesOf(file);
  if (/\.npz$/i.test(file.name)) {
    return (await openNpz(file)).map((member) => (wanted) => openNpy(member, wanted));
  }
  if (/\.safetensors$/i.test(file.name)) {
    const names = await tensorNames(bytes);
    return names.map((name) => (wanted) => openSafetensors(bytes, name, wanted));
  }
  return [(wanted) => openNpy(bytes, wanted)];
}

/** Of a file that is damaged none: to open it then says in what way. */
async function tensorNames(bytes: ByteSource): Promise<(string | undefined)[]> {
  try {
    const prefix = new Uint8Array(8);
    await bytes.read(prefix, 0);
    const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
    const text = new Uint8Array(Math.min(length, bytes.size ?? 0));
    await bytes.read(text, 8);
    return Object.keys(JSON.parse(new TextDecoder().decode(text))).filter((name) => name !== '__metadata__');
  } catch {
    return [undefined];
  }
}

/** The only one there is, or the one so named. */
function only(name: string, found: readonly Tensor[]): Tensor | undefined {
  if (found.length <= 1) return found[0];
  const named = found.filter(({ path }) => path.toLowerCase().includes(name));
  if (named.length === 1) return named[0];
  const list = found.map(({ path }) => path).join(', ');
  throw new InputError(
    `expected one tensor of ${name}, or one that is named so, got ${found.length}: ${list}`,
  );
}
