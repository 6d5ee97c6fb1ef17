/** Draws an element of each row, block by block. */

import { type Floats, toFloats } from '../../arguments/arrays.ts';
import { checkChoice, checkIndexable, checkInteger } from '../../arguments/check.ts';
import { toLayout } from '../../arguments/layout.ts';
import { isTensor, shapeOf } from '../../arguments/tensors.ts';
import type { Operand } from '../../memory/blocks.ts';
import type { Host } from '../../memory/host.ts';
import { type Layout, runRows, takeRow } from '../../memory/lanes.ts';
import type { FloatView } from '../../memory/view.ts';
import { ALIGNMENT } from '../../raw/sizes.ts';
import { adjustBlock, placeBits } from '../shared/adjust-rows.ts';
import { type Adjustments, adjustRow, refuseAdjusted, toAdjustments } from '../shared/adjustments.ts';
import type { Sample, SampleIds, SampleOptions } from './options.ts';
import { createPicker, type Picker, type Random } from './pickers.ts';
import { RawLogProbs } from './raw-log-probs.ts';
import { Results } from './results.ts';
import { toSteps } from './steps.ts';

export const OP = 'sample';

/** More alternatives a row are a mistake. */
const MOST_ALTERNATIVES = 0x100000;

/** Bytes set aside for the copies of ids, if nothing else is copied. */
const IDS_BYTES = 65536;

/** `sample`, with the random numbers of row `firstRow` and those after it. */
export function sampleBy(
  host: Host,
  logits: Floats,
  options: SampleOptions,
  random: Random,
  firstRow = 0,
): Sample | SampleIds {
  const x = toFloats(OP, 'logits', logits, options.dtype);
  const layout = toLayout(OP, 'logits', x.length, options, 0, logits);
  const { rows, cols } = layout;
  checkIndexable(OP, 'logits', cols);
  // Beyond, two rows would have one number.
  checkInteger(OP, 'firstRow', firstRow, 0, Number.MAX_SAFE_INTEGER + 1 - Math.max(1, rows));
  const steps = toSteps(OP, options);
  const adjustments = toAdjustments(OP, options, layout);
  const mode = checkChoice(
    OP,
    'logProbs',
    ['raw', 'processed', 'none'],
    options.logProbs === undefined ? 'raw' : options.logProbs,
  );
  const { alternatives } = options;
  const n =
    alternatives === undefined ? 0 : checkInteger(OP, 'alternatives', alternatives, 1, MOST_ALTERNATIVES);
  const results = new Results({ rows, cols: n, inner: innerOf(layout, options, logits) }, mode);
  const numbers = {
    draw: (row: number) => random.draw(firstRow + row),
    exclude: (row: number) => random.exclude(firstRow + row),
  };
  const picker = createPicker({ host, steps, random: numbers, results }, cols);
  const rawLogProbs = new RawLogProbs(host, x, layout, results);
  const call = { host, x, layout, adjustments, picker, results, rawLogProbs };
  if (!inBlocks(call)) {
    for (let row = 0; row < rows; row++) drawLong(call, row);
  }
  return results.all;
}

interface Call {
  readonly host: Host;
  readonly x: FloatView;
  readonly layout: Layout;
  readonly adjustments: Adjustments | undefined;
  readonly picker: Picker;
  readonly results: Results;
  readonly rawLogProbs: RawLogProbs;
}

/** False, and nothing drawn, if a row and what is to be known of it do not fit into the scratch. */
function inBlocks({ host, x, layout, adjustments, picker, results, rawLogProbs }: Call): boolean {
  const { cols, inner } = layout;
  const placed = placeBits(host, adjustments);
  if (placed === undefined) return false;
  const { arena } = host;
  const { start, bytes } = placed.host.scratch;
  const isInPlace = inner === 1 && x instanceof Float32Array && arena.offsetOf(x) >= 0;
  // Our own room comes first; what rows are copied through is behind.
  const room = align(isInPlace ? bytes - Math.min(bytes / 4, IDS_BYTES) : bytes / 2);
  const copyBytes = adjustments ? cols * 4 : 0;
  const perRow = copyBytes + picker.rowBytes + rawLogProbs.rowBytes;
  const fixed = picker.fixedBytes + 4 * ALIGNMENT;
  const fit = Math.floor((room - fixed) / Math.max(perRow, 1));
  if (fit < 1) return false;
  // Even: threads are, more often than not.
  const step = fit > 2 ? fit - (fit % 2) : fit;
  const rest: Host = { ...placed.host, scratch: { start: start + room, bytes: bytes - room } };
  const operands: Operand[] = [
    { view: x, rowBytes: cols * 4, write: false },
    { view: results.ids, rowBytes: 4, write: true },
    ...placed.operands,
  ];
  return runRows(rest, layout, operands, ([xAt, idsAt, bitsAt = placed.shared], count, first) => {
    for (let from = 0; from < count; from += step) {
      const n = Math.min(step, count - from);
      const logits = xAt + from * cols * 4;
      const rawAt = start;
      const copyAt = rawAt + align(n * rawLogProbs.rowBytes);
      const pickAt = copyAt + align(n * copyBytes);
      const at = adjustments ? copyAt : logits;
      if (adjustments) {
        const bits = bitsAt + from * placed.bytes;
        adjustBlock(host, adjustments, logits, bits, at, n, cols, placed.bytes, first + from);
      }
      picker.prepare(at, pickAt, n, cols, first + from);
      for (let i = 0; i < n; i++) {
        const row = first + from + i;
        const id = picker.pick(at, pickAt, i, cols, row);
        if (id < 0) throw refuseAdjusted(OP, x, layout, row, adjustments);
        arena.i32[idsAt / 4 + from + i] = id;
      }
      rawLogProbs.ofBlock(logits, idsAt + from * 4, rawAt, n, first + from);
    }
  });
}

/** A row that does not fit into the scratch. */
function drawLong({ x, layout, adjustments, picker, results, rawLogProbs }: Call, row: number): void {
  const part = takeRow(x, layout, row, layout.cols);
  let adjusted = part;
  if (adjustments) {
    adjusted = new Float32Array(part.length);
    adjustRow(adjustments, layout, row, part, adjusted);
  }
  const id = picker.pickLong(adjusted, row);
  if (id < 0) throw refuseAdjusted(OP, x, layout, row, adjustments);
  results.ids[row] = id;
  rawLogProbs.ofLong(part, row, id);
}

/** How many rows lie side by side; of one column a layout need not say. */
function innerOf(
  { cols, inner }: Layout,
  { shape: given, axis = -1 }: SampleOptions,
  logits: Floats,
): number {
  const shape = given === undefined && isTensor(logits) ? shapeOf(logits) : given;
  if (shape === undefined || cols > 1) return inner;
  return shape.slice(axis < 0 ? axis + shape.length + 1 : axis + 1).reduce((all, size) => all * size, 1);
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
