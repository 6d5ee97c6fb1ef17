/** Passes over one row, part by part. */
import type { Host } from '../memory/host.ts';
import { partOf } from '../memory/view.ts';
import { hasSoftmax } from '../raw/limits.ts';
import { BLOCK_COLS } from '../raw/sizes.ts';
import { fillParts, forParts } from './parts.ts';

export function maxOfRow(host: Host, x: Float32Array, mask?: Uint8Array): number {
  let max = -Infinity;
  const part = ([address]: readonly number[], _: number, n: number) => {
    const partMax = host.raw.maxF32(address, n);
    if (partMax > max) max = partMax;
  };
  forParts(host, [x], part, mask);
  return max;
}

/** The first index of `value`, or −1. */
export function indexInRow(host: Host, x: Float32Array, value: number, mask?: Uint8Array): number {
  let index = -1;
  const part = ([address]: readonly number[], from: number, n: number) => {
    if (index >= 0) return;
    const found = host.raw.indexOfF32(address, n, value);
    if (found >= 0) index = from + found;
  };
  forParts(host, [x], part, mask);
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
  let from = 0;
  const part = ([address]: readonly number[], to: number, n: number, sums: number) => {
    const at = skip - from;
    raw.expSumF32(address, to, sums, n, at >= 0 && at < n ? at : -1, max, beta);
    for (let i = 0; i < Math.ceil(n / BLOCK_COLS); i++) block(arena.f64[sums / 8 + i]);
    from += n;
  };
  if (out) fillParts(host, [x], out, part, mask);
  else forParts(host, [x], (addresses, _, n, sums) => part(addresses, 0, n, sums), mask);
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

/** row = row·factor, at most 1 if `limit`. */
export function scaleRow(host: Host, row: Float32Array, factor: number, limit: boolean): void {
  fillParts(host, [row], row, ([at], to, n) => host.raw.scaleF32(at, to, n, factor, limit ? 1 : 0));
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
  fillParts(host, [x], out, ([at], to, n) => host.raw.logScaleF32(at, to, n, max, beta, logTotal));
}
