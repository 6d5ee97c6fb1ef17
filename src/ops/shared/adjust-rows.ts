/** Adjusts blocks of rows inside the memory: the bits by a kernel, the few tokens of bias and penalties one by one. */

import type { Operand } from '../../memory/blocks.ts';
import type { Host } from '../../memory/host.ts';
import { placeConstant } from '../../memory/per-column.ts';
import type { Adjustments } from './adjustments.ts';

/** How kernels get at the bits of `allowed`. */
export interface PlacedBits {
  /** What is left of the scratch. */
  readonly host: Host;
  /** The address of bits that all rows share, 0 if there are none. */
  readonly shared: number;
  /** The bits of each row, for `runRows`, if they differ. */
  readonly operands: readonly Operand[];
  /** From one row's bits to the next one's. */
  readonly bytes: number;
}

/** `undefined` if what all rows share does not fit into the scratch. */
export function placeBits(host: Host, adjustments: Adjustments | undefined): PlacedBits | undefined {
  const bits = adjustments?.bits;
  if (bits === undefined) return { host, shared: 0, operands: [], bytes: 0 };
  if (adjustments?.isWhole) {
    const bytes = 4 * adjustments.words;
    return { host, shared: 0, operands: [{ view: bits, rowBytes: bytes, write: false }], bytes };
  }
  const constant = placeConstant(host, bits);
  return constant && { host: constant.host, shared: constant.address, operands: [], bytes: 0 };
}

/** `out = x`, adjusted, of n rows from number `first` on; `bits` is the address of theirs. `out` may be `x`. */
export function adjustBlock(
  { arena, raw }: Host,
  { touched }: Adjustments,
  x: number,
  bits: number,
  out: number,
  n: number,
  cols: number,
  bytes: number,
  first: number,
): void {
  if (bits !== 0 || out !== x) raw.allowF32(x, bits, out, n, cols, bytes);
  touched.apply(arena.f32, out / 4, n, cols, first);
}
