/** Draws an element of each row: in which way, and with what log-probability. */

import { type Floats, toFloats } from '../../arguments/arrays.ts';
import { checkBeta, checkIndexable, checkInteger, checkNumber } from '../../arguments/check.ts';
import { refuseRow } from '../../arguments/errors.ts';
import { toLayout } from '../../arguments/layout.ts';
import { logOddsOfRow } from '../../long/rows.ts';
import type { Operand } from '../../memory/blocks.ts';
import type { Host } from '../../memory/host.ts';
import { runRows, takeRow } from '../../memory/lanes.ts';
import { massBinsOf } from '../../raw/js/masses.ts';
import { argmaxOf, selectOf, topKOf } from '../../raw/js/select.ts';
import { MASS_BINS, MASS_STRIDE } from '../../raw/sizes.ts';
import type { Sample, SampleOptions } from './options.ts';
import { type Filters, pickFromBins, pickFromLargest } from './pick.ts';

export const OP = 'sample';

/** Columns searched by one call of `selectF32`, which bounds the room for what it finds. */
const SELECT_COLS = 1024;

/** Rows of up to so many columns are listed whole, in order: that takes less time than to fill and search bins. */
const SHORT_COLS = 128;

/** `sample`, with the random number of row `firstRow` and those after it, in (0, 1], from `draw`. */
export function sampleBy(
  host: Host,
  logits: Floats,
  options: SampleOptions,
  draw: (row: number) => number,
  firstRow = 0,
): Sample {
  const x = toFloats(OP, 'logits', logits, options.dtype);
  const layout = toLayout(OP, 'logits', x.length, options, 0, logits);
  const { rows, cols } = layout;
  checkIndexable(OP, 'logits', cols);
  // Beyond, two rows would have one number.
  checkInteger(OP, 'firstRow', firstRow, 0, Number.MAX_SAFE_INTEGER + 1 - Math.max(1, rows));
  const { topP = 1, minP = 0 } = options;
  const filters: Filters = {
    beta: checkBeta(OP, options.temperature, options.beta),
    topP: checkNumber(OP, 'topP', topP, 0, 1),
    minP: checkNumber(OP, 'minP', minP, 0, 1),
  };
  const k = options.topK === undefined ? cols : checkInteger(OP, 'topK', options.topK, 1, cols);
  const ids = new Int32Array(rows);
  const logProbs = new Float32Array(rows);

  const isGreedy = filters.beta === Infinity || filters.topP === 0 || k === 1;
  const isListed = k < cols || cols <= SHORT_COLS;
  const picker = isGreedy ? greedy(host) : isListed ? fromLargest(host, k, filters) : fromBins(host, filters);
  const refuse = (row: number): RangeError => refuseRow(OP, 'logits', x, layout, row);

  const { arena, raw } = host;
  const operands: Operand[] = [
    { view: x, rowBytes: cols * 4, write: false },
    { view: ids, rowBytes: 4, write: true },
    { view: undefined, rowBytes: 8, write: true },
    ...picker.rooms.map((rowBytes) => ({ view: undefined, rowBytes, write: true })),
  ];
  const fits = runRows(host, layout, operands, ([xAt, idsAt, lossesAt, ...roomsAt], n, first) => {
    picker.prepare(xAt, roomsAt, n, cols);
    for (let i = 0; i < n; i++) {
      const row = arena.f32.subarray(xAt / 4 + i * cols, xAt / 4 + (i + 1) * cols);
      const id = picker.pick(row, xAt + i * cols * 4, roomsAt, i, () => draw(firstRow + first + i));
      if (id < 0) throw refuse(first + i);
      arena.i32[idsAt / 4 + i] = id;
    }
    raw.crossEntropyF32(xAt, idsAt, 0, 0, lossesAt, 0, n, cols, 1, 0, 1, -1, 1, 0, 0);
    for (let i = 0; i < n; i++) logProbs[first + i] = 0 - arena.f64[lossesAt / 8 + i];
  });
  if (!fits) {
    for (let row = 0; row < rows; row++) {
      const part = takeRow(x, layout, row, cols);
      const id = picker.pickLong(part, () => draw(firstRow + row));
      if (id < 0) throw refuse(row);
      ids[row] = id;
      logProbs[row] = 0 - raw.softplus(logOddsOfRow(host, part, undefined, id, 1).odds);
    }
  }
  return { ids, logProbs };
}

