/**
 * Random calls, and the ways in which one call can be made that must not change a bit of its result: row by
 * row, in place, from a copy or inside the kernels' memory, at any start, along an axis. `reproducible.test.ts` runs
 * some thousands of rows of them, `npm run reproducible` as many as one likes.
 */

import type { RowOptions as AnyRowOptions, Kernels } from '../../src/index.ts';
import { rowForms } from '../operations/index.ts';
import type { RowForm, RowOptions } from '../operations/operation.ts';
import { firstDifference } from '../support/compare.ts';
import { families, scales, specials } from '../support/families.ts';
import { toLanes, toRows } from '../support/lanes.ts';
import type { Random } from '../support/random.ts';

export { random } from '../support/random.ts';

/** Some rows, their labels, and the options with which to call. */
export interface Sample {
  x: Float32Array;
  labels: Int32Array;
  call: RowOptions;
  text: string;
}

/** The longest row of a sample; the pieces of memory below are made for it. */
export const MAX_COLS = 9000;
const MAX_ROWS = 6;

/** Mostly short rows, and some across the edges of blocks. */
function drawCols(random: Random, longest: number): number {
  const kind = random.next();
  if (kind < 0.7) return 1 + random.below(40);
  return 1 + random.below(kind < 0.98 ? 300 : longest);
}

/** No scale as often as one from the list or an ordinary temperature. */
function drawScale(random: Random): (typeof scales)[number] {
  const kind = random.next();
  if (kind < 0.5) return scales[0];
  if (kind < 0.8) return scales[random.below(scales.length)];
  const temperature = random.between(0.05, 5);
  return { name: `T = ${temperature}`, options: { temperature } };
}

export function drawSample(random: Random, longest: number = MAX_COLS): Sample {
  const cols = drawCols(random, longest);
  const rows = 1 + random.below(MAX_ROWS);
  const x = new Float32Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    const row = x.subarray(r * cols, (r + 1) * cols);
    families[random.below(families.length)].fill(row, random);
    if (random.next() < 0.15) {
      for (const value of specials[random.below(specials.length)].values) row[random.below(cols)] = value;
    }
  }
  const labels = Int32Array.from({ length: rows }, () => (random.next() < 0.1 ? -100 : random.below(cols)));
  const scale = drawScale(random);
  return { x, labels, call: { cols, ...scale.options }, text: `${rows} rows of ${cols}, ${scale.name}` };
}

/** Pieces of the kernels' memory, with room to shift a view and to see what is written around it. */
export interface Pieces {
  source: Float32Array;
  target: Float32Array;
}

const ROOM = 32;
const GUARD = 12345.678;

export function makePieces(kernels: Kernels): Pieces {
  const length = MAX_ROWS * MAX_COLS + 2 * ROOM;
  // The memory may grow, and detach views of before, only before the second is made.
  kernels.free(kernels.alloc(2 * length));
  return { source: kernels.alloc(length), target: kernels.alloc(length) };
}

/** Runs into a view of `piece`, and returns the result unless something around it was written. */
function within(
  piece: Float32Array,
  start: number,
  length: number,
  run: (view: Float32Array) => void,
): Float32Array {
  const view = piece.subarray(start, start + length);
  const guards = [
    piece.subarray(start - ROOM / 2, start),
    piece.subarray(start + length, start + length + ROOM / 2),
  ];
  for (const guard of guards) guard.fill(GUARD);
  run(view);
  for (const guard of guards) {
    if (guard.some((value) => value !== Math.fround(GUARD))) throw new Error('wrote outside out');
  }
  return view.slice();
}

/** Ways to divide a call. */
const divisions: Record<string, (call: Way<RowOptions>) => Float32Array> = {
  again: ({ form, kernels, x, labels, call }) => form.run(kernels, x, labels, call),
  'row by row': ({ form, kernels, x, labels, call, out }) => {
    const { cols } = call;
    const width = out.length / labels.length;
    for (let r = 0; r < labels.length; r++) {
      const row = x.subarray(r * cols, (r + 1) * cols);
      out.set(form.run(kernels, row, labels.subarray(r, r + 1), call), r * width);
    }
    return out;
  },
  'split in two': ({ form, kernels, x, labels, call, out }) => {
    const middle = labels.length >> 1;
    const at = middle * call.cols;
    const first = form.run(kernels, x.subarray(0, at), labels.subarray(0, middle), call);
    out.set(first);
    out.set(form.run(kernels, x.subarray(at), labels.subarray(middle), call), first.length);
    return out;
  },
};

