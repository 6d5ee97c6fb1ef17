/** .npy files of numbers: read by positioned reads, so never as a whole, and written complete or not at all. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { failure, InputError, pathError } from './errors.ts';
import { formatHeader, HOST_ORDER, headerSpan, PREFIX_BYTES, parseHeader } from './npy-header.ts';
import { createOutput, type OutputFile } from './output.ts';
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
export async function openNpyLogits(path: string): Promise<LogitsSource> {
  const { shape, read, close } = await openNpy(path, 'float32 or float64 logits', FLOATS);
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
 * @throws InputError as `openNpyLogits` does; `readLabels` throws one for a value beyond int32.
 */
export async function openNpyLabels(path: string): Promise<LabelsSource> {
  const { shape, read, close } = await openNpy(path, 'integer labels', INTEGERS);
  const readLabels = (start: number, count: number, into: Int32Array): Promise<void> =>
    read(start, into.subarray(0, count));
  return { path, shape, length: product(shape), readLabels, close };
}

async function openNpy(path: string, expected: string, allowed: object): Promise<NpyFile> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK opening a named pipe would wait for a writer.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw pathError(path, `a .npy file of ${expected}`, error);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile())
      throw new InputError(`${path}: expected a regular file of ${expected}, got something else`);
    const prefix = Buffer.alloc(Math.min(PREFIX_BYTES, stats.size));
    await readFully(handle, path, prefix, 0);
    const span = headerSpan(path, prefix, stats.size);
    const text = Buffer.alloc(span.end - span.start);
    await readFully(handle, path, text, span.start);
    const { descr, fortranOrder, shape } = parseHeader(path, text.toString(span.encoding));

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
    if (span.end + dataBytes !== stats.size) {
      const got = stats.size - span.end;
      const what = got < dataBytes ? 'truncated .npy' : 'trailing bytes';
      throw new InputError(
        `${path}: ${what}: expected ${dataBytes} bytes of data for shape ${formatShape(shape)} of '${descr}', got ${got}`,
      );
    }
    const swap = width !== '1' && order !== HOST_ORDER;
    return {
      shape,
      read: (start, into) => readElements(handle, path, span.end, code as ElementCode, swap, start, into),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function product(dims: readonly number[]): number {
  return dims.includes(0) ? 0 : dims.reduce((a, b) => a * b, 1);
}

/** Fills `into` from element `start` of the data that begins at byte `dataStart`. */
async function readElements(
  handle: FileHandle,
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
    const bytes = Buffer.from(into.buffer, into.byteOffset, into.byteLength);
    await readFully(handle, path, bytes, position);
    if (swap) bytes.swap32();
    return;
  }
  const scratch = Buffer.from(new ArrayBuffer(Math.min(SCRATCH_BYTES, into.length * size)));
  for (let done = 0; done < into.length; ) {
    const bytes = scratch.subarray(0, (into.length - done) * size);
    await readFully(handle, path, bytes, position + done * size);
    if (swap) swapBytes(bytes, size);
    const elements: Elements = new type(bytes.buffer, bytes.byteOffset, bytes.length / size);
    if (into instanceof Int32Array) checkInt32(path, start + done, elements);
    for (let i = 0; i < elements.length; i++) into[done + i] = Number(elements[i]);
    done += elements.length;
  }
}

function swapBytes(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  if (size === 4) bytes.swap32();
  if (size === 8) bytes.swap64();
}

function checkInt32(path: string, start: number, elements: Elements): void {
  for (let i = 0; i < elements.length; i++) {
    if (elements[i] < -(2 ** 31) || elements[i] >= 2 ** 31) {
      throw new InputError(`${path}: row ${start + i}: expected a label that fits int32, got ${elements[i]}`);
    }
  }
}

async function readFully(handle: FileHandle, path: string, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(bytes.length - done, 2 ** 30);
    const { bytesRead } = await handle.read(bytes, done, length, position + done).catch((error: unknown) => {
      throw failure(path, error);
    });
    if (bytesRead === 0) throw new Error(`${path}: the file became shorter while it was read`);
    done += bytesRead;
  }
}

/** A .npy file of numbers being written; see `OutputFile`. */
export interface NpyOutput extends Omit<OutputFile, 'write'> {
  /** Appends elements. */
  write(elements: Float32Array | Int32Array): Promise<void>;
}

/**
 * Starts a .npy file of float32 or int32, version 1.0, in C order and this machine's byte order.
 *
 * @throws InputError as `createOutput` does; `commit` throws unless the shape has been filled.
 */
export async function createNpy(
  path: string,
  shape: readonly number[],
  type: 'f4' | 'i4' = 'f4',
): Promise<NpyOutput> {
  const file = await createOutput(path);
  let missing = product(shape);
  let header: Uint8Array | undefined = formatHeader(shape, type);
  const flushHeader = async (): Promise<void> => {
    if (header) await file.write(header);
    header = undefined;
  };
  return {
    async write(elements) {
      await flushHeader();
      await file.write(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength));
      missing -= elements.length;
    },
    async commit() {
      await flushHeader();
      if (missing !== 0) throw new Error(`${path}: expected ${missing} more elements`);
      await file.commit();
    },
    discard: () => file.discard(),
  };
}
