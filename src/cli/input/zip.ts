/** The members of a zip archive, such as numpy's .npz, each as bytes of its own. */
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { InputError, messageOf } from '../errors.ts';
import { type ByteSource, checkedBytes, sliceBytes } from './bytes.ts';
import type { FileBytes } from './file.ts';
import { chooseByName } from './named.ts';
import { inflatedBytes } from './stream.ts';

const STORED = 0;
const DEFLATED = 8;
const MAX_MEMBERS = 2 ** 16;
/** Deflate makes at most 258 bytes of two bits. */
const MAX_RATIO = 1032;

/**
 * Opens a member of an archive, without its `.npy` in the name if one likes.
 *
 * @param name none: the only one there is
 * @throws InputError if the archive is damaged, or has no such member
 */
export async function openMember(file: FileBytes, name: string | undefined): Promise<ByteSource> {
  let archive: ZipFile;
  const entries = new Map<string, Entry>();
  try {
    archive = await yauzl.fromRandomAccessReaderPromise(new Reader(file), file.size, {
      // Names are shown and compared, never used as paths: `a:b.npy` is one like any other.
      ...{ autoClose: false, decodeStrings: false },
    });
    for await (const entry of archive.eachEntry()) {
      entries.set(nameOf(entry).replace(/\.npy$/, ''), entry);
      if (entries.size > MAX_MEMBERS) throw new Error(`more than ${MAX_MEMBERS} members`);
    }
  } catch (error) {
    throw damaged(file, error);
  }
  const chosen = chooseByName(file.path, 'member', [...entries.keys()], name?.replace(/\.npy$/, ''));
  const entry = entries.get(chosen) as Entry;
  const path = `${file.path}:${chosen}`;
  const { compressionMethod: method, compressedSize, uncompressedSize } = entry;
  if (entry.isEncrypted() || (method !== STORED && method !== DEFLATED)) {
    const got = entry.isEncrypted() ? 'an encrypted one' : `compression method ${method}`;
    throw new InputError(`${path}: expected a member that is stored or deflated, got ${got}`);
  }
  if (!Number.isSafeInteger(uncompressedSize) || uncompressedSize > compressedSize * MAX_RATIO + MAX_RATIO) {
    throw new InputError(
      `${path}: damaged: expected at most ${MAX_RATIO} times the ${compressedSize} bytes it takes, got ${uncompressedSize}`,
    );
  }
  const start = await archive.readLocalFileHeaderPromise(entry, { minimal: true }).then(
    ({ fileDataStart }) => fileDataStart,
    (error: unknown) => {
      throw damaged(file, error);
    },
  );
  const raw = sliceBytes(file, path, start, compressedSize);
  const bytes = method === STORED ? raw : inflatedBytes({ ...raw, size: compressedSize }, uncompressedSize);
  return checkedBytes(bytes, entry.crc32);
}

function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
}

function damaged({ path }: ByteSource, error: unknown): InputError {
  if (error instanceof InputError) return error;
  return new InputError(`${path}: expected a zip archive (.npz), got a damaged one: ${messageOf(error)}`);
}

/** Where yauzl reads: every offset in an archive may be damaged. */
class Reader extends yauzl.RandomAccessReader {
  readonly #file: FileBytes;

  constructor(file: FileBytes) {
    super();
    this.#file = file;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead: number) => void,
  ): void {
    if (!Number.isSafeInteger(position) || position < 0 || position + length > this.#file.size) {
      const range = `${position} to ${position + length}`;
      setImmediate(() => callback(new Error(`bytes ${range} are not in the file`), 0));
      return;
    }
    const into = buffer.subarray(offset, offset + length);
    // Not in the promise's handler: what a callback throws is to be seen.
    this.#file.read(into, position).then(
      () => setImmediate(() => callback(null, length)),
      (error) => setImmediate(() => callback(error, 0)),
    );
  }
}
