import { type Operand, runBlocks } from '../blocks.ts';
import {
  checkBeta,
  checkChoice,
  checkCols,
  checkFloats,
  checkOptions,
  rangeError,
  toFloats,
  toLabels,
  typeError,
} from '../check.ts';
import { checkOverlap, type Host } from '../host.ts';
import { logOddsOfRow, scaleRow } from '../long-rows.ts';
import type { CrossEntropyOptions, Reduction } from '../options.ts';

const REDUCTIONS: readonly Reduction[] = ['none', 'mean', 'sum'];

export function crossEntropy(
  host: Host,
  logits: Float32Array | readonly number[],
  target: Int32Array | readonly number[],
  options: CrossEntropyOptions = {},
): number | Float32Array {
  const op = 'crossEntropy';
  checkOptions(op, options);
  const x = toFloats(op, 'logits', logits);
  const cols = checkCols(op, 'logits', x.length, options.cols);
  const rows = cols === 0 ? 0 : x.length / cols;
  const labels = toLabels(op, 'target', target, rows);
  const beta = checkBeta(op, options.temperature, options.beta);
  const { reduction = 'mean', ignoreIndex = -100, gradient } = options;
  checkChoice(op, 'reduction', REDUCTIONS, reduction);
  if (typeof ignoreIndex !== 'number') throw typeError(op, 'ignoreIndex', 'a number', ignoreIndex);
  if ((ignoreIndex | 0) !== ignoreIndex) throw rangeError(op, 'ignoreIndex', 'a 32-bit integer', ignoreIndex);
  if (gradient !== undefined) {
    checkFloats(op, 'gradient', gradient, x.length);
    checkOverlap(host, op, 'gradient', gradient, 'logits', x, true);
    checkOverlap(host, op, 'gradient', gradient, 'target', labels, false);
  }
  const counted = countLabels(op, labels, cols, ignoreIndex);

  const scale = reduction === 'mean' ? 1 / counted : 1;
  const perRow = reduction === 'none' ? new Float32Array(rows) : undefined;
  let sum = 0;
  const { arena, raw } = host;
  const operands: Operand[] = [
    { view: x, rowBytes: cols * 4, write: false },
    { view: labels, rowBytes: 4, write: false },
    { view: undefined, rowBytes: 8, write: true },
  ];
  if (gradient) operands.push({ view: gradient, rowBytes: cols * 4, write: true, over: 0 });
  const fits = runBlocks(host, rows, operands, ([xAt, labelsAt, lossesAt, gradientAt = 0], n, first) => {
    raw.crossEntropyF32(xAt, labelsAt, lossesAt, gradientAt, n, cols, beta, ignoreIndex, scale);
    const losses = lossesAt / 8;
    for (let i = 0; i < n; i++) {
      const loss = arena.f64[losses + i];
      if (perRow) perRow[first + i] = loss;
      else sum += loss;
    }
  });
  if (!fits) {
    for (let row = 0; row < rows; row++) {
      const from = row * cols;
      const part = gradient?.subarray(from, from + cols);
      const rowOfX = x.subarray(from, from + cols);
      const loss = longCrossEntropy(host, rowOfX, labels[row], part, beta, ignoreIndex, scale);
      if (perRow) perRow[row] = loss;
      else sum += loss;
    }
  }
  return perRow ?? (reduction === 'mean' ? sum / counted : sum);
}

/** The number of rows that count; throws if a label is neither a class nor `ignoreIndex`. */
function countLabels(op: string, labels: Int32Array, cols: number, ignoreIndex: number): number {
  let counted = 0;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    if (label === ignoreIndex) continue;
    if (label < 0 || label >= cols) {
      throw new RangeError(
        `${op}: target must be in [0, ${cols}) or ignoreIndex (${ignoreIndex}), but is ${label} in row ${row}`,
      );
    }
    counted++;
  }
  return counted;
}

/** As `crossEntropyF32`, for one row, in parts. */
export function longCrossEntropy(
  host: Host,
  x: Float32Array,
  label: number,
  gradient: Float32Array | undefined,
  beta: number,
  ignoreIndex: number,
  scale: number,
): number {
  if (label === ignoreIndex) {
    gradient?.fill(0);
    return 0;
  }
  const { odds, total } = logOddsOfRow(host, x, gradient, label, beta);
  if (gradient) {
    const share = host.raw.sigmoid(odds);
    const factor = share === 0 ? 0 : scale * beta * share;
    if (Number.isNaN(odds)) gradient.fill(NaN);
    else if (odds > -Infinity) scaleRow(host, gradient, factor / total, false);
    else gradient.fill(0);
    gradient[label] = Number.isNaN(odds) ? NaN : 0 - factor;
  }
  return host.raw.softplus(odds);
}
