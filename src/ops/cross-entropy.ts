import {
  checkBeta,
  checkChoice,
  checkCols,
  checkFloats,
  checkIgnoreIndex,
  checkNumber,
  checkOptions,
  toColumns,
  toFloats,
  toLabels,
  weighLabels,
} from '../arguments/check.ts';
import type { CrossEntropyOptions, Reduction } from '../arguments/options.ts';
import { longLabelLoss, longSpreadLoss } from '../long/losses.ts';
import { FEW_ELEMENTS, type Operand, runBlocks } from '../memory/blocks.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { type Constant, placeConstant } from '../memory/per-column.ts';
import { partOf } from '../memory/view.ts';
import type { LossScalars } from '../raw/spread-loss.ts';

export const REDUCTIONS: readonly Reduction[] = ['none', 'mean', 'sum'];

/** What the losses of rows are made of, all of it checked. */
export interface Losses {
  readonly x: Float32Array;
  readonly rows: number;
  readonly cols: number;
  /** Labels, unless there are probabilities. */
  readonly labels?: Int32Array;
  readonly probabilities?: Float32Array;
  readonly weight?: Float32Array;
  readonly gradient?: Float32Array;
  readonly ignoreIndex: number;
  readonly scalars: LossScalars;
}

export function crossEntropy(
  host: Host,
  logits: Float32Array | readonly number[],
  target: Int32Array | Float32Array | readonly number[],
  options: CrossEntropyOptions = {},
): number | Float32Array {
  const op = 'crossEntropy';
  checkOptions(op, options);
  const x = toFloats(op, 'logits', logits);
  const cols = checkCols(op, 'logits', x.length, options.cols);
  const rows = cols === 0 ? 0 : x.length / cols;
  const probabilities = target instanceof Float32Array ? target : undefined;
  if (probabilities) checkFloats(op, 'target (probabilities)', probabilities, x.length);
  const labels = probabilities ? undefined : toLabels(op, 'target', target as Int32Array, rows);
  const beta = checkBeta(op, options.temperature, options.beta);
  const { reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0, zLoss = 0, gradient } = options;
  checkChoice(op, 'reduction', REDUCTIONS, reduction);
  checkIgnoreIndex(op, ignoreIndex);
  checkNumber(op, 'labelSmoothing', labelSmoothing, 0, 1);
  checkNumber(op, 'zLoss', zLoss, 0, Number.MAX_VALUE);
  const weight = options.weight === undefined ? undefined : toColumns(op, 'weight', options.weight, cols);
  if (gradient !== undefined) {
    checkFloats(op, 'gradient', gradient, x.length);
    checkOverlap(host, op, 'gradient', gradient, 'logits', x, true);
    checkOverlap(host, op, 'gradient', gradient, 'target', probabilities ?? (labels as Int32Array), false);
    if (weight) checkOverlap(host, op, 'gradient', gradient, 'weight', weight, false);
  }
  const counted = labels ? weighLabels(op, 'target', labels, cols, ignoreIndex, weight) : rows;

  const scale = reduction === 'mean' ? 1 / counted : 1;
  if (labels !== undefined && weight === undefined && isFew(x)) {
    // Without the objects and closures of the general way, which take as long as a row of ten.
    const from = fewLosses(
      host,
      x,
      labels,
      gradient,
      rows,
      cols,
      ignoreIndex,
      beta,
      scale,
      labelSmoothing,
      zLoss,
    );
    const { f64 } = host.arena;
    if (reduction === 'none') return Float32Array.from(f64.subarray(from, from + rows));
    const sum = addLosses(0, f64, from, rows);
    return reduction === 'mean' ? sum / counted : sum;
  }
  const scalars = { beta, scale, smoothing: labelSmoothing, zLoss };
  const losses = { x, rows, cols, labels, probabilities, weight, gradient, ignoreIndex, scalars };
  if (reduction === 'none') {
    const out = new Float32Array(rows);
    forLosses(host, losses, (values, from, n, first) => {
      for (let i = 0; i < n; i++) out[first + i] = values[from + i];
    });
    return out;
  }
  const total = sumLosses(host, losses);
  return reduction === 'mean' ? total / counted : total;
}

/** Gets the losses of `n` rows from `first` on: `values[from]` and those that follow, 0 for ignored rows. */
type UseLosses = (values: Float64Array, from: number, n: number, first: number) => void;

/** The sum of the losses of all rows, in order; the gradient, if wanted, is written. */
export function sumLosses(host: Host, losses: Losses): number {
  let total = 0;
  forLosses(host, losses, (values, from, n) => {
    total = addLosses(total, values, from, n);
  });
  return total;
}

