/** .npy files byte by byte, after the format's specification; shares no code with src/. */

export interface NpyParts {
  version?: readonly [number, number];
  descr?: string;
  fortranOrder?: boolean;
  shape?: readonly number[];
  /** The dict, in place of the one made of the parts above. */
  dict?: string;
  /** The header length to claim, in place of the true one. */
  headerLength?: number;
  data?: Uint8Array;
}

/** A file as numpy writes it: header padded with spaces to a multiple of 64 and closed by a newline. */
export function npyFile({
  version = [1, 0],
  descr = '<f4',
  fortranOrder = false,
  shape = [],
  dict = `{'descr': '${descr}', 'fortran_order': ${fortranOrder ? 'True' : 'False'}, 'shape': ${tuple(shape)}, }`,
  headerLength,
  data = new Uint8Array(),
}: NpyParts): Buffer {
  const prefix = version[0] === 1 ? 10 : 12;
  const total = Math.ceil((prefix + dict.length + 1) / 64) * 64;
  const file = Buffer.alloc(total, ' ');
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, ...version]);
  if (prefix === 10) file.writeUInt16LE(headerLength ?? total - prefix, 8);
  else file.writeUInt32LE(headerLength ?? total - prefix, 8);
  file.write(dict, prefix);
  file[total - 1] = 0x0a;
  return Buffer.concat([file, data]);
}

/** A tuple as Python writes it. */
export function tuple(items: readonly number[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}

/** Values as bytes of a dtype such as `<f4`, `>u2` or `|i1`; of float16 their codes. */
export function bytesOf(descr: string, values: readonly (number | bigint)[]): Uint8Array {
  const size = Number(descr.slice(2));
  const view = new DataView(new ArrayBuffer(values.length * size));
  const little = descr[0] === '<';
  values.forEach((value, i) => {
    const at = i * size;
    if (descr[1] === 'f') {
      if (size === 2) view.setUint16(at, Number(value), little);
      else if (size === 4) view.setFloat32(at, Number(value), little);
      else view.setFloat64(at, Number(value), little);
    } else if (size === 8) view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), little);
    else if (size === 4) view.setUint32(at, Number(value), little);
    else if (size === 2) view.setUint16(at, Number(value), little);
    else view.setUint8(at, Number(value));
  });
  return new Uint8Array(view.buffer);
}

/** A whole file of values. */
export function npyOf(descr: string, shape: readonly number[], values: readonly (number | bigint)[]): Buffer {
  return npyFile({ descr, shape, data: bytesOf(descr, values) });
}