/** A way to choose an element of a row. */
interface Picker {
  /** Bytes per row of the rooms that `prepare` needs. */
  readonly rooms: readonly number[];
  /** Runs the kernel over a block of rows. */
  prepare(x: number, rooms: readonly number[], rows: number, cols: number): void;
  /** The index chosen in row i of the block, −1 if the row has no distribution. `x` is the address of `row`. */
  pick(row: Float32Array, x: number, rooms: readonly number[], i: number, draw: () => number): number;
  /** The same for a row that is not in the memory. */
  pickLong(row: Float32Array, draw: () => number): number;
}

function greedy({ raw, arena }: Host): Picker {
  const checked = (row: Float32Array, id: number): number => (id >= 0 && Number.isFinite(row[id]) ? id : -1);
  return {
    rooms: [4],
    prepare: (x, [ids], rows, cols) => raw.argmaxF32(x, ids, rows, cols, 1, 0),
    pick: (row, _, [ids], i) => checked(row, arena.i32[ids / 4 + i]),
    pickLong: (row) => checked(row, argmaxOf(row, 0, row.length)),
  };
}

function fromLargest({ raw, arena }: Host, k: number, filters: Filters): Picker {
  const pick = (values: Float32Array, indices: Int32Array, draw: () => number): number =>
    indices[0] >= 0 && Number.isFinite(values[0]) ? indices[pickFromLargest(values, filters, draw())] : -1;
  return {
    rooms: [k * 4, k * 4],
    prepare: (x, [values, indices], rows, cols) => raw.topKF32(x, values, indices, rows, cols, k),
    pick(_row, _x, rooms, i, draw) {
      const [values, indices] = rooms.map((room) => room / 4 + i * k);
      return pick(arena.f32.subarray(values, values + k), arena.i32.subarray(indices, indices + k), draw);
    },
    pickLong(row, draw) {
      const values = new Float32Array(k);
      const indices = new Int32Array(k);
      return topKOf(row, 0, row.length, values, indices) ? pick(values, indices, draw) : -1;
    },
  };
}

function fromBins({ raw, arena }: Host, filters: Filters): Picker {
  const { beta } = filters;
  const pick = (
    x: Float32Array,
    bins: Float64Array,
    draw: () => number,
    select: (from: number, n: number, low: number, high: number) => Int32Array,
  ): number => {
    const max = bins[0];
    if (!Number.isFinite(max)) return -1;
    const selectAll = (low: number, high: number): number[] => {
      const indices: number[] = [];
      for (let from = 0; from < x.length; from += SELECT_COLS) {
        const found = select(from, Math.min(SELECT_COLS, x.length - from), low, high);
        for (let i = 0; i < found.length; i++) indices.push(from + found[i]);
      }
      return indices;
    };
    const row = { x, beta, max, masses: bins.subarray(1, 1 + MASS_BINS), select: selectAll };
    return pickFromBins(row, filters, draw());
  };
  return {
    rooms: [MASS_STRIDE * 8, SELECT_COLS * 4],
    prepare: (x, [bins], rows, cols) => raw.massBinsF32(x, bins, rows, cols, beta),
    pick(row, x, [bins, indices], i, draw) {
      const at = bins / 8 + i * MASS_STRIDE;
      return pick(row, arena.f64.subarray(at, at + MASS_STRIDE), draw, (from, n, low, high) => {
        const count = raw.selectF32(x + from * 4, indices, n, low, high);
        return arena.i32.subarray(indices / 4, indices / 4 + count);
      });
    },
    pickLong(row, draw) {
      const bins = new Float64Array(MASS_STRIDE);
      massBinsOf(row, 0, row.length, beta, bins, 0);
      const found = new Int32Array(SELECT_COLS);
      return pick(row, bins, draw, (from, n, low, high) =>
        found.subarray(0, selectOf(row, from, n, low, high, found, 0)),
      );
    },
  };
}
