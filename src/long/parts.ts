/**
 * Rows composed of parts, with the same bits as a row in one piece: parts start at the blocks by which the kernels
 * themselves sum. For rows that are too long for the scratch, and copied through it part by part, and for rows that
 * threads share out; of these, which lie inside the memory, nothing is copied.
 */

import type { Host } from '../memory/host.ts';
import { partOf } from '../memory/view.ts';
import { ALIGNMENT, BLOCK_COLS } from '../raw/abi.ts';

/**
 * Calls `part` with the address of each part of a row in turn, copied into the scratch, where a mask replaces what
 * it leaves out by −Infinity.
 */
function forParts(
  host: Host,
  x: Float32Array,
  part: (address: number, from: number, n: number) => void,
  mask?: Uint8Array,
): void {
  const { arena, scratch } = host;
  const inside = mask ? -1 : arena.offsetOf(x);
  const step = partCols(host);
  for (let from = 0; from < x.length; from += step) {
    const n = Math.min(step, x.length - from);
    if (inside >= 0) part(inside + from * 4, from, n);
    else {
      const at = scratch.start / 4;
      if (mask)
        copyMasked(arena.f32.subarray(at, at + n), partOf(x, from, from + n), partOf(mask, from, from + n));
      else arena.f32.set(partOf(x, from, from + n), at);
      part(scratch.start, from, n);
    }
  }
}

/** to = x where the mask keeps, −Infinity elsewhere. */
export function copyMasked(to: Float32Array, x: Float32Array, mask: Uint8Array): void {
  for (let i = 0; i < x.length; i++) to[i] = mask[i] === 0 ? -Infinity : x[i];
}

/** Columns in a part: whole blocks, with room behind it for the sums of its blocks. */
function partCols({ scratch }: Host): number {
  const blocks = Math.floor((scratch.bytes - ALIGNMENT) / (BLOCK_COLS * 4 + 8));
  return blocks * BLOCK_COLS;
}

/** Where the sums of a part's blocks go. */
function sumsAddress(host: Host): number {
  return host.scratch.start + partCols(host) * 4;
}

export function maxOfRow(host: Host, x: Float32Array, mask?: Uint8Array): number {
  let max = -Infinity;
  const part = (address: number, _: number, n: number) => {
    const partMax = host.raw.maxF32(address, n);
    if (partMax > max) max = partMax;
  };
  forParts(host, x, part, mask);
  return max;
}

/** The first index of `value`, or −1. */
export function indexInRow(host: Host, x: Float32Array, value: number, mask?: Uint8Array): number {
  let index = -1;
  const part = (address: number, from: number, n: number) => {
    if (index >= 0) return;
    const found = host.raw.indexOfF32(address, n, value);
    if (found >= 0) index = from + found;
  };
  forParts(host, x, part, mask);
  return index;
}

/** The largest element but for the one at `skip`. */
function maxBut(host: Host, x: Float32Array, skip: number): number {
  return Math.max(maxOfRow(host, partOf(x, 0, skip)), maxOfRow(host, partOf(x, skip + 1, x.length)));
}

/** The total of the summands, without the one at `skip` if that is not −1; they go to `out`, if given. */
export function totalOfRow(
  host: Host,
  x: Float32Array,
  out: Float32Array | undefined,
  skip: number,
  max: number,
  beta: number,
  mask?: Uint8Array,
): number {
  let total = 0;
  const add = (sum: number) => {
    total += sum;
  };
  forSums(host, x, out, skip, max, beta, add, mask);
  return host.raw.totalF32(total, max, beta);
}

/** Calls `block` with the sum of the summands of each block in turn; the rest as in `totalOfRow`. */
export function forSums(
  host: Host,
  x: Float32Array,
  out: Float32Array | undefined,
  skip: number,
  max: number,
  beta: number,
  block: (sum: number) => void,
  mask?: Uint8Array,
): void {
  const { raw, arena } = host;
  const sums = sumsAddress(host);
  const part = (address: number, from: number, n: number) => {
    const to = out === undefined ? 0 : placeOf(host, out, from);
    const at = skip - from;
    raw.expSumF32(address, to, sums, n, at >= 0 && at < n ? at : -1, max, beta);
    for (let i = 0; i < Math.ceil(n / BLOCK_COLS); i++) block(arena.f64[sums / 8 + i]);
    if (out) writeBack(host, out, to, from, n);
  };
  forParts(host, x, part, mask);
}

/** `log Σ_{j≠k} exp(βx[j]) − βx[k]`, and the total of the summands, which go to `out`, if given. */
export function logOddsOfRow(
  host: Host,
  x: Float32Array,
  out: Float32Array | undefined,
  k: number,
  beta: number,
): { odds: number; total: number } {
  const own = x[k];
  const others = maxBut(host, x, k);
  if (!hasSoftmax(Math.max(others, own), beta)) return { odds: NaN, total: 0 };
  if (others === -Infinity) return { odds: indexInRow(host, x, NaN) < 0 ? -Infinity : NaN, total: 0 };
  const total = totalOfRow(host, x, out, k, others, beta);
  const distance = others === own ? 0 : Math.max(beta, Number.MIN_VALUE) * (others - own);
  return { odds: host.raw.logTotalF32(total, others, beta) + distance, total };
}

/** Whether a row with this maximum has a softmax: not without any finite element, nor with Infinity at T > 0. */
export function hasSoftmax(max: number, beta: number): boolean {
  return max > -Infinity && (max < Infinity || beta === Infinity);
}

/** row = row·factor, at most 1 if `limit`. */
export function scaleRow(host: Host, row: Float32Array, factor: number, limit: boolean): void {
  forParts(host, row, (address, from, n) => {
    host.raw.scaleF32(address, address, n, factor, limit ? 1 : 0);
    writeBack(host, row, address, from, n);
  });
}

/** out = β(x − max) − logTotal. */
export function logScaleRow(
  host: Host,
  x: Float32Array,
  out: Float32Array,
  max: number,
  beta: number,
  logTotal: number,
): void {
  forParts(host, x, (address, from, n) => {
    const to = placeOf(host, out, from);
    host.raw.logScaleF32(address, to, n, max, beta, logTotal);
    writeBack(host, out, to, from, n);
  });
}

/** Where the part of `out` that starts at `from` is to be computed: in its place or, outside the memory, the scratch. */
function placeOf({ arena, scratch }: Host, out: Float32Array, from: number): number {
  const inside = arena.offsetOf(out);
  return inside >= 0 ? inside + from * 4 : scratch.start;
}

/** Copies a part out of the scratch, if that is where it was computed. */
function writeBack({ arena }: Host, out: Float32Array, address: number, from: number, n: number): void {
  if (arena.offsetOf(out) < 0) out.set(arena.f32.subarray(address / 4, address / 4 + n), from);
}
