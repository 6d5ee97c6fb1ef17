/** What of a row's distribution goes to some of its elements: their probabilities, or the logarithms of these. */
import { longLogSoftmaxOf, longSoftmaxOf } from '../../long/softmax.ts';
import type { Host } from '../../memory/host.ts';

/** What `topK` may give. */
export type TopKValues = 'logits' | 'probabilities' | 'logProbs';

export const TOP_K_VALUES: readonly TopKValues[] = ['logits', 'probabilities', 'logProbs'];

type Chance = Exclude<TopKValues, 'logits'>;

/**
 * Puts into `values`, `[rows, k]`, what the columns in `indices` have of the softmax of rows of `x`, all of which goes to
 * `room`. A row whose first index is −1 is none, and left as it is.
 */
export function takeChances(
  { raw, arena: { f32, i32 } }: Host,
  kind: Chance,
  x: number,
  values: number,
  indices: number,
  room: number,
  rows: number,
  cols: number,
  k: number,
  beta: number,
): void {
  if (kind === 'probabilities') raw.softmaxF32(x, room, rows, cols, 1, 0, beta);
  else raw.logSoftmaxF32(x, room, rows, cols, 1, 0, beta);
  for (let row = 0; row < rows; row++) {
    const at = row * k;
    if (i32[indices / 4 + at] < 0) continue;
    for (let i = at; i < at + k; i++) f32[values / 4 + i] = f32[room / 4 + row * cols + i32[indices / 4 + i]];
  }
}

/** The same for one row that does not fit into the scratch; `values` are the elements at first. */
export function takeLongChances(
  host: Host,
  kind: Chance,
  x: Float32Array,
  values: Float32Array,
  beta: number,
): void {
  if (kind === 'probabilities') longSoftmaxOf(host, x, values, beta);
  else longLogSoftmaxOf(host, x, values, beta);
}
