/** Losses and gradients of a row part by part: see long-rows.ts. */

import type { Host } from '../memory/host.ts';
import { partOf } from '../memory/view.ts';
import { ALIGNMENT, BLOCK_COLS } from '../raw/abi.ts';
import { finiteSlope } from '../raw/js/losses.ts';
import { type LossScalars, type SpreadRow, spreadLoss } from '../raw/spread-loss.ts';
import { indexInRow, logOddsOfRow, maxOfRow, scaleRow } from './parts.ts';

type Part = (addresses: readonly number[], from: number, n: number, room: number, sums: number) => void;

/**
 * Calls `part` for each part of arrays of one length, 0 being the address of those that are `undefined`. There is
 * room for a result of the part's length, and for three sums of each of its blocks.
 */
function forParts(
  host: Host,
  views: readonly (Float32Array | undefined)[],
  length: number,
  part: Part,
): void {
  const { arena, scratch } = host;
  const perBlock = (views.length + 1) * BLOCK_COLS * 4 + 24;
  const step = Math.floor((scratch.bytes - ALIGNMENT) / perBlock) * BLOCK_COLS;
  const room = scratch.start + views.length * step * 4;
  for (let from = 0; from < length; from += step) {
    const n = Math.min(step, length - from);
    const addresses = views.map((view, i) => {
      if (view === undefined) return 0;
      const inside = arena.offsetOf(view);
      if (inside >= 0) return inside + from * 4;
      const at = scratch.start + i * step * 4;
      arena.f32.set(partOf(view, from, from + n), at / 4);
      return at;
    });
    part(addresses, from, n, room, room + step * 4);
  }
}

/** The sums of all blocks of the parts, `count` a block, each added in order. */
function sumsOf(
  host: Host,
  views: readonly (Float32Array | undefined)[],
  length: number,
  count: number,
  part: (addresses: readonly number[], from: number, n: number, sums: number) => void,
): number[] {
  const totals: number[] = new Array(count).fill(0);
  forParts(host, views, length, (addresses, from, n, _, sums) => {
    part(addresses, from, n, sums);
    for (let i = 0; i < Math.ceil(n / BLOCK_COLS) * count; i++) {
      totals[i % count] += host.arena.f64[sums / 8 + i];
    }
  });
  return totals;
}

/** `out`, made part by part: in its place or, outside the memory, in the room for a part. */
function fillByParts(
  host: Host,
  views: readonly (Float32Array | undefined)[],
  out: Float32Array,
  part: (addresses: readonly number[], to: number, n: number) => void,
): void {
  const inside = host.arena.offsetOf(out);
  forParts(host, views, out.length, (addresses, from, n, room) => {
    part(addresses, inside < 0 ? room : inside + from * 4, n);
    if (inside < 0) out.set(host.arena.f32.subarray(room / 4, room / 4 + n), from);
  });
}

/** As `crossEntropyF32` of one row with its whole target, of weight `weight`, on `label`. */
export function longLabelLoss(
  host: Host,
  x: Float32Array,
  label: number,
  weight: number,
  gradient: Float32Array | undefined,
  { beta, scale }: LossScalars,
): number {
  const { raw } = host;
  const { odds, total } = logOddsOfRow(host, x, gradient, label, beta);
  if (gradient) {
    const share = raw.sigmoid(odds);
    const factor = share === 0 ? 0 : finiteSlope(scale * weight * beta) * share;
    if (Number.isNaN(odds)) gradient.fill(NaN);
    else if (odds > -Infinity) scaleRow(host, gradient, factor / total, false);
    else gradient.fill(0);
    gradient[label] = Number.isNaN(odds) ? NaN : 0 - factor;
  }
  const loss = raw.softplus(odds);
  return weight === 0 && loss === Infinity ? 0 : weight * loss;
}

/** As `crossEntropyF32` of one row with a target that is spread over its columns. */
export function longSpreadLoss(
  host: Host,
  x: Float32Array,
  label: number,
  target: Float32Array | undefined,
  weight: Float32Array | undefined,
  gradient: Float32Array | undefined,
  scalars: LossScalars,
): number {
  const { raw } = host;
  const views = [x, target, weight];
  const row: SpreadRow = {
    cols: x.length,
    max: () => maxOfRow(host, x),
    indexOf: (value) => indexInRow(host, x, value),
    logit: (at) => x[at],
    target: (at) => target?.[at] ?? 0,
    weight: (at) => weight?.[at] ?? 1,
    sums: (skip, max, beta, share, spread) =>
      sumsOf(host, views, x.length, 3, ([xAt, targetAt, weightAt], from, n, sums) => {
        const at = skip >= from && skip < from + n ? skip - from : -1;
        raw.targetSumsF32(xAt, targetAt, weightAt, sums, n, at, max, beta, share, spread);
      }),
    gradient: gradient && {
      write: (max, beta, factor, slope, share, spread) =>
        fillByParts(host, views, gradient, ([xAt, targetAt, weightAt], to, n) => {
          raw.targetGradientF32(xAt, targetAt, weightAt, to, n, max, beta, factor, slope, share, spread);
        }),
      set: (at, value) => {
        gradient[at] = value;
      },
      fill: (value) => {
        gradient.fill(value);
      },
    },
    exp: raw.exp,
    log1p: raw.log1p,
  };
  return spreadLoss(row, label, scalars);
}

/** As `softmaxGradientF32` of one row. */
export function longSoftmaxGradient(
  host: Host,
  p: Float32Array,
  dp: Float32Array,
  out: Float32Array,
  beta: number,
): void {
  const { raw } = host;
  const [dot] = sumsOf(host, [dp, p], p.length, 1, ([a, b], _, n, sums) => raw.dotSumsF32(a, b, sums, n));
  fillByParts(host, [p, dp], out, ([a, b], to, n) => raw.productGradientF32(a, b, to, n, dot, beta));
}

/** As `logSoftmaxGradientF32` of one row. */
export function longLogSoftmaxGradient(
  host: Host,
  logP: Float32Array,
  dLogP: Float32Array,
  out: Float32Array,
  beta: number,
): void {
  const { raw } = host;
  const [sum] = sumsOf(host, [dLogP], out.length, 1, ([a], _, n, sums) => raw.dotSumsF32(a, 0, sums, n));
  fillByParts(host, [logP, dLogP], out, ([a, b], to, n) => {
    raw.targetGradientF32(a, b, 0, to, n, 0, 1, sum, -beta, 1, 0);
  });
}
