/** .npy files being written: header and elements. */

import { printable } from '../errors.ts';
import { HOST_ORDER } from '../input/dtype.ts';
import { narrowToBrain, narrowToHalf } from '../input/half.ts';
import { MAGIC } from '../input/npy-header.ts';
import { formatShape } from '../source.ts';
import type { Target } from './target.ts';

/** As numpy writes them; bfloat16, which it lacks, is stored as uint16. */
export type OutputType = 'f2' | 'u2' | 'f4' | 'i4';
export const TYPE_NAMES: Readonly<Record<OutputType, string>> = {
  ...{ f2: 'float16', u2: 'bfloat16, as uint16,', f4: 'float32', i4: 'int32' },
};

/** Says so where a name promises something else than what is written. */
export function warnOfName({ path }: Target): void {
  if (/\.npy$/i.test(path) || !/[^./\\]\.\w+$/.test(path)) return;
  process.stderr.write(`${printable(path)}: what is written is a .npy, whatever its name says\n`);
}

/** The header of a version 1.0 file in C order and this machine's byte order. */
export function formatHeader(shape: readonly number[], type: OutputType): Buffer {
  const dict = `{'descr': '${HOST_ORDER}${type}', 'fortran_order': False, 'shape': ${formatShape(shape)}, }`;
  const bytes = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const header = Buffer.alloc(bytes, ' ');
  header.write(`${MAGIC}\x01\x00`, 'latin1');
  header.writeUInt16LE(bytes - 10, 8);
  header.write(dict, 10, 'latin1');
  header.write('\n', bytes - 1);
  return header;
}

/** The bytes of elements. As float16 or bfloat16 they are rounded in place, into the first half of the memory of `elements`. */
export function elementBytes(elements: Float32Array | Int32Array, type: OutputType): Uint8Array {
  const { buffer, byteOffset, length } = elements;
  if (type === 'f2' || type === 'u2') {
    const narrow = type === 'f2' ? narrowToHalf : narrowToBrain;
    narrow(new Uint32Array(buffer, byteOffset, length), new Uint16Array(buffer, byteOffset, length));
  }
  return new Uint8Array(buffer, byteOffset, length * Number(type[1]));
}
