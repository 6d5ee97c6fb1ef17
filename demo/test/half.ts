/** The sample in half precision, as files of others would hold it. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { ROOT } from './page.ts';

export const LOGITS: string = join(ROOT, 'sample/logits.npy');
export const LABELS: string = join(ROOT, 'sample/labels.npy');

/** The sample in float16, as numpy's archive or as safetensors; the path. */
export function writeHalf(format: 'npz' | 'safetensors'): string {
  const logits = new Float32Array(readFileSync(LOGITS).buffer.slice(-4 * 256 * 256));
  const halves = Buffer.from(Uint16Array.from(logits, toHalf).buffer);
  const labels = readFileSync(LABELS);
  const file = join(mkdtempSync(join(tmpdir(), 'half-')), `half.${format}`);
  if (format === 'safetensors') {
    const numbers = labels.subarray(-4 * 256);
    const header = JSON.stringify({
      'model.logits': { dtype: 'F16', shape: [256, 256], data_offsets: [0, halves.length] },
      labels: { dtype: 'I32', shape: [256], data_offsets: [halves.length, halves.length + numbers.length] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(file, Buffer.concat([length, Buffer.from(header), halves, numbers]));
    return file;
  }
  const dict = "{'descr': '<f2', 'fortran_order': False, 'shape': (256, 256), }".padEnd(117);
  const npy = Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
    Buffer.from(`${dict}\n`),
    halves,
  ]);
  writeFileSync(file, zip({ 'logits.npy': npy, 'labels.npy': labels }));
  return file;
}

/** The nearest float16's bits; of what is normal there and no tie. */
function toHalf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  return size < 0x38800000 ? sign : sign | ((size - 0x38000000 + 0x1000) >>> 13);
}

/** A zip archive of deflated members, with nothing that it need not have. */
function zip(members: Record<string, Buffer>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(members)) {
    const data = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, Buffer.from(name));
    parts.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
}
