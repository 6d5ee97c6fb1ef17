/** Logits, adjusted before a token is chosen. */

import { type Floats, type FloatsOut, toFloats, toOut } from '../arguments/arrays.ts';
import { checkOptions } from '../arguments/check.ts';
import { toLayout } from '../arguments/layout.ts';
import { LAYOUT_NAMES, type LayoutOptions, type Names } from '../arguments/options.ts';
import { setElement } from '../memory/elements.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { indexIn, runRows, takeRow } from '../memory/lanes.ts';
import { adjustBlock, placeBits } from './shared/adjust-rows.ts';
import { type AdjustmentOptions, adjustRow, checkLeft, toAdjustments } from './shared/adjustments.ts';

export type { AdjustmentOptions, BiasOptions, PenaltyOptions } from './shared/adjustments.ts';

/** What to adjust, and where the result goes. */
export interface AdjustLogitsOptions extends LayoutOptions, AdjustmentOptions {
  /** Where the result goes: the logits themselves or an array that does not overlap them. A new array by default. */
  out?: FloatsOut;
}

const NAMES: Names<AdjustLogitsOptions> = ['bias', 'penalties', 'allowed', 'out'];

/**
 * The logits after, in this order, `bias`, `penalties` and `allowed`: `z + bias`; for each distinct token of the history
 * with count c `z > 0 ? z/repetition : z·repetition`, then `z − c·frequency − presence`; and −Infinity for what is not
 * allowed. `sample` takes the same options, and needs no copy of the logits.
 *
 * @param logits float32 row-major `[rows, cols]`, or `options.shape`
 * @param options `bias`, `penalties` and `allowed`, each of which may be left out
 * @returns float32 `[rows, cols]`, or the shape: `options.out`, which may be `logits` itself, or a new array
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, such as a token that is none, naming
 * it, and, naming the row, for one of which nothing is left above −Infinity; nothing is written then
 *
 * Accuracy: computed in float64 and rounded once; the same bits on every backend. Special values: −Infinity stays, what
 * is not allowed becomes −Infinity even if it is NaN, other NaN stay. Views of the kernels' memory are used in place, other
 * arrays are copied through a bounded scratch.
 *
 * Source: the repetition penalty from Keskar et al. 2019, 'CTRL'; frequency and presence as OpenAI's API and llama.cpp
 * have them; the bits as xgrammar and llguidance make them.
 * @example
 * ```ts
 * import { adjustLogits } from 'softmax-simd';
 *
 * const logits = [2, 1, 0.5, -1];
 * const bias = { ids: [3], values: [4] };
 * const penalties = { history: [0, 1, 0], repetition: 2, frequency: 0.25 };
 * adjustLogits(logits, { bias, penalties, allowed: new Uint32Array([0b1011]) }); // Float32Array [0.5, 0.25, -Infinity, 3]
 * ```
 */
export function adjustLogits(host: Host, logits: Floats, options: AdjustLogitsOptions = {}): FloatsOut {
  const op = 'adjustLogits';
  checkOptions(op, options, LAYOUT_NAMES, NAMES);
  const { out: given, dtype } = options;
  const x = toFloats(op, 'logits', logits, dtype);
  const layout = toLayout(op, 'logits', x.length, options, 0, logits);
  const { rows, cols } = layout;
  const adjustments = toAdjustments(op, options, layout);
  const out = given === undefined ? new Float32Array(x.length) : toOut(op, 'out', given, x.length, dtype);
  if (given !== undefined) {
    checkOverlap(host, op, 'out', out, 'logits', x, true);
    for (const [name, view] of adjustments?.views ?? [])
      checkOverlap(host, op, 'out', out, name, view, false);
  }
  if (adjustments) checkLeft(op, x, layout, adjustments);
  const placed = placeBits(host, adjustments);
  const operands = [
    { view: x, rowBytes: cols * 4, write: false },
    { view: out, rowBytes: cols * 4, write: true, over: 0 },
  ];
  const fits =
    placed !== undefined &&
    runRows(placed.host, layout, [...operands, ...placed.operands], ([at, outAt, bitsAt], n, first) => {
      const bits = bitsAt ?? placed.shared;
      if (adjustments) adjustBlock(host, adjustments, at, bits, outAt, n, cols, placed.bytes, first);
      else if (outAt !== at) host.raw.allowF32(at, 0, outAt, n, cols, 0);
    });
  if (!fits) {
    for (let row = 0; row < rows; row++) {
      const values = Float32Array.from(takeRow(x, layout, row, cols));
      if (adjustments) adjustRow(adjustments, layout, row, values, values);
      for (let col = 0; col < cols; col++) setElement(out, indexIn(layout, row, col), values[col]);
    }
  }
  return (given ?? out) as FloatsOut;
}
