/** Tensors in files, and their elements as the kernels want them. */
import { InputError } from '../errors.ts';
import { formatShape, type LabelsSource, type LogitsSource, sizeOf } from '../source.ts';
import { type ByteSource, slabBytes } from './bytes.ts';
import { type Dtype, type DtypeName, swapBytes } from './dtype.ts';
import { widenBrain, widenHalf } from './half.ts';
import { INTEGER_ARRAYS, roundIntegers } from './integers.ts';
import { gatherRows, isRowMajor, layoutOf, type RowsLayout, rowsForRun, slabRows } from './strides.ts';

/** Elements of a file. */
export interface Tensor {
  readonly path: string;
  readonly bytes: ByteSource;
  /** Where its first byte is. */
  readonly start: number;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** In Fortran order: the first index counts fastest. */
  readonly isFortran?: boolean;
}

/** Bytes converted, or put where they belong, at a time. */
const SCRATCH_BYTES = 2 ** 20;

/** What the elements of a tensor should be. */
export interface Wanted {
  /** In words, for messages. */
  readonly what: string;
  readonly types: readonly DtypeName[];
  /** Take uint16 for bfloat16. */
  readonly bfloat16: boolean;
}

/** For uint16 in place of logits. */
export const BRAIN_HINT = ': --bfloat16 takes it for bfloat16';

/** A matrix of logits: the dimension `axis`, from the end if negative, is the classes, the others are the rows. */
export function logitsOf(file: Tensor, axis = -1): LogitsSource {
  const { path, shape } = file;
  const rank = shape.length;
  if (rank > 0 && (axis < -rank || axis >= rank)) {
    const bounds = `from ${-rank} to ${rank - 1}`;
    throw new InputError(
      `--axis ${axis}: expected an axis ${bounds} of ${path}, got shape ${formatShape(shape)}`,
    );
  }
  const at = axis < 0 ? axis + rank : axis;
  const cols = shape[at];
  const rows = sizeOf(shape.toSpliced(at, 1));
  if (rank === 0 || !Number.isSafeInteger(rows)) {
    throw new InputError(
      `${path}: expected logits of shape [rows, classes], got shape ${formatShape(shape)}`,
    );
  }
  const layout = layoutOf(shape, file.isFortran === true, at);
  const isStraight = isRowMajor(layout);
  const { tensor, held } = isStraight ? { tensor: file, held: 0 } : holdSlabs(file, layout);
  const { bytes, start, dtype } = tensor;
  let scratch: Float32Array | undefined;
  return {
    ...{ path, shape, axis: at, rows, cols, held, rereadable: bytes.rereadable, files: bytes.files ?? [] },
    slab: isStraight ? 1 : slabRows(layout),
    atOnce: isStraight ? 1 : rowsForRun(layout),
    identity: bytes.identity && JSON.stringify([bytes.identity, start, dtype, shape, at]),
    locate: (row) => `${path}: row ${row}`,
    async readRows(first, count, into) {
      if (isStraight) await readFloats(tensor, first * cols, into.subarray(0, count * cols));
      else {
        const limit = Math.min(SCRATCH_BYTES / Math.max(4, dtype.size), rows * cols);
        scratch ??= new Float32Array(limit);
        const piece = scratch;
        await gatherRows(
          layout,
          { start: first, count },
          {
            ...{ limit, elementBytes: dtype.size },
            read: (from, length) => readFloats(tensor, from, piece.subarray(0, length)),
            place(from, to, length, stride, step) {
              for (let i = 0, a = from, b = to; i < length; i++, a += stride, b += step) into[b] = piece[a];
            },
          },
        );
      }
      if (first + count === rows) await bytes.finish();
    },
    async close() {
      scratch = undefined;
      await bytes.close();
    },
  };
}

/** Class labels. */
export function labelsOf(file: Tensor): LabelsSource {
  const { path, shape } = file;
  const length = sizeOf(shape);
  const layout = layoutOf(shape, file.isFortran === true);
  const { tensor, held } = isRowMajor(layout) ? { tensor: file, held: 0 } : holdSlabs(file, layout);
  const { bytes } = tensor;
  return {
    ...{ path, shape, length, held, rereadable: bytes.rereadable, files: bytes.files ?? [] },
    async readLabels(start, count, into) {
      await readIntegers(tensor, layout, start, into.subarray(0, count));
      if (start + count === length) await bytes.finish();
    },
    close: () => bytes.close(),
  };
}

/** Of bytes that come in order, the slab that is read is kept in memory, since its rows lie across it. */
function holdSlabs(tensor: Tensor, layout: RowsLayout): { tensor: Tensor; held: number } {
  const { bytes, start, dtype } = tensor;
  if (!bytes.isInOrder) return { tensor, held: 0 };
  const held = slabRows(layout) * layout.cols.size * dtype.size;
  return { tensor: { ...tensor, bytes: slabBytes(bytes, start, held) }, held };
}

/** Fills `into` from element `start` on. float64 and integers take a detour: the others are read into it, and widened there. */
async function readFloats({ bytes, start, dtype }: Tensor, first: number, into: Float32Array): Promise<void> {
  const { name, size, swap } = dtype;
  const position = start + first * size;
  const integers = INTEGER_ARRAYS[name];
  if (name === 'float64' || integers) {
    await readInPieces(bytes, position, size, into.length, (piece, done) => {
      if (swap) swapBytes(piece, size);
      const { buffer, byteOffset } = piece;
      const length = piece.length / size;
      if (integers) roundIntegers(new integers(buffer, byteOffset, length), into.subarray(done));
      else into.set(new Float64Array(buffer, byteOffset, length), done);
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

async function readIntegers(
  { path, bytes, start, dtype }: Tensor,
  layout: RowsLayout,
  first: number,
  into: Int32Array,
): Promise<void> {
  const { name, size, swap } = dtype;
  const type = INTEGER_ARRAYS[name];
  if (!type) throw new Error(`${path}: ${name} is no integer`);
  const scratch = new Uint8Array(SCRATCH_BYTES);
  const elements = new type(scratch.buffer, 0, SCRATCH_BYTES / size);
  await gatherRows(
    layout,
    { start: first, count: into.length },
    {
      ...{ limit: elements.length, elementBytes: size },
      async read(from, length) {
        const piece = scratch.subarray(0, length * size);
        await bytes.read(piece, start + from * size);
        if (swap) swapBytes(piece, size);
      },
      place(from, to, length, stride, step) {
        for (let i = 0; i < length; i++) {
          const label = elements[from + i * stride];
          const row = to + i * step;
          if (label < -(2 ** 31) || label >= 2 ** 31) {
            throw new InputError(
              `${path}: row ${first + row}: expected a label that fits int32, got ${label}`,
            );
          }
          into[row] = Number(label);
        }
      },
    },
  );
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
