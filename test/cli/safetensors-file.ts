/** .safetensors files byte by byte, after the format's description; shares no code with src/. */

export interface SafeTensor {
  dtype: string;
  shape: readonly number[];
  data: Uint8Array;
}

/** A file of tensors. @param claims the header, or its length, in place of the true one */
export function safetensorsFile(
  tensors: Record<string, SafeTensor>,
  claims: { header?: string; length?: bigint } = {},
): Buffer {
  let offset = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const start = offset;
    offset += data.length;
    return [name, { dtype, shape, data_offsets: [start, offset] }];
  });
  const header = Buffer.from(
    claims.header ?? JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claims.length ?? BigInt(header.length));
  return Buffer.concat([length, header, ...Object.values(tensors).map(({ data }) => data)]);
}
