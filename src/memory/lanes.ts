/**
 * Rows along an axis that is not the last: `[outer, cols, inner]`, the rows side by side, a lane each. Kernels that know
 * of lanes work on them where they are, or on copies of some lanes; for the others rows are gathered.
 */
import { ALIGNMENT, LANE_COLS } from '../raw/sizes.ts';
import { BLOCK_BYTES, copyRows, type Operand, runBlocks } from './blocks.ts';
import {
  gatherElements,
  load,
  loadRuns,
  scatterElements,
  store,
  storeRuns,
  toFloat32,
  unitOf,
} from './elements.ts';
import type { Host } from './host.ts';
import { type FloatView, partOf, type View } from './view.ts';

/**
 * How rows lie in an array of the shape `[rows/inner, cols, inner]`: row r is that of outer index ⌊r/inner⌋ and inner
 * index r mod inner. Row-major `[rows, cols]` has an `inner` of 1, as have all rows of one column.
 */
export interface Layout {
  readonly rows: number;
  readonly cols: number;
  readonly inner: number;
}

/** Where an element of a row lies. */
export function indexIn({ cols, inner }: Layout, row: number, col: number): number {
  if (inner === 1) return row * cols + col;
  const lane = row % inner;
  return (row - lane) * cols + lane + col * inner;
}

/** A row, of which an array has `elements`: itself or, where these lie apart, a copy. */
export function rowOf<V extends View>(view: V, { inner }: Layout, row: number, elements: number): V {
  if (inner === 1) return partOf(view, row * elements, (row + 1) * elements);
  const lane = row % inner;
  return gatherElements(view, (row - lane) * elements + lane, inner, elements);
}

/** Puts back what `rowOf` gave. */
export function putRow(view: View, { inner }: Layout, row: number, values: View): void {
  if (inner === 1) return;
  const lane = row % inner;
  scatterElements(view, (row - lane) * values.length + lane, inner, values);
}

/** The same row as float32: itself, or a copy. */
export function takeRow(view: FloatView, layout: Layout, row: number, elements: number): Float32Array {
  return toFloat32(rowOf(view, layout, row, elements));
}

/**
 * Gets the addresses of the operands and how many rows to work on. Those of several elements a row lie as
 * `[outer, elements, inner]`, and the rows to work on begin at row `from` of them; of the others at the address itself.
 */
export type LanesKernel = (
  addresses: readonly number[],
  rows: number,
  inner: number,
  from: number,
  firstRow: number,
) => void;

/** As `runBlocks`, of rows however they lie, for kernels of row-major rows. */
export function runRows(
  host: Host,
  layout: Layout,
  operands: readonly Operand[],
  kernel: (addresses: readonly number[], rows: number, firstRow: number) => void,
): boolean {
  if (layout.inner === 1) return runBlocks(host, layout.rows, operands, kernel);
  return runGathered(host, layout, operands, kernel);
}

/** As `runBlocks`, of rows however they lie, for kernels that know of lanes of up to `most` columns. */
export function runLanes(
  host: Host,
  layout: Layout,
  operands: readonly Operand[],
  kernel: LanesKernel,
  most: number = LANE_COLS,
): boolean {
  if (layout.inner > 1 && layout.cols <= most) return runSideBySide(host, layout, operands, kernel);
  return runRows(host, layout, operands, (addresses, n, first) => kernel(addresses, n, 1, 0, first));
}

/** So many lanes fill cache lines, and are worth a copy of their own. */
const LANES_STEP = 64;

/** Gathered rows go in larger blocks than others: they are there twice, and each step has to be worth threads. */
const GATHERED_BYTES: number = 2 * BLOCK_BYTES;

/** Whether an operand has several elements a row, which lie apart. */
function isApart({ view, rowBytes }: Operand): boolean {
  return view !== undefined && rowBytes > unitOf(view);
}

/**
 * Calls `kernel` for consecutive blocks of rows. Arrays that all lie inside the memory are used where they are; else
 * blocks of lanes are copied in and out through the scratch. False, and nothing done, if a row does not fit there.
 */
