/** Logits beside labels: their checks, and what a temperature or a calibration needs to know of each row. */

import { toFloats } from '../../arguments/arrays.ts';
import { checkCols } from '../../arguments/check.ts';
import { refuseRow } from '../../arguments/errors.ts';
import { toIgnoreIndex, toLabels, weighLabels } from '../../arguments/labels.ts';
import { runBlocks } from '../../memory/blocks.ts';
import type { Host } from '../../memory/host.ts';
import { momentsOf } from '../../raw/js/masses.ts';
import { argmaxOf } from '../../raw/js/select.ts';
import { MOMENTS_STRIDE } from '../../raw/sizes.ts';

export interface Labelled {
  readonly op: string;
  readonly x: Float32Array;
  readonly labels: Int32Array;
  readonly rows: number;
  readonly cols: number;
  readonly ignoreIndex: number;
}

/** Checks all but the logits' values, which `forRows` does. */
export function toLabelled(
  op: string,
  logits: Float32Array | readonly number[],
  target: Int32Array | readonly number[],
  { cols: givenCols, ignoreIndex: given }: { cols?: number; ignoreIndex?: number },
): Labelled {
  const x = toFloats(op, 'logits', logits);
  const cols = checkCols(op, 'logits', x.length, givenCols);
  const rows = cols === 0 ? 0 : x.length / cols;
  const labels = toLabels(op, 'labels', target, rows);
  const ignoreIndex = toIgnoreIndex(op, given);
  weighLabels(op, 'labels', labels, cols, ignoreIndex, undefined);
  return { op, x, labels, rows, cols, ignoreIndex };
}

/** A row of a distribution `p = w/Σw`, `w = exp(−d)`, `d = beta·(max − x)`. */
export interface RowMoments {
  /** The first index of the largest logit. */
  readonly argmax: number;
  readonly label: number;
  readonly max: number;
  /** The label's logit. */
  readonly own: number;
  readonly sumW: number;
  readonly sumWW: number;
  readonly sumWD: number;
  readonly sumWDD: number;
}

/** Calls `each` for every row that counts, in order. @throws RangeError for a row without a distribution */
export function forRows(
  host: Host,
  { op, x, labels, rows, cols, ignoreIndex }: Labelled,
  beta: number,
  each: (moments: RowMoments, row: number) => void,
): void {
  const visit = (row: number, argmax: number, m: Float64Array): void => {
    const label = labels[row];
    if (label === ignoreIndex) return;
    const [max, sumW, sumWW, sumWD, sumWDD] = m;
    if (!Number.isFinite(max)) throw refuseRow(op, 'logits', x, row, cols);
    each({ argmax, label, max, own: x[row * cols + label], sumW, sumWW, sumWD, sumWDD }, row);
  };
  const { arena, raw } = host;
  const operands = [
    { view: x, rowBytes: cols * 4, write: false },
    { view: undefined, rowBytes: MOMENTS_STRIDE * 8, write: true },
    { view: undefined, rowBytes: 4, write: true },
  ];
  const fits = runBlocks(host, rows, operands, ([xAt, momentsAt, idsAt], n, first) => {
    raw.momentsF32(xAt, momentsAt, n, cols, beta);
    raw.argmaxF32(xAt, idsAt, n, cols);
    for (let i = 0; i < n; i++) {
      const at = momentsAt / 8 + i * MOMENTS_STRIDE;
      visit(first + i, arena.i32[idsAt / 4 + i], arena.f64.subarray(at, at + MOMENTS_STRIDE));
    }
  });
  if (fits) return;
  const moments = new Float64Array(MOMENTS_STRIDE);
  for (let row = 0; row < rows; row++) {
    momentsOf(x, row * cols, cols, beta, moments, 0);
    visit(row, argmaxOf(x, row * cols, cols), moments);
  }
}
