/** .npy files, wherever their bytes come from. Nothing here is Node's own: pages read such files, too. */
import { InputError } from '../errors.ts';
import { formatShape, sizeOf } from '../source.ts';
import type { ByteSource } from './bytes.ts';
import { type Dtype, dtypeOf, parseDtype } from './dtype.ts';
import { headerSpan, LONG_PREFIX_BYTES, PREFIX_BYTES, parseHeader } from './npy-header.ts';
import { BRAIN_HINT, type Tensor, type Wanted } from './tensor.ts';

/** What the kinds of dtype are called, by the letter in `descr`. */
const KINDS: Record<string, string> = {
  ...{ b: 'bool', f: 'float', c: 'complex', i: 'int', u: 'uint' },
  ...{ O: 'object', S: 'bytes', a: 'bytes', U: 'string', V: 'void', M: 'datetime', m: 'timedelta' },
};

/**
 * Reads the header of a .npy and checks it against the size.
 *
 * @throws InputError if it is none, or holds what is not supported
 */
export async function openNpy(bytes: ByteSource, wanted: Wanted): Promise<Tensor> {
  const { path, size = Infinity } = bytes;
  let prefix = await readAt(bytes, 0, Math.min(PREFIX_BYTES, size));
  if (prefix[6] > 1 && size > PREFIX_BYTES) {
    const more = Math.min(LONG_PREFIX_BYTES, size) - PREFIX_BYTES;
    prefix = Uint8Array.of(...prefix, ...(await readAt(bytes, PREFIX_BYTES, more)));
  }
  const span = headerSpan(path, prefix, size);
  const text = await readAt(bytes, span.start, span.end - span.start);
  const { descr, fortranOrder, shape } = parseHeader(path, new TextDecoder(span.encoding).decode(text));

  const dtype = toDtype(descr, wanted.bfloat16);
  if (!dtype || !wanted.types.includes(dtype.name)) {
    const hint = dtype?.name === 'uint16' && wanted.types.includes('bfloat16') ? BRAIN_HINT : '';
    throw new InputError(`${path}: expected ${wanted.what}, got dtype '${descr}'${describe(descr)}${hint}`);
  }
  const dataBytes = sizeOf(shape) * dtype.size;
  if (size !== Infinity && span.end + dataBytes !== size) {
    const got = size - span.end;
    const what = got < dataBytes ? 'truncated .npy' : 'trailing bytes';
    throw new InputError(
      `${path}: ${what}: expected ${dataBytes} bytes of data for shape ${formatShape(shape)} of '${descr}', got ${got}`,
    );
  }
  return { path, bytes, start: span.end, dtype, shape, isFortran: fortranOrder };
}

async function readAt(bytes: ByteSource, position: number, length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length);
  await bytes.read(into, position);
  return into;
}

/** numpy has no bfloat16: it is stored as uint16, or as the two bytes (`V2`) that ml_dtypes makes of it. */
function toDtype(descr: string, bfloat16: boolean): Dtype | undefined {
  const [, order] = /^([<>|])[uV]2$/.exec(descr) ?? [];
  if (bfloat16 && order) return dtypeOf('bfloat16', order === '>' ? '>' : '<');
  return /^[<>|]/.test(descr) ? parseDtype(descr) : undefined;
}

/** A dtype in words, e.g. ` (complex64)`. */
function describe(descr: string): string {
  const [, kind, width] = /^[<>|]([A-Za-z])(\d*)/.exec(descr) ?? [];
  if (!KINDS[kind]) return '';
  return ` (${KINDS[kind]}${Number(width) && /[fciu]/.test(kind) ? Number(width) * 8 : ''})`;
}