/** Ways to place what a call works on. */
const places: Record<string, (call: Way<AnyRowOptions>) => Float32Array> = {
  'into an array': ({ form, kernels, x, labels, call, out }) => form.run(kernels, x, labels, call, out),
  'in place': ({ form, kernels, x, labels, call, out }) => {
    if (form.shape === 'rows') return form.run(kernels, x, labels, call);
    out.set(x);
    return form.run(kernels, out, labels, call, out);
  },
  'in place in the memory': ({ form, kernels, x, labels, call, pieces, start, out }) => {
    if (form.shape === 'rows') {
      const view = pieces.source.subarray(ROOM + start, ROOM + start + x.length);
      view.set(x);
      return form.run(kernels, view, labels, call);
    }
    return within(pieces.target, ROOM / 2 + start, out.length, (view) => {
      view.set(x);
      form.run(kernels, view, labels, call, view);
    });
  },
  'inside the memory': ({ form, kernels, x, labels, call, pieces, start, outStart, out }) => {
    const view = pieces.source.subarray(start, start + x.length);
    view.set(x);
    return within(pieces.target, ROOM / 2 + outStart, out.length, (target) =>
      form.run(kernels, view, labels, call, target),
    );
  },
  'copied into the memory': ({ form, kernels, x, labels, call, pieces, outStart, out }) =>
    within(pieces.target, ROOM / 2 + outStart, out.length, (target) =>
      form.run(kernels, x, labels, call, target),
    ),
  'copied out of the memory': ({ form, kernels, x, labels, call, pieces, start, out }) => {
    const view = pieces.source.subarray(start, start + x.length);
    view.set(x);
    return form.run(kernels, view, labels, call, out);
  },
};

/** Every way to make a call, by name. */
export const ways: Record<string, (call: Way<RowOptions>) => Float32Array> = { ...divisions, ...places };

interface Way<Options> {
  x: Float32Array;
  labels: Int32Array;
  call: Options;
  form: RowForm & { name: string };
  kernels: Kernels;
  pieces: Pieces;
  /** Elements by which views begin behind the start of their piece: every alignment within a cache line. */
  start: number;
  outStart: number;
  /** An array as large as the result. */
  out: Float32Array;
}

/** Runs one sample in every way; says what differs, or nothing. */
export function differences(kernels: Kernels, sample: Sample, pieces: Pieces, random: Random): string[] {
  const found: string[] = [];
  const start = random.below(16);
  const outStart = random.below(16);
  const lanes = drawLanes(sample, random);
  for (const form of rowForms) {
    const note = (name: string, got: Float32Array, wanted: Float32Array): void => {
      const at = firstDifference(got, wanted);
      if (at >= 0) found.push(`${form.name}, ${name}, ${sample.text}: [${at}] ${got[at]}, not ${wanted[at]}`);
    };
    const wanted = form.run(kernels, sample.x, sample.labels, sample.call);
    const out = new Float32Array(wanted.length);
    const common = { form, kernels, pieces, start, outStart };
    for (const [name, way] of Object.entries(ways)) {
      // What was right by the last way must not pass for this one's.
      out.fill(GUARD);
      note(name, way({ ...sample, ...common, out }), wanted);
    }
    const { x, labels, call, outer, inner, place } = lanes;
    const perRow = wanted.length / sample.labels.length;
    const got = places[place]({
      ...common,
      ...{ x, labels, call, out: new Float32Array(labels.length * perRow).fill(GUARD) },
    });
    note(
      `[${outer}, ${sample.call.cols}, ${inner}] along axis 1, ${place}`,
      toRows(got, outer, inner),
      repeatRows(wanted, perRow, labels.length),
    );
  }
  return found;
}

/** The same rows, over and over, as they lie along the middle axis of a tensor; and a place for it. */
function drawLanes({ x, labels, call }: Sample, random: Random) {
  const { cols, ...scale } = call;
  const most = Math.floor((MAX_ROWS * MAX_COLS) / cols);
  // Mostly some lanes, now and then several tiles of them.
  const inner = Math.min(most, 1 + random.below(random.next() < 0.9 ? 12 : 150));
  const outer = Math.min(Math.floor(most / inner), 1 + random.below(3));
  const rows = outer * inner;
  const names = Object.keys(places);
  return {
    ...{ outer, inner, place: names[random.below(names.length)] },
    x: toLanes(repeatRows(x, cols, rows), outer, inner),
    labels: repeatRows(labels, 1, rows),
    call: { ...scale, shape: [outer, cols, inner], axis: 1 },
  };
}

/** As many rows as wanted, from the first again after the last. */
function repeatRows<V extends Float32Array | Int32Array>(rows: V, elements: number, count: number): V {
  const repeated = new (rows.constructor as new (length: number) => V)(count * elements);
  for (let at = 0; at < repeated.length; at += rows.length) {
    repeated.set(rows.subarray(0, Math.min(rows.length, repeated.length - at)), at);
  }
  return repeated;
}
