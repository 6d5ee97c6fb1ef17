/** The cross-entropy of rows with labels or probabilities, and its gradient. */
import {
  factors,
  fillDefined,
  findOdds,
  inBatches,
  logs,
  maxima,
  NO_SKIPS,
  owns,
  shares,
  skips,
  sums,
} from './js/batch.ts';
import { gather, inTiles, scatter } from './js/lanes.ts';
import { exp, log1p, softplusEach } from './js/math.ts';
import { findMaxima, indexOf, multiply } from './js/passes.ts';
import { targetGradient, targetSums } from './js/target.ts';
import { NONE, place, type Views } from './js/views.ts';
import { finiteSlope } from './limits.ts';
import { BLOCK_COLS } from './sizes.ts';
import { DOUBLES, LANES, SHARED, type Splits, WORDS } from './split.ts';
import { type LossScalars, type SpreadRow, spreadLoss } from './spread-loss.ts';

/** See `RawKernels`. */
export interface CrossEntropyKernels {
  /**
   * `losses[row] = Σ q·(−log softmax(beta·x)) + zLoss·logSumExp(beta·x)²`, float64 `[rows]`, with
   * `q[j] = weight[j]·((1 − smoothing)·target[j] + smoothing/cols)`. The target: `labels`, int32 `[rows]`, where
   * a row labelled `ignoreIndex` gets 0 and is not read; or `probabilities`, float32 `[rows, cols]`; the other
   * one is 0. `weight`: float32 `[cols]`, or 0. If `gradient` is not 0 it gets `scale · d(losses[row])/dx`, zeros
   * in ignored rows. Rows lie side by side only with labels, without smoothing and zLoss.
   */
  crossEntropyF32(
    x: number,
    labels: number,
    probabilities: number,
    weight: number,
    losses: number,
    gradient: number,
    rows: number,
    cols: number,
    inner: number,
    from: number,
    beta: number,
    ignoreIndex: number,
    scale: number,
    smoothing: number,
    zLoss: number,
  ): void;
}

export const crossEntropySplits: Splits<CrossEntropyKernels> = {
  crossEntropyF32: {
    rows: {
      x: LANES,
      labels: WORDS,
      probabilities: LANES,
      weight: SHARED,
      losses: DOUBLES,
      gradient: LANES,
    },
    lanes: true,
    numbers: ['beta', 'ignoreIndex', 'scale', 'smoothing', 'zLoss'],
  },
};

export function createCrossEntropy(views: () => Views, scratch: number): CrossEntropyKernels {
  return {
    crossEntropyF32(
      x,
      labels,
      probabilities,
      weight,
      losses,
      gradient,
      rows,
      cols,
      inner,
      from,
      beta,
      ignoreIndex,
      scale,
      smoothing,
      zLoss,
    ) {
      const all = views();
      const { f32 } = all;
      const scalars: LossScalars = { beta, ignoreIndex, scale, smoothing, zLoss };
      const xAt = x >>> 2;
      const labelsAt = place(labels);
      const targetAt = place(probabilities);
      const weightAt = place(weight);
      const lossesAt = losses >>> 3;
      const gradientAt = place(gradient);
      const after = (at: number, offset: number) => (at < 0 ? NONE : at + offset);
      if (inner === 1) {
        const first = from * cols;
        const target = after(targetAt, first);
        const to = after(gradientAt, first);
        lossRows(all, xAt + first, labelsAt, target, weightAt, lossesAt, to, rows, cols, scalars);
        return;
      }
      const tile = scratch >>> 2;
      inTiles(rows, cols, inner, from, (row, lane, n) => {
        gather(f32, xAt + lane, f32, tile, n, cols, inner);
        const to = gradientAt < 0 ? NONE : tile;
        lossRows(all, tile, labelsAt + row, NONE, weightAt, lossesAt + row, to, n, cols, scalars);
        if (to >= 0) scatter(f32, tile, f32, gradientAt + lane, n, cols, inner);
      });
    },
  };
}

