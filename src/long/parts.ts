/**
 * Rows part by part, with the same bits as a row in one piece: parts start at the blocks by which the kernels themselves
 * sum. For rows that are too long for the scratch, and copied through it, and for rows that threads share out; of these,
 * which lie inside the memory, nothing is copied.
 */

import { load, store, toFloat32 } from '../memory/elements.ts';
import type { Host } from '../memory/host.ts';
import { type FloatView, type OutView, partOf } from '../memory/view.ts';
import { ALIGNMENT, BLOCK_COLS } from '../raw/sizes.ts';

/** Float64 sums that a kernel may leave for each block. */
const SUMS = 3;

/** Gets the addresses of a part of each array, 0 for none, and of the room for the sums of its blocks. */
type Part = (addresses: readonly number[], from: number, n: number, sums: number) => void;

/**
 * Calls `part` for each part of arrays of one length in turn; those outside the memory are copied into the scratch, the
 * first with −Infinity in place of what a mask leaves out.
 */
export function forParts(
  host: Host,
  views: readonly [FloatView, ...(FloatView | undefined)[]],
  part: Part,
  mask?: Uint8Array,
): void {
  const { arena, scratch } = host;
  const { length } = views[0];
  const blockBytes = (views.length * BLOCK_COLS + SUMS * 2) * 4;
  const step = Math.floor((scratch.bytes - ALIGNMENT) / blockBytes) * BLOCK_COLS;
  const sums = scratch.start + views.length * step * 4;
  for (let from = 0; from < length; from += step) {
    const n = Math.min(step, length - from);
    const addresses = views.map((view, i) => {
      if (view === undefined) return 0;
      const masked = i === 0 ? mask : undefined;
      const inside = masked ? -1 : arena.offsetOf(view);
      if (inside >= 0) return inside + from * 4;
      const address = scratch.start + i * step * 4;
      load(host, view, from, n, address);
      if (masked) {
        const part = arena.f32.subarray(address / 4, address / 4 + n);
        copyMasked(part, part, partOf(masked, from, from + n));
      }
      return address;
    });
    part(addresses, from, n, sums);
  }
}

/** As `forParts`, with the place of each part of `out`, which may be computed over the first array's. */
export function fillParts(
  host: Host,
  views: readonly [FloatView, ...(FloatView | undefined)[]],
  out: OutView,
  part: (addresses: readonly number[], to: number, n: number, sums: number) => void,
  mask?: Uint8Array,
): void {
  const { arena, scratch } = host;
  const inside = arena.offsetOf(out);
  forParts(
    host,
    views,
    (addresses, from, n, sums) => {
      part(addresses, inside < 0 ? scratch.start : inside + from * 4, n, sums);
      if (inside < 0) store(host, out, from, n, scratch.start);
    },
    mask,
  );
}

/** The sums of all blocks of the parts, `count` a block, each added in order. */
export function sumParts(
  host: Host,
  views: readonly [FloatView, ...(FloatView | undefined)[]],
  count: number,
  part: Part,
): number[] {
  const totals: number[] = new Array(count).fill(0);
  forParts(host, views, (addresses, from, n, sums) => {
    part(addresses, from, n, sums);
    for (let i = 0; i < Math.ceil(n / BLOCK_COLS) * count; i++) {
      totals[i % count] += host.arena.f64[sums / 8 + i];
    }
  });
  return totals;
}

/** to = x where the mask keeps, −Infinity elsewhere. */
export function copyMasked(to: Float32Array, x: FloatView, mask: Uint8Array): void {
  const floats = toFloat32(x);
  for (let i = 0; i < to.length; i++) to[i] = mask[i] === 0 ? -Infinity : floats[i];
}
