/** Zip archives byte by byte, after the format's specification (APPNOTE.TXT); shares no code with src/. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipMember {
  name: string;
  data: Uint8Array;
  deflate?: boolean;
  /** Sizes and offset in 64-bit fields, as numpy asks for. */
  zip64?: boolean;
  /** What to claim in place of the truth. */
  claims?: { size?: number; crc?: number; method?: number; flags?: number };
}

/** An archive of members, stored or deflated. */
export function zipFile(members: readonly ZipMember[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, deflate = false, zip64 = false, claims = {} } of members) {
    const packed = deflate ? deflateRawSync(data) : data;
    const size = claims.size ?? data.length;
    const method = claims.method ?? (deflate ? 8 : 0);
    const { flags = 0, crc = crc32(data) } = claims;
    const sizes = zip64 ? [0xffffffff, 0xffffffff] : [packed.length, size];
    const name8 = Buffer.from(name);
    const common = [u16(zip64 ? 45 : 20), u16(flags), u16(method), u32(0), u32(crc), ...sizes.map(u32)];
    const localExtra = zip64 ? [u16(1), u16(16), u64(size), u64(packed.length)] : [];
    const extra = zip64 ? [u16(1), u16(24), u64(size), u64(packed.length), u64(offset)] : [];
    const lengthOf = (list: readonly Buffer[]): number => Buffer.concat(list).length;
    const local = Buffer.concat([
      ...[Buffer.from('PK\x03\x04'), ...common, u16(name8.length), u16(lengthOf(localExtra))],
      ...[name8, ...localExtra, packed],
    ]);
    directory.push(
      ...[Buffer.from('PK\x01\x02'), u16(45), ...common, u16(name8.length), u16(lengthOf(extra))],
      ...[u16(0), u16(0), u16(0), u32(0), u32(zip64 ? 0xffffffff : offset), name8, ...extra],
    );
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end: Buffer[] = [];
  const count = members.length;
  if (members.some(({ zip64 }) => zip64)) {
    end.push(
      ...[Buffer.from('PK\x06\x06'), u64(44), u16(45), u16(45), u32(0), u32(0), u64(count), u64(count)],
      ...[u64(central.length), u64(offset)],
      ...[Buffer.from('PK\x06\x07'), u32(0), u64(offset + central.length), u32(1)],
    );
  }
  end.push(
    ...[Buffer.from('PK\x05\x06'), u16(0), u16(0), u16(count), u16(count)],
    ...[u32(central.length), u32(offset), u16(0)],
  );
  return Buffer.concat([...parts, central, ...end]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
