/** Losses of a row part by part, and their gradients. */
import { elementAt, fill, setElement } from '../memory/elements.ts';
import type { Host } from '../memory/host.ts';
import type { FloatView, OutView } from '../memory/view.ts';
import { finiteSlope } from '../raw/limits.ts';
import { type LossScalars, type SpreadRow, spreadLoss } from '../raw/spread-loss.ts';
import { fillParts, sumParts } from './parts.ts';
import { indexInRow, logOddsOfRow, maxOfRow, scaleSummands } from './rows.ts';

/** As `crossEntropyF32` of one row, whose target is a label or probabilities. */
export function longLoss(
  host: Host,
  x: FloatView,
  target: number | FloatView,
  weight: Float32Array | undefined,
  gradient: OutView | undefined,
  scalars: LossScalars,
): number {
  if (typeof target !== 'number') return longSpreadLoss(host, x, -1, target, weight, gradient, scalars);
  if (target === scalars.ignoreIndex) {
    if (gradient) fill(gradient, 0);
    return 0;
  }
  if (scalars.smoothing === 0 && scalars.zLoss === 0) {
    return longLabelLoss(host, x, target, weight?.[target] ?? 1, gradient, scalars);
  }
  return longSpreadLoss(host, x, target, undefined, weight, gradient, scalars);
}

/** As `crossEntropyF32` of one row with its whole target, of weight `weight`, on `label`. */
function longLabelLoss(
  host: Host,
  x: FloatView,
  label: number,
  weight: number,
  gradient: OutView | undefined,
  { beta, scale }: LossScalars,
): number {
  const { raw } = host;
  const { odds, total, others } = logOddsOfRow(host, x, gradient, label, beta);
  if (gradient) {
    const share = raw.sigmoid(odds);
    const factor = share === 0 ? 0 : finiteSlope(scale * weight * beta) * share;
    if (Number.isNaN(odds)) fill(gradient, NaN);
    else if (odds > -Infinity) {
      scaleSummands(host, x, gradient, label, others, beta, factor / total, false);
    } else fill(gradient, 0);
    setElement(gradient, label, Number.isNaN(odds) ? NaN : 0 - factor);
  }
  const loss = raw.softplus(odds);
  return weight === 0 && loss === Infinity ? 0 : weight * loss;
}

/** As `crossEntropyF32` of one row with a target that is spread over its columns. */
function longSpreadLoss(
  host: Host,
  x: FloatView,
  label: number,
  target: FloatView | undefined,
  weight: Float32Array | undefined,
  gradient: OutView | undefined,
  scalars: LossScalars,
): number {
  const { raw } = host;
  const views = [x, target, weight] as const;
  const row: SpreadRow = {
    cols: x.length,
    max: () => maxOfRow(host, x),
    indexOf: (value) => indexInRow(host, x, value),
    logit: (at) => elementAt(x, at),
    target: (at) => (target ? elementAt(target, at) : 0),
    weight: (at) => weight?.[at] ?? 1,
    sums: (skip, max, beta, share, spread) =>
      sumParts(host, views, 3, ([xAt, targetAt, weightAt], from, n, sums) => {
        const at = skip >= from && skip < from + n ? skip - from : -1;
        raw.targetSumsF32(xAt, targetAt, weightAt, sums, n, at, max, beta, share, spread);
      }),
    gradient: gradient && {
      write: (max, beta, factor, slope, share, spread) =>
        fillParts(host, views, gradient, ([xAt, targetAt, weightAt], to, n) => {
          raw.targetGradientF32(xAt, targetAt, weightAt, to, n, max, beta, factor, slope, share, spread);
        }),
      set: (at, value) => {
        setElement(gradient, at, value);
      },
      fill: (value) => {
        fill(gradient, value);
      },
    },
    exp: raw.exp,
    log1p: raw.log1p,
  };
  return spreadLoss(row, label, scalars);
}
