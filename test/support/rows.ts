/** Rows of logits with labels, for tests of threads. */

import { random } from './random.ts';

export interface Input {
  x: Float32Array;
  labels: Int32Array;
  cols: number;
}

/** Logits, some rows of them with a special element; some labels are to be ignored. */
export function makeInput(rows: number, cols: number, seed: number): Input {
  const r = random(seed);
  const x = new Float32Array(rows * cols);
  for (let i = 0; i < x.length; i++) x[i] = 20 * r.next() - 10;
  const special = [NaN, Infinity, -Infinity, -Infinity, 1e30, -1e30];
  for (let i = 0; i < Math.min(rows - 1, special.length); i++) x[r.below(x.length)] = special[i];
  const labels = Int32Array.from({ length: rows }, (_, row) => (row % 7 === 3 ? -100 : r.below(cols)));
  return { x, labels, cols };
}
