/** Picks something of each row of logits, adjusted, block by block. */

import { type Floats, toFloats } from '../../arguments/arrays.ts';
import { checkIndexable } from '../../arguments/check.ts';
import { toLayout } from '../../arguments/layout.ts';
import type { LayoutOptions } from '../../arguments/options.ts';
import type { Operand } from '../../memory/blocks.ts';
import type { Host } from '../../memory/host.ts';
import { type Layout, runRows, takeRow } from '../../memory/lanes.ts';
import type { FloatView } from '../../memory/view.ts';
import { ALIGNMENT } from '../../raw/sizes.ts';
import { adjustBlock, placeBits } from '../shared/adjust-rows.ts';
import { type Adjustments, adjustRow, refuseAdjusted } from '../shared/adjustments.ts';
import type { Picker } from './pickers.ts';
import type { RawLogProbs } from './raw-log-probs.ts';

/** Bytes set aside for copies, if the logits are not copied. */
const COPY_BYTES = 65536;

/** Logits of at least one column, and how they lie. */
export function toLogits(
  op: string,
  logits: Floats,
  options: LayoutOptions,
): { readonly x: FloatView; readonly layout: Layout } {
  const x = toFloats(op, 'logits', logits, options.dtype);
  const layout = toLayout(op, 'logits', x.length, options, 0, logits);
  checkIndexable(op, 'logits', layout.cols);
  return { x, layout };
}

/** A call of an operation that picks something of each row of logits. */
export interface Call {
  readonly op: string;
  readonly host: Host;
  readonly x: FloatView;
  readonly layout: Layout;
  readonly adjustments: Adjustments | undefined;
  readonly picker: Picker;
  /** What is picked, `[rows]`, 0 in rows that are not wanted. */
  readonly ids: Int32Array;
  /** Whether a row is looked at, once those before it have their ids; all are by default. */
  readonly wants?: (row: number) => boolean;
  /** Looks at the rows as they are given, once they have their ids. */
  readonly rawLogProbs?: RawLogProbs;
}

/** Picks, row after row; where a row that is wanted has no distribution, a RangeError. */
export function pickRows(call: Call): void {
  if (inBlocks(call)) return;
  for (let row = 0; row < call.layout.rows; row++) pickLong(call, row);
}

/** False, and nothing picked, if a row and what is to be known of it do not fit into the scratch. */
function inBlocks(call: Call): boolean {
  const { op, host, x, layout, adjustments, picker, ids, wants, rawLogProbs } = call;
  const { cols, inner } = layout;
  const placed = placeBits(host, adjustments);
  if (placed === undefined) return false;
  const { arena } = host;
  const { start, bytes } = placed.host.scratch;
  const isInPlace = inner === 1 && x instanceof Float32Array && arena.offsetOf(x) >= 0;
  // Our own room comes first; what rows are copied through is behind.
  const room = align(isInPlace ? bytes - Math.min(bytes / 4, COPY_BYTES) : bytes / 2);
  const copyBytes = adjustments ? cols * 4 : 0;
  const rawBytes = rawLogProbs?.rowBytes ?? 0;
  const perRow = copyBytes + picker.rowBytes + rawBytes + 4;
  const fixed = picker.fixedBytes + 4 * ALIGNMENT;
  const fit = Math.floor((room - fixed) / Math.max(perRow, 1));
  if (fit < 1) return false;
  // Even: threads are, more often than not.
  const step = fit > 2 ? fit - (fit % 2) : fit;
  const rest: Host = { ...placed.host, scratch: { start: start + room, bytes: bytes - room } };
  const operands: Operand[] = [{ view: x, rowBytes: cols * 4, write: false }, ...placed.operands];
  return runRows(rest, layout, operands, ([xAt, bitsAt = placed.shared], count, first) => {
    for (let from = 0; from < count; from += step) {
      const n = Math.min(step, count - from);
      const logits = xAt + from * cols * 4;
      const idsAt = start;
      const rawAt = idsAt + align(n * 4);
      const copyAt = rawAt + align(n * rawBytes);
      const pickAt = copyAt + align(n * copyBytes);
      const at = adjustments ? copyAt : logits;
      if (adjustments) {
        const bits = bitsAt + from * placed.bytes;
        adjustBlock(host, adjustments, logits, bits, at, n, cols, placed.bytes, first + from);
      }
      picker.prepare(at, pickAt, n, cols, first + from);
      for (let i = 0; i < n; i++) {
        const row = first + from + i;
        if (wants && !wants(row)) continue;
        const id = picker.pick(at, pickAt, i, cols, row);
        if (id < 0) throw refuseAdjusted(op, x, layout, row, adjustments);
        ids[row] = id;
        arena.i32[idsAt / 4 + i] = id;
      }
      rawLogProbs?.ofBlock(logits, idsAt, rawAt, n, first + from, adjustments ? undefined : picker.losses);
    }
  });
}

/** A row that does not fit into the scratch. */
function pickLong(call: Call, row: number): void {
  const { op, x, layout, adjustments, picker, ids, wants, rawLogProbs } = call;
  if (wants && !wants(row)) return;
  const part = takeRow(x, layout, row, layout.cols);
  let adjusted = part;
  if (adjustments) {
    adjusted = new Float32Array(part.length);
    adjustRow(adjustments, layout, row, part, adjusted);
  }
  const id = picker.pickLong(adjusted, row);
  if (id < 0) throw refuseAdjusted(op, x, layout, row, adjustments);
  ids[row] = id;
  rawLogProbs?.ofLong(part, row, id);
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
