/** Reading .npy files of numbers, from wherever their bytes come. Nothing here is Node's own: pages read them, too. */
import { InputError } from './errors.ts';
import { HOST_ORDER, headerSpan, PREFIX_BYTES, parseHeader } from './npy-header.ts';
import { formatShape, type LabelsSource, type LogitsSource } from './source.ts';

const FLOATS = { f4: Float32Array, f8: Float64Array };
const INTEGERS = {
  ...{ i1: Int8Array, i2: Int16Array, i4: Int32Array, i8: BigInt64Array },
  ...{ u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, u8: BigUint64Array },
};
const ELEMENTS = { ...FLOATS, ...INTEGERS };
type ElementCode = keyof typeof ELEMENTS;
type Elements = InstanceType<(typeof ELEMENTS)[ElementCode]>;

/** What the kinds of dtype are called, by the letter in `descr`. */
const KINDS: Record<string, string> = {
  ...{ b: 'bool', f: 'float', c: 'complex', i: 'int', u: 'uint' },
  ...{ O: 'object', S: 'bytes', a: 'bytes', U: 'string', V: 'void', M: 'datetime', m: 'timedelta' },
};

/** Bytes converted at a time where the file's elements are not those asked for. */
const SCRATCH_BYTES = 2 ** 20;

/** Where the bytes of a file come from: a path, or what a page was given. */
export interface ByteSource {
  readonly size: number;
  /** Fills `into` from byte `position` on, or rejects. */
  read(into: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** How a file is opened; `expected` is for the message when it cannot be. */
export type OpenBytes = (path: string, expected: string) => Promise<ByteSource>;

/** A .npy file, open for reading, its header and size checked. */
interface NpyFile {
  readonly shape: readonly number[];
  /** Reads as many elements as `into` holds from element `start` on, converted as by assignment. */
  readonly read: (start: number, into: Float32Array | Int32Array) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Opens a matrix of float32 or float64 logits; float64 is rounded to the nearest float32.
 *
 * @throws InputError if the file cannot be read, is not a .npy, or holds something else.
 */
export async function readNpyLogits(path: string, open: OpenBytes): Promise<LogitsSource> {
  const { shape, read, close } = await openNpy(path, open, 'float32 or float64 logits', FLOATS);
  const cols = shape.at(-1);
  const rows = product(shape.slice(0, -1));
  if (cols === undefined || !Number.isSafeInteger(rows)) {
    await close();
    throw new InputError(
      `${path}: expected logits of shape [rows, classes], got shape ${formatShape(shape)}`,
    );
  }
  const readRows = (start: number, count: number, into: Float32Array): Promise<void> =>
    read(start * cols, into.subarray(0, count * cols));
  return { path, shape, rows, cols, readRows, close };
}

/**
 * Opens integer labels of any width.
 *
 * @throws InputError as `readNpyLogits` does; `readLabels` throws one for a value beyond int32.
 */
export async function readNpyLabels(path: string, open: OpenBytes): Promise<LabelsSource> {
  const { shape, read, close } = await openNpy(path, open, 'integer labels', INTEGERS);
  const readLabels = (start: number, count: number, into: Int32Array): Promise<void> =>
    read(start, into.subarray(0, count));
  return { path, shape, length: product(shape), readLabels, close };
}

async function openNpy(path: string, open: OpenBytes, expected: string, allowed: object): Promise<NpyFile> {
  const file = await open(path, expected);
  try {
    const prefix = new Uint8Array(Math.min(PREFIX_BYTES, file.size));
    await file.read(prefix, 0);
    const span = headerSpan(path, prefix, file.size);
    const text = new Uint8Array(span.end - span.start);
    await file.read(text, span.start);
    const { descr, fortranOrder, shape } = parseHeader(path, new TextDecoder(span.encoding).decode(text));

    const [, order, kind, width] = /^([<>|])([A-Za-z])(\d*)/.exec(descr) ?? [];
    const code = `${kind}${width}`;
    const valid =
      descr === `${order}${code}` && Object.hasOwn(allowed, code) && (order !== '|' || width === '1');
    if (!valid) {
      const name = KINDS[kind]
        ? ` (${KINDS[kind]}${Number(width) && /[fciu]/.test(kind) ? Number(width) * 8 : ''})`
        : '';
      throw new InputError(`${path}: expected ${expected}, got dtype '${descr}'${name}`);
    }
    if (fortranOrder && shape.filter((dim) => dim !== 1).length > 1 && !shape.includes(0)) {
      throw new InputError(`${path}: expected C order, got Fortran order of shape ${formatShape(shape)}`);
    }
    const dataBytes = product(shape) * Number(width);
    if (span.end + dataBytes !== file.size) {
      const got = file.size - span.end;
      const what = got < dataBytes ? 'truncated .npy' : 'trailing bytes';
      throw new InputError(
        `${path}: ${what}: expected ${dataBytes} bytes of data for shape ${formatShape(shape)} of '${descr}', got ${got}`,
      );
    }
    const swap = width !== '1' && order !== HOST_ORDER;
    return {
      shape,
      read: (start, into) => readElements(file, path, span.end, code as ElementCode, swap, start, into),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

export function product(dims: readonly number[]): number {
  return dims.includes(0) ? 0 : dims.reduce((a, b) => a * b, 1);
}

/** Fills `into` from element `start` of the data that begins at byte `dataStart`. */
async function readElements(
  file: ByteSource,
  path: string,
  dataStart: number,
  code: ElementCode,
  swap: boolean,
  start: number,
  into: Float32Array | Int32Array,
): Promise<void> {
  const type = ELEMENTS[code];
  const size = type.BYTES_PER_ELEMENT;
  const position = dataStart + start * size;
  if (into instanceof type) {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    await file.read(bytes, position);
    if (swap) swapBytes(bytes, size);
    return;
  }
  const scratch = new Uint8Array(Math.min(SCRATCH_BYTES, into.length * size));
  for (let done = 0; done < into.length; ) {
    const bytes = scratch.subarray(0, (into.length - done) * size);
    await file.read(bytes, position + done * size);
    if (swap) swapBytes(bytes, size);
    const elements: Elements = new type(scratch.buffer, 0, bytes.length / size);
    if (into instanceof Int32Array) checkInt32(path, start + done, elements);
    for (let i = 0; i < elements.length; i++) into[done + i] = Number(elements[i]);
    done += elements.length;
  }
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) {
    for (let a = at, b = at + size - 1; a < b; a++, b--) [bytes[a], bytes[b]] = [bytes[b], bytes[a]];
  }
}

function checkInt32(path: string, start: number, elements: Elements): void {
  for (let i = 0; i < elements.length; i++) {
    if (elements[i] < -(2 ** 31) || elements[i] >= 2 ** 31) {
      throw new InputError(`${path}: row ${start + i}: expected a label that fits int32, got ${elements[i]}`);
    }
  }
}