/** The losses of row-major rows, and their gradients. Positions count elements. */
function lossRows(
  all: Views,
  x: number,
  labels: number,
  target: number,
  weight: number,
  losses: number,
  gradient: number,
  rows: number,
  cols: number,
  scalars: LossScalars,
): void {
  const { f32, f64, i32 } = all;
  const { beta, ignoreIndex, scale, smoothing, zLoss } = scalars;
  const onLabel = labels >= 0 && smoothing === 0 && zLoss === 0;
  const isIgnored = (row: number) => labels >= 0 && i32[labels + row] === ignoreIndex;
  // Runs of rows that count, and runs of rows that do not.
  for (let row = 0, end = 0; row < rows; row = end) {
    const ignored = isIgnored(row);
    while (end < rows && isIgnored(end) === ignored) end++;
    const to = gradient < 0 ? NONE : gradient + row * cols;
    if (ignored) {
      f64.fill(0, losses + row, losses + end);
      if (to >= 0) f32.fill(0, to, to + (end - row) * cols);
      continue;
    }
    const first = row;
    inBatches(end - first, cols, (offset, count) => {
      const r = first + offset;
      const at = x + r * cols;
      const gradientTo = gradient < 0 ? NONE : gradient + r * cols;
      if (onLabel) {
        crossEntropyRows(all, at, labels + r, weight, losses + r, gradientTo, count, cols, beta, scale);
        return;
      }
      for (let i = 0; i < count; i++) {
        const targetAt = target < 0 ? NONE : target + (r + i) * cols;
        const rowTo = gradientTo < 0 ? NONE : gradientTo + i * cols;
        const parts = spreadRow(f32, at + i * cols, targetAt, weight, rowTo, cols);
        f64[losses + r + i] = spreadLoss(parts, labels < 0 ? NONE : i32[labels + r + i], scalars);
      }
    });
  }
}

/** `−log softmax(beta·x)[label] = log(1 + odds)`, times the label's weight; the gradient `scale·beta·(p − onehot)`. */
function crossEntropyRows(
  { f32, f64, i32 }: Views,
  x: number,
  labels: number,
  weight: number,
  losses: number,
  gradient: number,
  rows: number,
  cols: number,
  beta: number,
  scale: number,
): void {
  if (cols === 1) {
    fillDefined(f32, x, f64, losses, rows, beta, 0);
    if (gradient >= 0) fillDefined(f32, x, f32, gradient, rows, beta, 0);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const label = i32[labels + row];
    skips[row] = label;
    owns[row] = f32[x + row * cols + label];
  }
  findMaxima(f32, x, rows, cols, skips, maxima);
  findOdds(f32, x, gradient, rows, cols, beta);
  softplusEach(logs, shares, rows);
  const weightOf = (row: number) => (weight < 0 ? 1 : f32[weight + skips[row]]);
  for (let row = 0; row < rows; row++) {
    const w = weightOf(row);
    // A target of 0 contributes 0, even of an infinite loss.
    f64[losses + row] = w === 0 && logs[row] === Infinity ? 0 : w * logs[row];
  }
  if (gradient < 0) return;
  for (let row = 0; row < rows; row++) {
    const share = shares[row];
    const factor = share === 0 ? 0 : finiteSlope(scale * weightOf(row) * beta) * share;
    owns[row] = 0 - factor;
    factors[row] = factor === 0 ? 0 : factor / sums[row];
  }
  multiply(f32, gradient, gradient, rows, cols, factors);
  for (let row = 0; row < rows; row++) f32[gradient + row * cols + skips[row]] = owns[row];
}

/** The largest element. */
function maxOf(f: Float32Array, x: number, n: number): number {
  findMaxima(f, x, 1, n, NO_SKIPS, maxima);
  return maxima[0];
}

/** The sums of a block of a spread target. */
const blockSums: Float64Array = new Float64Array(3);

/** A row in one piece, for `spreadLoss`. */
function spreadRow(
  f: Float32Array,
  x: number,
  target: number,
  weight: number,
  gradient: number,
  cols: number,
): SpreadRow {
  return {
    cols,
    max: () => maxOf(f, x, cols),
    indexOf: (value) => indexOf(f, x, cols, value),
    logit: (at) => f[x + at],
    target: (at) => (target < 0 ? 0 : f[target + at]),
    weight: (at) => (weight < 0 ? 1 : f[weight + at]),
    sums(skip, max, beta, share, spread) {
      const totals = [0, 0, 0];
      for (let start = 0; start < cols; start += BLOCK_COLS) {
        const n = Math.min(BLOCK_COLS, cols - start);
        const t = target < 0 ? NONE : target + start;
        const w = weight < 0 ? NONE : weight + start;
        targetSums(f, x + start, t, w, n, skip - start, max, beta, share, spread, blockSums, 0);
        for (let i = 0; i < 3; i++) totals[i] += blockSums[i];
      }
      return totals;
    },
    gradient:
      gradient < 0
        ? undefined
        : {
            write: (max, beta, factor, slope, share, spread) =>
              targetGradient(f, x, target, weight, gradient, cols, max, beta, factor, slope, share, spread),
            set: (at, value) => {
              f[gradient + at] = value;
            },
            fill: (value) => {
              f.fill(value, gradient, gradient + cols);
            },
          },
    exp,
    log1p,
  };
}