function addLosses(sum: number, values: Float64Array, from: number, n: number): number {
  for (let i = 0; i < n; i++) sum += values[from + i];
  return sum;
}

/** Calls `use` with the losses of all rows, block by block, in order; the gradient, if wanted, is written. */
export function forLosses(host: Host, losses: Losses, use: UseLosses): void {
  const { x, rows, cols, labels, weight, gradient, ignoreIndex, scalars } = losses;
  if (labels !== undefined && weight === undefined && isFew(x)) {
    const { beta, scale, smoothing, zLoss } = scalars;
    const from = fewLosses(host, x, labels, gradient, rows, cols, ignoreIndex, beta, scale, smoothing, zLoss);
    use(host.arena.f64, from, rows, 0);
    return;
  }
  const constant = placeConstant(host, weight);
  if (constant !== undefined && inBlocks(constant, losses, use)) return;
  for (let row = 0; row < rows; row++) use(Float64Array.of(longLoss(host, losses, row)), 0, 1, row);
}

/** False, and nothing done, if a row does not fit into the scratch. */
function inBlocks({ host, address }: Constant, losses: Losses, use: UseLosses): boolean {
  const { x, rows, cols, labels, probabilities, gradient, ignoreIndex, scalars } = losses;
  const { beta, scale, smoothing, zLoss } = scalars;
  const { arena } = host;
  const raw = x.length < host.manyElements ? host.alone : host.raw;
  const target: Operand = { view: labels ?? probabilities, rowBytes: labels ? 4 : cols * 4, write: false };
  const operands: Operand[] = [
    { view: x, rowBytes: cols * 4, write: false },
    target,
    { view: undefined, rowBytes: 8, write: true },
  ];
  if (gradient) operands.push({ view: gradient, rowBytes: cols * 4, write: true, over: 0 });
  return runBlocks(host, rows, operands, ([xAt, targetAt, lossesAt, gradientAt = 0], n, first) => {
    raw.crossEntropyF32(
      xAt,
      labels ? targetAt : 0,
      labels ? 0 : targetAt,
      address,
      lossesAt,
      gradientAt,
      n,
      cols,
      beta,
      ignoreIndex,
      scale,
      smoothing,
      zLoss,
    );
    use(arena.f64, lossesAt / 8, n, first);
  });
}

/** So few elements that loops copy them quickest, without garbage. */
function isFew(x: Float32Array): boolean {
  return x.length <= FEW_ELEMENTS && x.length > 0;
}

/** The losses of few elements, copied wherever they lie; where in the memory's float64 they are. */
function fewLosses(
  host: Host,
  x: Float32Array,
  labels: Int32Array,
  gradient: Float32Array | undefined,
  rows: number,
  cols: number,
  ignoreIndex: number,
  beta: number,
  scale: number,
  smoothing: number,
  zLoss: number,
): number {
  const { start } = host.scratch;
  const { f32, i32 } = host.arena;
  const xAt = start / 4;
  const labelsAt = xAt + FEW_ELEMENTS;
  const lossesAt = start / 8 + FEW_ELEMENTS;
  for (let i = 0; i < x.length; i++) f32[xAt + i] = x[i];
  for (let row = 0; row < rows; row++) i32[labelsAt + row] = labels[row];
  const to = gradient === undefined ? 0 : start;
  const raw = host.alone;
  const at = lossesAt * 8;
  raw.crossEntropyF32(
    start,
    labelsAt * 4,
    0,
    0,
    at,
    to,
    rows,
    cols,
    beta,
    ignoreIndex,
    scale,
    smoothing,
    zLoss,
  );
  if (gradient !== undefined) for (let i = 0; i < x.length; i++) gradient[i] = f32[xAt + i];
  return lossesAt;
}

/** The loss of a row in parts. */
export function longLoss(host: Host, losses: Losses, row: number): number {
  const { cols, labels, weight, ignoreIndex, scalars } = losses;
  const part = (view: Float32Array) => partOf(view, row * cols, (row + 1) * cols);
  const x = part(losses.x);
  const gradient = losses.gradient && part(losses.gradient);
  const label = labels ? labels[row] : -1;
  if (labels && label === ignoreIndex) {
    gradient?.fill(0);
    return 0;
  }
  if (labels && scalars.smoothing === 0 && scalars.zLoss === 0) {
    return longLabelLoss(host, x, label, weight?.[label] ?? 1, gradient, scalars);
  }
  const target = losses.probabilities && part(losses.probabilities);
  return longSpreadLoss(host, x, label, target, weight, gradient, scalars);
}
