/** Rows that lie side by side, a lane each: moved into rows and back. Positions and lengths count elements. */

import { batchRows } from './batch.ts';

type Words = Float32Array | Int32Array;

/**
 * Calls `run` for each run of rows whose lanes lie side by side: with its first row, counted from 0, the place of that
 * row's first element, and how many rows there are.
 */
export function forLanes(
  rows: number,
  cols: number,
  inner: number,
  from: number,
  run: (row: number, place: number, n: number) => void,
): void {
  inRuns(rows, cols, inner, from, rows, run);
}

/** As `forLanes`, by batches, of which two fit into a thread's scratch. */
export function inTiles(
  rows: number,
  cols: number,
  inner: number,
  from: number,
  run: (row: number, place: number, n: number) => void,
): void {
  inRuns(rows, cols, inner, from, batchRows(cols), run);
}

function inRuns(
  rows: number,
  cols: number,
  inner: number,
  from: number,
  most: number,
  run: (row: number, place: number, n: number) => void,
): void {
  for (let row = 0, n = 0; row < rows; row += n) {
    const lane = (from + row) % inner;
    n = Math.min(most, inner - lane, rows - row);
    run(row, (from + row - lane) * cols + lane, n);
  }
}

/** `to`, `[n, cols]`, = n lanes of `f`. */
export function gather(
  f: Words,
  x: number,
  to: Words,
  out: number,
  n: number,
  cols: number,
  inner: number,
): void {
  for (let col = 0; col < cols; col++) {
    const at = x + col * inner;
    for (let row = 0, place = out + col; row < n; row++, place += cols) to[place] = f[at + row];
  }
}

/** n lanes of `to` = `f`, `[n, cols]`. */
export function scatter(
  f: Words,
  x: number,
  to: Words,
  out: number,
  n: number,
  cols: number,
  inner: number,
): void {
  for (let col = 0; col < cols; col++) {
    const at = out + col * inner;
    for (let row = 0, place = x + col; row < n; row++, place += cols) to[at + row] = f[place];
  }
}
