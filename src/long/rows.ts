/** Passes over one row, part by part. */
import { elementAt } from '../memory/elements.ts';
import type { Host } from '../memory/host.ts';
import { type FloatView, type OutView, partOf } from '../memory/view.ts';
import { hasSoftmax } from '../raw/limits.ts';
import { BLOCK_COLS } from '../raw/sizes.ts';
import { fillParts, forParts } from './parts.ts';

export function maxOfRow(host: Host, x: FloatView, mask?: Uint8Array): number {
  let max = -Infinity;
  const part = ([address]: readonly number[], _: number, n: number) => {
    const partMax = host.raw.maxF32(address, n);
    if (partMax > max) max = partMax;
  };
  forParts(host, [x], part, mask);
  return max;
}

/** The first index of `value`, or −1. */
export function indexInRow(host: Host, x: FloatView, value: number, mask?: Uint8Array): number {
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
function maxBut(host: Host, x: FloatView, skip: number): number {
  return Math.max(maxOfRow(host, partOf(x, 0, skip)), maxOfRow(host, partOf(x, skip + 1, x.length)));
}

/**
 * The total of the summands, without the one at `skip` if that is not −1; they go to `out`, if given and float32: half
 * precision cannot hold them.
 */
export function totalOfRow(
  host: Host,
  x: FloatView,
  out: OutView | undefined,
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
  x: FloatView,
  out: OutView | undefined,
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
  if (out instanceof Float32Array) fillParts(host, [x], out, part, mask);
  else forParts(host, [x], (addresses, _, n, sums) => part(addresses, 0, n, sums), mask);
}

/** `log Σ_{j≠k} exp(βx[j]) − βx[k]`, the total of the summands, as `totalOfRow`, and the largest of the x[j]. */
export function logOddsOfRow(
  host: Host,
  x: FloatView,
  out: OutView | undefined,
  k: number,
  beta: number,
): { odds: number; total: number; others: number } {
  const own = elementAt(x, k);
  const others = maxBut(host, x, k);
  if (!hasSoftmax(Math.max(others, own), beta)) return { odds: NaN, total: 0, others };
  if (others === -Infinity) return { odds: indexInRow(host, x, NaN) < 0 ? -Infinity : NaN, total: 0, others };
  const total = totalOfRow(host, x, out, k, others, beta);
  const distance = others === own ? 0 : Math.max(beta, Number.MIN_VALUE) * (others - own);
  return { odds: host.raw.logTotalF32(total, others, beta) + distance, total, others };
}

/** out = summands·factor, at most 1 if `limit`, after `totalOfRow` or `forSums` with the same arguments. */
export function scaleSummands(
  host: Host,
  x: FloatView,
  out: OutView,
  skip: number,
  max: number,
  beta: number,
  factor: number,
  limit: boolean,
): void {
  const { raw } = host;
  const most = limit ? 1 : 0;
  if (out instanceof Float32Array) {
    fillParts(host, [out], out, ([at], to, n) => raw.scaleF32(at, to, n, factor, most));
    return;
  }
  let from = 0;
  fillParts(host, [x], out, ([address], to, n, sums) => {
    const at = skip - from;
    raw.expSumF32(address, to, sums, n, at >= 0 && at < n ? at : -1, max, beta);
    raw.scaleF32(to, to, n, factor, most);
    from += n;
  });
}

/** out = β(x − max) − logTotal. */
export function logScaleRow(
  host: Host,
  x: FloatView,
  out: OutView,
  max: number,
  beta: number,
  logTotal: number,
): void {
  fillParts(host, [x], out, ([at], to, n) => host.raw.logScaleF32(at, to, n, max, beta, logTotal));
}
