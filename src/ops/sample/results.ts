/** What a call gives, beside the ids: log-probabilities and alternatives, of one distribution or the other. */

import type { NewFloat32Array, NewInt32Array } from '../../arguments/new-arrays.ts';
import { indexIn, type Layout } from '../../memory/lanes.ts';
import type { Elements } from './elements.ts';
import type { Alternatives, Sample, SampleIds } from './options.ts';

export class Results {
  readonly ids: NewInt32Array;
  readonly logProbs: NewFloat32Array | undefined;
  readonly alternatives: Alternatives | undefined;
  /** Alternatives a row. */
  readonly n: number;
  /** Whether they are of the distribution that is drawn from. */
  readonly isProcessed: boolean;

  readonly #layout: Layout;

  /** @param layout of the alternatives, as many columns as there are to be */
  constructor(layout: Layout, mode: 'raw' | 'processed' | 'none') {
    const { rows, cols: n } = layout;
    this.#layout = layout;
    this.ids = new Int32Array(rows);
    this.logProbs = mode === 'none' ? undefined : new Float32Array(rows);
    this.n = n;
    this.isProcessed = mode === 'processed';
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

  /** Notes that nothing else could be drawn. */
  single(row: number, id: number): void {
    if (!this.isProcessed) return;
    (this.logProbs as Float32Array)[row] = 0;
    if (this.n > 0) this.alternative(row, 0, id, 0);
  }

  /** Notes what is drawn from the elements, which may be put in another order. */
  processed(row: number, elements: Elements, place: number): void {
    if (!this.isProcessed) return;
    (this.logProbs as Float32Array)[row] = elements.logProb(place);
    if (this.n === 0) return;
    const places = elements.first(this.n);
    for (let i = 0; i < places.length; i++) {
      this.alternative(row, i, elements.indices[places[i]], elements.logProb(places[i]));
    }
  }

  /** Notes the alternative in place i of a row. */
  alternative(row: number, i: number, id: number, logProb: number): void {
    const { ids, logProbs } = this.alternatives as Alternatives;
    const at = indexIn(this.#layout, row, i);
    ids[at] = id;
    logProbs[at] = logProb;
  }
}
