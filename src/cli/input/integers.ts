/** Elements of integer types. */
import type { DtypeName } from './dtype.ts';

export type Integers = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;
export type LongIntegers = BigInt64Array | BigUint64Array;

/** The arrays that hold them. */
export const INTEGER_ARRAYS: Partial<
  Record<DtypeName, new (buffer: ArrayBuffer, offset: number, length: number) => Integers | LongIntegers>
> = {
  ...{ int8: Int8Array, int16: Int16Array, int32: Int32Array, int64: BigInt64Array },
  ...{ uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, uint64: BigUint64Array },
};

/** Rounds integers to float32, once. */
export function roundIntegers(from: Integers | LongIntegers, into: Float32Array): void {
  if (from instanceof BigInt64Array || from instanceof BigUint64Array) {
    for (let i = 0; i < from.length; i++) into[i] = roundLong(from[i]);
  } else into.set(from);
}

const EXACT = 2n ** 53n;

/** Beyond 2^53 a float64 has to be rounded itself: all that matters of the lower bits is whether there are any. */
function roundLong(value: bigint): number {
  if (value <= EXACT && value >= -EXACT) return Number(value);
  const above = Number(value >> 16n);
  return (value & 0xffffn) === 0n ? above * 2 ** 16 : (above + 0.5) * 2 ** 16;
}
