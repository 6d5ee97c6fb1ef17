/** What `eval` sums up over rows. Sums of shards add up to the sums of the whole. */

import { IGNORE_INDEX } from '../arguments/labels.ts';
import type { Kernels } from '../index.ts';
import { ExactSum } from './exact-sum.ts';

export interface EvalSums {
  /** Rows that count. */
  rows: number;
  /** Rows whose label is `IGNORE_INDEX`. */
  ignored: number;
  /** Rows in which the label is the first of the largest logits. */
  correct: number;
  /** Summed cross-entropy, nats. */
  loss: ExactSum;
  /** Rows whose loss is NaN: how many, and the first. Not part of a shard: its sum is NaN. */
  nan?: { rows: number; first: number };
  calibration?: CalibrationSums;
}

export interface CalibrationSums {
  /** NaN as soon as a row has no probabilities: there is no calibration then. */
  brier: ExactSum;
  bins: BinSums[];
}

export interface BinSums {
  count: number;
  correct: number;
  confidence: ExactSum;
}

/** Rows of logits, in the kernels' memory, and their labels, already checked. */
export interface EvalBlock {
  readonly x: Float32Array;
  readonly labels: Int32Array;
  readonly cols: number;
  /** Number of the first row in its file. */
  readonly start: number;
}

/** Bins of a calibration at the most: each tile has its own, for a moment. */
export const MAX_BINS = 1000;

/** Rows of a tile at the most, so that a tile's own sum is good to 1e-12 in whatever order. */
const MAX_TILE_ROWS = 4096;
const TILE_ELEMENTS = 2 ** 16;
/** Tiles that are read, and told apart, together where they fit. */
export const GROUP_TILES = 16;

/** @param bins 0: no calibration */
export function emptySums(bins: number): EvalSums {
  const sums: EvalSums = { rows: 0, ignored: 0, correct: 0, loss: new ExactSum() };
  if (bins > 0) {
    const empty = (): BinSums => ({ count: 0, correct: 0, confidence: new ExactSum() });
    sums.calibration = { brier: new ExactSum(), bins: Array.from({ length: bins }, empty) };
  }
  return sums;
}

/**
 * Rows that are summed up by one call of a kernel, a power of two. Tiles lie at multiples of their size, so that
 * shards which are cut between tiles give the same bits as the whole.
 */
export function tileRows(cols: number): number {
  const rows = Math.min(MAX_TILE_ROWS, Math.max(1, TILE_ELEMENTS / Math.max(1, cols)));
  return 2 ** Math.floor(Math.log2(rows));
}

/** Rows `first` to `end` (exclusive), cut at the multiples of `size`. */
export function* cutRows(
  first: number,
  end: number,
  size: number,
): Generator<{ start: number; count: number }> {
  for (let start = first; start < end; ) {
    const next = Math.min(end, (Math.floor(start / size) + 1) * size);
    yield { start, count: next - start };
    start = next;
  }
}

/** Adds rows. Where a block ends, so should a tile, unless it is the last. */
export function addBlock(sums: EvalSums, kernels: Kernels, block: EvalBlock, temperature: number): void {
  const { x, labels, cols, start: from } = block;
  for (const { start, count } of cutRows(from, from + labels.length, tileRows(cols))) {
    const at = start - from;
    addTile(sums, kernels, temperature, {
      ...{ x: x.subarray(at * cols, (at + count) * cols), labels: labels.subarray(at, at + count) },
      ...{ cols, start },
    });
  }
}

function addTile(
  sums: EvalSums,
  kernels: Kernels,
  temperature: number,
  { x, labels, cols, start }: EvalBlock,
): void {
  const largest = argmaxOf(kernels, x, cols);
  let counted = 0;
  labels.forEach((label, row) => {
    if (label === IGNORE_INDEX) return;
    counted++;
    const isCorrect = largest ? largest[row] === label : isArgmax(x, row * cols, cols, label);
    sums.correct += Number(isCorrect);
  });
  sums.rows += counted;
  sums.ignored += labels.length - counted;
  if (counted === 0) return;
  const options = { cols, temperature, ignoreIndex: IGNORE_INDEX };
  const loss = kernels.crossEntropy(x, labels, { ...options, reduction: 'sum' });
  sums.loss.add(loss);
  if (Number.isNaN(loss)) {
    const losses = kernels.crossEntropy(x, labels, { ...options, reduction: 'none' });
    sums.nan ??= { rows: 0, first: start + losses.findIndex(Number.isNaN) };
    sums.nan.rows += losses.filter(Number.isNaN).length;
  }
  if (sums.calibration) addCalibration(sums.calibration, kernels, { x, labels, counted, options });
}

interface Counted {
  x: Float32Array;
  labels: Int32Array;
  counted: number;
  options: { cols: number; temperature: number; ignoreIndex: number };
}

function addCalibration(
  sums: CalibrationSums,
  kernels: Kernels,
  { x, labels, counted, options }: Counted,
): void {
  if (Number.isNaN(sums.brier.value)) return;
  try {
    const { brier, bins } = kernels.calibration(x, labels, { ...options, bins: sums.bins.length });
    sums.brier.add(brier * counted);
    for (const [i, { count, confidence, accuracy }] of bins.entries()) {
      if (count === 0) continue;
      const bin = sums.bins[i];
      bin.count += count;
      bin.correct += Math.round(accuracy * count);
      bin.confidence.add(confidence * count);
    }
  } catch (error) {
    // Labels and options are known to be right: a row has no probabilities.
    if (!(error instanceof RangeError)) throw error;
    sums.brier.add(NaN);
  }
}

/** Adds the sums of other rows, with as many bins. */
export function addSums(sums: EvalSums, other: EvalSums): void {
  sums.rows += other.rows;
  sums.ignored += other.ignored;
  sums.correct += other.correct;
  sums.loss.addSum(other.loss);
  if (!sums.calibration || !other.calibration) return;
  sums.calibration.brier.addSum(other.calibration.brier);
  for (const [i, bin] of other.calibration.bins.entries()) {
    const own = sums.calibration.bins[i];
    own.count += bin.count;
    own.correct += bin.correct;
    own.confidence.addSum(bin.confidence);
  }
}

/** The first of the largest of each row, as far as every row has one. */
function argmaxOf(kernels: Kernels, x: Float32Array, cols: number): Int32Array | undefined {
  try {
    return kernels.argmax(x, { cols });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Whether `label` is the first of the largest elements of the row at `at`; false if one of them is NaN. */
function isArgmax(x: Float32Array, at: number, cols: number, label: number): boolean {
  const value = x[at + label];
  for (let c = 0; c < label; c++) if (!(x[at + c] < value)) return false;
  for (let c = label; c < cols; c++) if (!(x[at + c] <= value)) return false;
  return true;
}
