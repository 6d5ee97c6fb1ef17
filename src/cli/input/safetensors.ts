/** .safetensors files. Format: https://github.com/huggingface/safetensors#format */
import { InputError, messageOf } from '../errors.ts';
import { formatShape, sizeOf } from '../source.ts';
import type { ByteSource } from './bytes.ts';
import { type DtypeName, dtypeOf } from './dtype.ts';
import { chooseByName } from './named.ts';
import { BRAIN_HINT, type Tensor, type Wanted } from './tensor.ts';

const TYPES: Record<string, DtypeName> = {
  ...{ F16: 'float16', BF16: 'bfloat16', F32: 'float32', F64: 'float64' },
  ...{ I8: 'int8', I16: 'int16', I32: 'int32', I64: 'int64' },
  ...{ U8: 'uint8', U16: 'uint16', U32: 'uint32', U64: 'uint64' },
};
const LENGTH_BYTES = 8;
/** A header takes some 100 bytes a tensor. */
const MAX_HEADER_BYTES = 2 ** 24;
const MAX_DIMS = 64;

/**
 * Opens a tensor of a .safetensors file.
 *
 * @param name none: the only one there is
 * @throws InputError if the file is none, has no such tensor, or it is not what is wanted
 */
export async function openSafetensors(
  file: ByteSource,
  name: string | undefined,
  wanted: Wanted,
): Promise<Tensor> {
  const { size = Infinity } = file;
  const { header, dataStart } = await readHeader(file, size);
  const names = Object.keys(header).filter((key) => key !== '__metadata__');
  const chosen = chooseByName(file.path, 'tensor', names, name);
  const path = `${file.path}:${chosen}`;
  const { dtype: type, shape, start, end } = checkEntry(path, header[chosen]);
  let dtype: DtypeName | undefined = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (wanted.bfloat16 && dtype === 'uint16') dtype = 'bfloat16';
  if (!dtype || !wanted.types.includes(dtype)) {
    const hint = dtype === 'uint16' && wanted.types.includes('bfloat16') ? BRAIN_HINT : '';
    throw new InputError(`${path}: expected ${wanted.what}, got dtype ${type.slice(0, 20)}${hint}`);
  }
  const { size: width } = dtypeOf(dtype, '<');
  if (end - start !== sizeOf(shape) * width) {
    throw new InputError(
      `${path}: expected ${sizeOf(shape) * width} bytes for shape ${formatShape(shape)} of ${type}, got ${end - start}`,
    );
  }
  if (dataStart + end > size) {
    throw new InputError(
      `${path}: truncated .safetensors: expected data up to byte ${dataStart + end}, got a file of ${size} bytes`,
    );
  }
  return { path, bytes: file, start: dataStart + start, dtype: dtypeOf(dtype, '<'), shape };
}

async function readHeader(
  file: ByteSource,
  size: number,
): Promise<{ header: Record<string, unknown>; dataStart: number }> {
  const { path } = file;
  const refuse = (expected: string, got: string): InputError =>
    new InputError(`${path}: expected a .safetensors file: ${expected}, got ${got}`);
  if (size < LENGTH_BYTES) throw refuse('8 bytes of header length', `a file of ${size} bytes`);
  const prefix = Buffer.alloc(LENGTH_BYTES);
  await file.read(prefix, 0);
  const length = prefix.readBigUInt64LE();
  if (length > size - LENGTH_BYTES || length > MAX_HEADER_BYTES) {
    const most = Math.min(size - LENGTH_BYTES, MAX_HEADER_BYTES);
    throw refuse(`a header of at most ${most} bytes`, `${length}`);
  }
  const text = Buffer.alloc(Number(length));
  await file.read(text, LENGTH_BYTES);
  let header: unknown;
  try {
    header = JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw refuse('a header in JSON', messageOf(error).slice(0, 100));
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw refuse('a header that is a JSON object', Array.isArray(header) ? 'an array' : typeof header);
  }
  return { header: header as Record<string, unknown>, dataStart: LENGTH_BYTES + Number(length) };
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes of the data. */
  readonly start: number;
  readonly end: number;
}

function checkEntry(path: string, value: unknown): Entry {
  const refuse = (key: string, expected: string, got: unknown): InputError => {
    const text = JSON.stringify(got) ?? 'nothing';
    return new InputError(`${path}: expected ${expected} as ${key} in the header, got ${text.slice(0, 60)}`);
  };
  if (typeof value !== 'object' || value === null) throw refuse('the tensor', 'an object', value);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const isCount = (item: unknown): item is number => Number.isSafeInteger(item) && (item as number) >= 0;
  if (typeof dtype !== 'string') throw refuse('dtype', 'a string', dtype);
  if (!Array.isArray(shape) || shape.length > MAX_DIMS || !shape.every(isCount)) {
    throw refuse('shape', `at most ${MAX_DIMS} whole numbers`, shape);
  }
  const isRange = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount);
  if (!isRange || offsets[0] > offsets[1]) throw refuse('data_offsets', 'where it begins and ends', offsets);
  return { dtype, shape, start: offsets[0], end: offsets[1] };
}
