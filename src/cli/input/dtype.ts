/** The element types of files, under numpy's names. */

/** The byte order of this machine, as numpy writes it. */
export const HOST_ORDER: '<' | '>' = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? '<' : '>';

export type DtypeName =
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'
  | `${'int' | 'uint'}${8 | 16 | 32 | 64}`;

const SIZES: Readonly<Record<DtypeName, number>> = {
  ...{ float16: 2, bfloat16: 2, float32: 4, float64: 8 },
  ...{ int8: 1, int16: 2, int32: 4, int64: 8, uint8: 1, uint16: 2, uint32: 4, uint64: 8 },
};

/** An element type and its byte order. */
export interface Dtype {
  readonly name: DtypeName;
  readonly size: number;
  /** Whether the bytes stand in the order that is not this machine's. */
  readonly swap: boolean;
}

export const FLOATS: readonly DtypeName[] = ['float16', 'bfloat16', 'float32', 'float64'];
export const INTEGERS: readonly DtypeName[] = [
  ...(['int8', 'int16', 'int32', 'int64'] as const),
  ...(['uint8', 'uint16', 'uint32', 'uint64'] as const),
];
/** What labels may be: floats are one-hot rows. */
export const ANY: readonly DtypeName[] = [...FLOATS, ...INTEGERS];
/** What logits may be where the file says so: not uint16, which is what bfloat16 is stored as. */
export const NUMBERS: readonly DtypeName[] = [...FLOATS, ...INTEGERS.filter((name) => name !== 'uint16')];

export function dtypeOf(name: DtypeName, order: string = HOST_ORDER): Dtype {
  const size = SIZES[name];
  return { name, size, swap: size > 1 && order !== HOST_ORDER };
}

const LETTERS: Record<string, string> = { f: 'float', i: 'int', u: 'uint' };

/** A type as numpy writes it, `<f4`, or by its name, `float32`, in little-endian order; `undefined` if it is none. */
export function parseDtype(text: string): Dtype | undefined {
  const [, order, kind, width] = /^([<>|])([fiu])(1|2|4|8)$/.exec(text) ?? [];
  const name = kind ? `${LETTERS[kind]}${8 * Number(width)}` : text;
  if (!Object.hasOwn(SIZES, name) || (order === '|' && width !== '1')) return undefined;
  return dtypeOf(name as DtypeName, order === '>' ? '>' : '<');
}

/** Puts the bytes of elements into this machine's order. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) {
    for (let a = at, b = at + size - 1; a < b; a++, b--) {
      const byte = bytes[a];
      bytes[a] = bytes[b];
      bytes[b] = byte;
    }
  }
}
