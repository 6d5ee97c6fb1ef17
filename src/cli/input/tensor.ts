/** Tensors in files, and their elements as the kernels want them. */
import { InputError } from '../errors.ts';
import { formatShape, type LabelsSource, type LogitsSource, sizeOf } from '../source.ts';
import type { ByteSource } from './bytes.ts';
import { type Dtype, type DtypeName, swapBytes } from './dtype.ts';
import { widenBrain, widenHalf } from './half.ts';

/** Elements in C order. */
export interface Tensor {
  readonly path: string;
  readonly bytes: ByteSource;
  /** Where its first byte is. */
  readonly start: number;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** Bytes converted at a time where elements in the file are larger than those asked for. */
const SCRATCH_BYTES = 2 ** 20;

/** What the elements of a tensor should be. */
export interface Wanted {
  /** In words, for messages. */
  readonly what: string;
  readonly types: readonly DtypeName[];
  /** Take uint16 for bfloat16. */
  readonly bfloat16: boolean;
}

/** A matrix of logits: the last dimension is the classes, the others are the rows. */
export function logitsOf(tensor: Tensor): LogitsSource {
  const { path, bytes, shape } = tensor;
  const cols = shape.at(-1);
  const rows = sizeOf(shape.slice(0, -1));
  if (cols === undefined || !Number.isSafeInteger(rows)) {
    throw new InputError(
      `${path}: expected logits of shape [rows, classes], got shape ${formatShape(shape)}`,
    );
  }
  return {
    ...{ path, shape, rows, cols, rereadable: bytes.rereadable, files: bytes.files ?? [] },
    identity: bytes.identity && JSON.stringify([bytes.identity, tensor.start, tensor.dtype, shape]),
    locate: (row) => `${path}: row ${row}`,
    async readRows(start, count, into) {
      await readFloats(tensor, start * cols, into.subarray(0, count * cols));
      if (start + count === rows) await bytes.finish();
    },
    close: () => bytes.close(),
  };
}

/** Class labels. */
export function labelsOf(tensor: Tensor): LabelsSource {
  const { path, bytes, shape } = tensor;
  const length = sizeOf(shape);
  return {
    ...{ path, shape, length, rereadable: bytes.rereadable, files: bytes.files ?? [] },
    async readLabels(start, count, into) {
      await readIntegers(tensor, start, into.subarray(0, count));
      if (start + count === length) await bytes.finish();
    },
    close: () => bytes.close(),
  };
}

/** Fills `into` from element `start` on. Only float64 takes a detour: the others are read into it, and widened there. */
async function readFloats({ bytes, start, dtype }: Tensor, first: number, into: Float32Array): Promise<void> {
  const { name, size, swap } = dtype;
  const position = start + first * size;
  if (name === 'float64') {
    await readInPieces(bytes, position, size, into.length, (piece, done) => {
      if (swap) swapBytes(piece, size);
      into.set(new Float64Array(piece.buffer, piece.byteOffset, piece.length / size), done);
    });
    return;
  }
  const end = into.byteOffset + into.byteLength;
  const raw = new Uint8Array(into.buffer, end - into.length * size, into.length * size);
  await bytes.read(raw, position);
  if (swap) swapBytes(raw, size);
  if (size === 4) return;
  const codes = new Uint16Array(raw.buffer, raw.byteOffset, into.length);
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
  if (name === 'float16') widenHalf(codes, bits);
  else widenBrain(codes, bits);
}

type Integers = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;
type LongIntegers = BigInt64Array | BigUint64Array;
const INTEGER_ARRAYS: Partial<
  Record<DtypeName, new (buffer: ArrayBuffer, offset: number, length: number) => Integers | LongIntegers>
> = {
  ...{ int8: Int8Array, int16: Int16Array, int32: Int32Array, int64: BigInt64Array },
  ...{ uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, uint64: BigUint64Array },
};

async function readIntegers(tensor: Tensor, first: number, into: Int32Array): Promise<void> {
  const { path, bytes, start, dtype } = tensor;
  const { name, size, swap } = dtype;
  await readInPieces(bytes, start + first * size, size, into.length, (piece, done) => {
    if (swap) swapBytes(piece, size);
    const type = INTEGER_ARRAYS[name];
    if (!type) throw new Error(`${path}: ${name} is no integer`);
    const length = piece.length / size;
    const elements = new type(piece.buffer, piece.byteOffset, length);
    for (let i = 0; i < length; i++) {
      const label = elements[i];
      if (label < -(2 ** 31) || label >= 2 ** 31) {
        throw new InputError(
          `${path}: row ${first + done + i}: expected a label that fits int32, got ${label}`,
        );
      }
      into[done + i] = Number(label);
    }
  });
}

/** Reads `length` elements of `size` bytes by pieces of a small buffer; `done` are the elements before the piece. */
async function readInPieces(
  bytes: ByteSource,
  position: number,
  size: number,
  length: number,
  each: (piece: Uint8Array<ArrayBuffer>, done: number) => void,
): Promise<void> {
  const scratch = new Uint8Array(Math.min(SCRATCH_BYTES, length * size));
  for (let done = 0; done < length; ) {
    const piece = scratch.subarray(0, (length - done) * size);
    await bytes.read(piece, position + done * size);
    each(piece, done);
    done += piece.length / size;
  }
}