function runSideBySide(
  host: Host,
  { rows, inner }: Layout,
  operands: readonly Operand[],
  kernel: LanesKernel,
  blockBytes: number = BLOCK_BYTES,
): boolean {
  const { arena, scratch } = host;
  const offsets = operands.map(({ view }) => (view === undefined ? -1 : arena.offsetOf(view)));
  const isInside = operands.every((operand, i) => !isApart(operand) || offsets[i] >= 0);
  const isStaged = operands.map((operand, i) => offsets[i] < 0 || (!isInside && isApart(operand)));
  // An output computed over an input shares its place.
  const isOver = operands.map(({ over }, i) => over !== undefined && isStaged[i] && isStaged[over]);
  const staged = operands.filter((_, i) => isStaged[i] && !isOver[i]);
  const rowBytes = staged.reduce((sum, operand) => sum + operand.rowBytes, 0);
  const room = scratch.bytes - staged.length * ALIGNMENT;
  if (rowBytes > room) return false;

  const fit = Math.floor(Math.min(blockBytes, room) / rowBytes);
  // Whole slabs [elements, inner] where several fit, else some lanes of one.
  const most = fit >= inner ? fit - (fit % inner) : lanesOf(fit, Math.floor(room / rowBytes));
  let n = 0;
  for (let row = 0; row < rows; row += n) {
    const lane = row % inner;
    n =
      rowBytes === 0 ? rows : Math.min(most, rows - row, isInside || fit >= inner ? Infinity : inner - lane);
    let next = scratch.start;
    const addresses = operands.map((operand, i) => {
      if (!isStaged[i]) return isApart(operand) ? offsets[i] : offsets[i] + row * operand.rowBytes;
      if (isOver[i]) return -1;
      const address = next;
      next += Math.ceil((operand.rowBytes * n) / ALIGNMENT) * ALIGNMENT;
      return address;
    });
    operands.forEach(({ over }, i) => {
      if (isOver[i]) addresses[i] = addresses[over as number];
    });
    const copy = (operand: Operand, address: number): void => {
      if (isApart(operand)) copyLanes(host, operand, address, row, n, inner);
      else copyRows(host, operand, address, row, n);
    };
    operands.forEach((operand, i) => {
      if (isStaged[i] && !operand.write) copy(operand, addresses[i]);
    });
    // Copies are slabs of their own, of n lanes where they are not whole.
    const width = isInside || fit >= inner ? inner : n;
    kernel(addresses, n, width, isInside ? row : 0, row);
    operands.forEach((operand, i) => {
      if (isStaged[i] && operand.write) copy(operand, addresses[i]);
    });
  }
  return true;
}

/** How many lanes to copy at a time: whole cache lines, if need be beyond a block of the usual size. */
function lanesOf(fit: number, most: number): number {
  const lanes = Math.max(fit, Math.min(LANES_STEP, most));
  return lanes < LANES_STEP ? lanes : lanes - (lanes % LANES_STEP);
}

/** Copies n lanes, from that of `row` on: whole slabs, or some lanes of one. */
function copyLanes(
  host: Host,
  { view, rowBytes, write }: Operand,
  address: number,
  row: number,
  n: number,
  inner: number,
): void {
  if (view === undefined) return;
  const elements = rowBytes / unitOf(view);
  const lane = row % inner;
  const slab = (row - lane) * elements;
  if (lane === 0 && n % inner === 0) (write ? store : load)(host, view, slab, elements * n, address);
  else {
    const runs = { count: elements, length: n, stride: inner };
    (write ? storeRuns : loadRuns)(host, view, slab + lane, runs, address);
  }
}

/** As `runSideBySide`, for kernels of row-major rows, which are gathered before and scattered after. */
function runGathered(
  host: Host,
  layout: Layout,
  operands: readonly Operand[],
  kernel: (addresses: readonly number[], rows: number, firstRow: number) => void,
): boolean {
  const { arena, raw } = host;
  const apart = operands.map((operand, i) => (isApart(operand) ? i : -1)).filter((i) => i >= 0);
  /** Where in the list the room for the rows of an operand is. */
  const rooms = new Map(apart.map((i, place) => [i, operands.length + place]));
  const all = [
    ...operands,
    ...apart.map((i) => ({ view: undefined, rowBytes: operands[i].rowBytes, write: true })),
  ];
  const run: LanesKernel = (addresses, n, inner, from, first) => {
    const places = operands.map((_, i) => addresses[rooms.get(i) ?? i]);
    const move = (i: number): void => {
      const { view, rowBytes, write } = operands[i];
      if (view instanceof Uint8Array)
        gatherBytes(arena.u8, addresses[i], places[i], n, rowBytes, inner, from);
      else if (write) raw.scatterWords(places[i], addresses[i], n, rowBytes / 4, inner, from);
      else raw.gatherWords(addresses[i], places[i], n, rowBytes / 4, inner, from);
    };
    for (const i of apart) if (!operands[i].write) move(i);
    kernel(places, n, first);
    for (const i of apart) if (operands[i].write) move(i);
  };
  return runSideBySide(host, layout, all, run, GATHERED_BYTES);
}

/** Masks: bytes, which nothing is ever written to. */
function gatherBytes(
  bytes: Uint8Array,
  x: number,
  to: number,
  rows: number,
  cols: number,
  inner: number,
  from: number,
): void {
  for (let row = 0; row < rows; row++) {
    const lane = (from + row) % inner;
    let at = x + (from + row - lane) * cols + lane;
    for (let col = 0; col < cols; col++, at += inner) bytes[to + row * cols + col] = bytes[at];
  }
}
