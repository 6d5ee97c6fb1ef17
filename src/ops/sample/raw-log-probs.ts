/** Log-probabilities and alternatives of the distribution as it is given, unadjusted and unfiltered, at T = 1. */

import { refuseRow } from '../../arguments/errors.ts';
import { logOddsOfRow } from '../../long/rows.ts';
import type { Host } from '../../memory/host.ts';
import type { Layout } from '../../memory/lanes.ts';
import type { FloatView } from '../../memory/view.ts';
import { topKOf } from '../../raw/js/select.ts';
import type { Results } from './results.ts';

export class RawLogProbs {
  /** Bytes of the room that `ofBlock` needs for each row. */
  readonly rowBytes: number;
  readonly #host: Host;
  readonly #x: FloatView;
  readonly #layout: Layout;
  readonly #results: Results;
  readonly #hasLogProbs: boolean;
  /** Alternatives that are looked for in each row, 0 for none. */
  readonly #k: number;

  constructor(host: Host, x: FloatView, layout: Layout, results: Results) {
    this.#host = host;
    this.#x = x;
    this.#layout = layout;
    this.#results = results;
    this.#hasLogProbs = results.logProbs !== undefined && !results.isWhole;
    this.#k = results.isWhole ? 0 : Math.min(results.n, layout.cols);
    this.rowBytes = (this.#hasLogProbs || this.#k > 0 ? 8 : 0) + this.#k * 8 + (this.#k > 0 ? 8 : 0);
  }

  /** Of n rows at `x`, from number `first` on, whose ids are at `ids`, those of their losses that are known at `losses`. */
  ofBlock(x: number, ids: number, room: number, n: number, first: number, losses?: number): void {
    const { f64 } = this.#host.arena;
    const { cols } = this.#layout;
    const { logProbs } = this.#results;
    if (logProbs && this.#hasLogProbs) {
      const at = (losses ?? room) / 8;
      if (losses === undefined) f64.fill(NaN, at, at + n);
      for (let i = 0; i < n; i++) {
        if (Number.isNaN(f64[at + i])) {
          let end = i + 1;
          while (end < n && Number.isNaN(f64[at + end])) end++;
          this.#losses(x + i * cols * 4, ids + i * 4, (at + i) * 8, end - i);
        }
        const loss = f64[at + i];
        if (Number.isNaN(loss)) throw this.#refusal(first + i);
        logProbs[first + i] = 0 - loss;
      }
    }
    if (this.#k > 0) this.#findAlternatives(x, ids, room, n, first);
  }

  #losses(x: number, labels: number, room: number, n: number): void {
    const { cols } = this.#layout;
    this.#host.raw.crossEntropyF32(x, labels, 0, 0, room, 0, n, cols, 1, 0, 1, -1, 1, 0, 0);
  }

  #findAlternatives(x: number, ids: number, room: number, n: number, first: number): void {
    const { arena, raw } = this.#host;
    const k = this.#k;
    const labels = room / 4 + 2 * n;
    const values = labels + 2 * n;
    const indices = values + k * n;
    raw.topKF32(x, values * 4, indices * 4, n, this.#layout.cols, k);
    for (let i = 0; i < n; i++) {
      const label = arena.i32[indices + i * k];
      if (label < 0) throw this.#refusal(first + i);
      arena.i32[labels + i] = label;
    }
    this.#losses(x, labels * 4, room, n);
    for (let i = 0; i < n; i++) {
      const loss = arena.f64[room / 8 + i];
      this.#put(
        first + i,
        arena.i32[ids / 4 + i],
        arena.f32,
        values + i * k,
        arena.i32,
        indices + i * k,
        loss,
      );
    }
  }

  /** Puts the alternatives of a row, of which the first one's loss is known. */
  #put(
    row: number,
    drawn: number,
    values: Float32Array,
    from: number,
    indices: Int32Array,
    at: number,
    loss: number,
  ): void {
    if (Number.isNaN(loss)) throw this.#refusal(row);
    const results = this.#results;
    for (let j = 0; j < this.#k && values[from + j] > -Infinity; j++) {
      const id = indices[at + j];
      const isDrawn = this.#hasLogProbs && id === drawn;
      // Of the one that is drawn there is a log-probability already, rounded from other summands.
      const logProb = isDrawn
        ? (results.logProbs as Float32Array)[row]
        : 0 - (loss + (values[from] - values[from + j]));
      results.alternative(row, j, id, logProb);
    }
  }

  /** Of a row that is not in the memory. */
  ofLong(x: Float32Array, row: number, id: number): void {
    const { logProbs } = this.#results;
    const lossOf = (label: number): number => {
      const { odds } = logOddsOfRow(this.#host, x, undefined, label, 1);
      return this.#host.raw.softplus(odds);
    };
    if (logProbs && this.#hasLogProbs) {
      const loss = lossOf(id);
      if (Number.isNaN(loss)) throw this.#refusal(row);
      logProbs[row] = 0 - loss;
    }
    if (this.#k === 0) return;
    const values = new Float32Array(this.#k);
    const indices = new Int32Array(this.#k);
    if (!topKOf(x, 0, x.length, values, indices)) throw this.#refusal(row);
    this.#put(row, id, values, 0, indices, 0, lossOf(indices[0]));
  }

  #refusal(row: number): RangeError {
    return refuseRow('sample', 'logits', this.#x, this.#layout, row);
  }
}
