/** Bytes of the page's files, as the command line's code reads them. */
import type { ByteSource } from '../../../src/cli/input/bytes.ts';

const common = {
  ...{ rereadable: true, identity: undefined },
  async finish() {},
  async close() {},
};

export function bytesOf(file: File): ByteSource {
  return {
    ...{ ...common, path: file.name, size: file.size },
    async read(into, position) {
      into.set(new Uint8Array(await file.slice(position, position + into.length).arrayBuffer()));
    },
  };
}

export function bytesInMemory(path: string, bytes: Uint8Array): ByteSource {
  return {
    ...{ ...common, path, size: bytes.length },
    async read(into, position) {
      into.set(bytes.subarray(position, position + into.length));
    },
  };
}
