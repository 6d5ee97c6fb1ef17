/** What a call gives, beside the ids: log-probabilities and alternatives, of one distribution or the other. */

import type { NewFloat32Array, NewInt32Array } from '../../arguments/new-arrays.ts';
import { indexIn, type Layout } from '../../memory/lanes.ts';
import type { Alternatives, Sample, SampleIds } from './options.ts';
import type { Left, Random, Taker } from './pickers.ts';

export class Results implements Taker {
  readonly ids: NewInt32Array;
  readonly logProbs: NewFloat32Array | undefined;
  readonly alternatives: Alternatives | undefined;
  /** Alternatives a row. */
  readonly n: number;
  /** Whether they are of the distribution that is drawn from. */
  readonly isWhole: boolean;

  readonly #layout: Layout;
  readonly #random: Random;

  /** @param layout of the alternatives, as many columns as there are to be */
  constructor(layout: Layout, mode: 'raw' | 'processed' | 'none', random: Random) {
    const { rows, cols: n } = layout;
    this.#layout = layout;
    this.#random = random;
    this.ids = new Int32Array(rows);
    this.logProbs = mode === 'none' ? undefined : new Float32Array(rows);
    this.n = n;
    this.isWhole = mode === 'processed';
    if (n === 0) return;
    this.alternatives = {
      ids: new Int32Array(rows * n).fill(-1),
      logProbs: new Float32Array(rows * n).fill(-Infinity),
    };
  }

  /** What `sample` returns. */
  get all(): Sample | SampleIds {
    const { ids, logProbs, alternatives } = this;
    return { ids, ...(logProbs && { logProbs }), ...(alternatives && { alternatives }) };
  }

  single(row: number, id: number): void {
    if (!this.isWhole) return;
    (this.logProbs as Float32Array)[row] = 0;
    if (this.n > 0) this.alternative(row, 0, id, 0);
  }

  /** Draws one; what is left may be put in another order. */
  take(row: number, left: Left): number {
    const u = this.#random.draw(row);
    if (!this.isWhole) return left.drawIndex(u);
    const elements = left.list();
    const place = elements.draw(u);
    const drawn = elements.indices[place];
    (this.logProbs as Float32Array)[row] = elements.logProb(place);
    if (this.n === 0) return drawn;
    const places = elements.first(this.n);
    for (let i = 0; i < places.length; i++) {
      this.alternative(row, i, elements.indices[places[i]], elements.logProb(places[i]));
    }
    return drawn;
  }

  /** Notes the alternative in place i of a row. */
  alternative(row: number, i: number, id: number, logProb: number): void {
    const { ids, logProbs } = this.alternatives as Alternatives;
    const at = indexIn(this.#layout, row, i);
    ids[at] = id;
    logProbs[at] = logProb;
  }
}
