/** Logits beside labels: their checks, and what a temperature or a calibration needs to know of each row. */

import { type Floats, toFloats } from '../../arguments/arrays.ts';
import { refuseRow } from '../../arguments/errors.ts';
import { type Labels, toIgnoreIndex, toLabels, weighLabels } from '../../arguments/labels.ts';
import { toLayout } from '../../arguments/layout.ts';
import type { LayoutOptions } from '../../arguments/options.ts';
import { elementAt } from '../../memory/elements.ts';
import type { Host } from '../../memory/host.ts';
import { indexIn, type Layout, runRows, takeRow } from '../../memory/lanes.ts';
import type { FloatView } from '../../memory/view.ts';
import { momentsOf } from '../../raw/js/masses.ts';
import { argmaxOf } from '../../raw/js/select.ts';
import { MOMENTS_STRIDE } from '../../raw/sizes.ts';

export interface Labelled {
  readonly op: string;
  readonly x: FloatView;
  readonly labels: Int32Array;
  readonly layout: Layout;
  readonly ignoreIndex: number;
}

/** Checks all but the logits' values, which `forRows` does. */
export function toLabelled(
  op: string,
  logits: Floats,
  target: Labels,
  options: LayoutOptions & { ignoreIndex?: number },
): Labelled {
  const x = toFloats(op, 'logits', logits, options.dtype);
  const layout = toLayout(op, 'logits', x.length, options, 0);
  const labels = toLabels(op, 'labels', target, layout);
  const ignoreIndex = toIgnoreIndex(op, options.ignoreIndex);
  weighLabels(op, 'labels', labels, layout.cols, ignoreIndex, undefined);
  return { op, x, labels, layout, ignoreIndex };
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
  { op, x, labels, layout, ignoreIndex }: Labelled,
  beta: number,
  each: (moments: RowMoments, row: number) => void,
): void {
  const visit = (row: number, argmax: number, m: Float64Array): void => {
    const label = labels[row];
    if (label === ignoreIndex) return;
    const [max, sumW, sumWW, sumWD, sumWDD] = m;
    if (!Number.isFinite(max)) throw refuseRow(op, 'logits', x, layout, row);
    const own = elementAt(x, indexIn(layout, row, label));
    each({ argmax, label, max, own, sumW, sumWW, sumWD, sumWDD }, row);
  };
  const { arena, raw } = host;
  const { rows, cols } = layout;
  const operands = [
    { view: x, rowBytes: cols * 4, write: false },
    { view: undefined, rowBytes: MOMENTS_STRIDE * 8, write: true },
    { view: undefined, rowBytes: 4, write: true },
  ];
  const fits = runRows(host, layout, operands, ([xAt, momentsAt, idsAt], n, first) => {
    raw.momentsF32(xAt, momentsAt, n, cols, beta);
    raw.argmaxF32(xAt, idsAt, n, cols, 1, 0);
    for (let i = 0; i < n; i++) {
      const at = momentsAt / 8 + i * MOMENTS_STRIDE;
      visit(first + i, arena.i32[idsAt / 4 + i], arena.f64.subarray(at, at + MOMENTS_STRIDE));
    }
  });
  if (fits) return;
  const moments = new Float64Array(MOMENTS_STRIDE);
  for (let row = 0; row < rows; row++) {
    const values = takeRow(x, layout, row, cols);
    momentsOf(values, 0, cols, beta, moments, 0);
    visit(row, argmaxOf(values, 0, cols), moments);
  }
}
