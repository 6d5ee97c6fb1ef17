/** The arrays in numpy's .npz archives. */
import { BlobReader, configure, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { InputError, messageOf } from '../../../src/cli/errors.ts';
import type { ByteSource } from '../../../src/cli/input/bytes.ts';
import { bytesInMemory } from './bytes.ts';

// This is a worker already.
configure({ useWebWorkers: false });

/** @throws InputError if it is no archive, or a damaged one */
export async function openNpz(file: File): Promise<ByteSource[]> {
  const archive = new ZipReader(new BlobReader(file));
  try {
    const members: ByteSource[] = [];
    for (const entry of await archive.getEntries()) {
      if (entry.directory) continue;
      const bytes = await entry.getData(new Uint8ArrayWriter(), { checkSignature: true });
      members.push(bytesInMemory(`${file.name}:${entry.filename.replace(/\.npy$/, '')}`, bytes));
    }
    return members;
  } catch (error) {
    throw new InputError(
      `${file.name}: expected a zip archive (.npz), got a damaged one: ${messageOf(error)}`,
    );
  } finally {
    await archive.close();
  }
}
