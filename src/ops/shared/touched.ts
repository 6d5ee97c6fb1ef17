/** The few tokens of a row that bias and penalties change: a table of them, made anew for each row's history. */

/** Bias, checked. */
export interface Bias {
  readonly ids: Int32Array;
  readonly values: Float64Array;
}

/** Penalties, checked. */
export interface Penalties {
  /** One for each row, or one. */
  readonly histories: readonly Int32Array[];
  readonly repetition: number;
  readonly frequency: number;
  readonly presence: number;
}

export class Touched {
  readonly #bias: Bias | undefined;
  readonly #penalties: Penalties | undefined;
  /** Open addressing: a token's place in the lists, plus 1; 0 where there is none. */
  readonly #places: Int32Array;
  readonly #shift: number;
  readonly #ids: Int32Array;
  readonly #biases: Float64Array;
  readonly #counts: Int32Array;
  #count = 0;
  /** The history that the table holds. */
  #history: Int32Array | undefined;
  #isMade = false;

  constructor(bias: Bias | undefined, penalties: Penalties | undefined) {
    this.#bias = bias;
    this.#penalties = penalties;
    const longest = penalties?.histories.reduce((most, { length }) => Math.max(most, length), 0) ?? 0;
    const most = (bias?.ids.length ?? 0) + longest;
    // At most half full.
    const bits = Math.max(2, 32 - Math.clz32(2 * most));
    this.#places = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
    this.#ids = new Int32Array(most);
    this.#biases = new Float64Array(most);
    this.#counts = new Int32Array(most);
  }

  /** Fills the table for a row, unless it holds that row's history. */
  ofRow(row: number): void {
    const histories = this.#penalties?.histories;
    const history = histories?.[histories.length === 1 ? 0 : row];
    if (this.#isMade && history === this.#history) return;
    this.#history = history;
    this.#isMade = true;
    this.#count = 0;
    this.#places.fill(0);
    const bias = this.#bias;
    if (bias)
      for (let i = 0; i < bias.ids.length; i++) this.#biases[this.#place(bias.ids[i])] += bias.values[i];
    if (!history) return;
    for (let i = 0; i < history.length; i++) if (history[i] >= 0) this.#counts[this.#place(history[i])]++;
  }

  /** Where a token is in the lists: at their end if it is new. */
  #place(id: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let at = this.#slot(id);
    for (; places[at] !== 0; at = (at + 1) & mask) {
      const place = places[at] - 1;
      if (this.#ids[place] === id) return place;
    }
    const place = this.#count++;
    places[at] = place + 1;
    this.#ids[place] = id;
    this.#biases[place] = 0;
    this.#counts[place] = 0;
    return place;
  }

  #slot(id: number): number {
    return Math.imul(id, 0x9e3779b1) >>> this.#shift;
  }

  /** What the logit `z` of a token becomes, in float64. */
  adjusted(z: number, id: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    for (let at = this.#slot(id); places[at] !== 0; at = (at + 1) & mask) {
      const place = places[at] - 1;
      if (this.#ids[place] === id)
        return adjusted(z, this.#biases[place], this.#counts[place], this.#penalties);
    }
    return z;
  }

  /** Adjusts n rows, from number `first` on, the first of which begins at `at`; each value is rounded once. */
  apply(f: Float32Array, at: number, n: number, cols: number, first: number): void {
    for (let i = 0; i < n; i++) {
      this.ofRow(first + i);
      const ids = this.#ids;
      const biases = this.#biases;
      const counts = this.#counts;
      const penalties = this.#penalties;
      const count = this.#count;
      const from = at + i * cols;
      for (let place = 0; place < count; place++) {
        const id = from + ids[place];
        f[id] = adjusted(f[id], biases[place], counts[place], penalties);
      }
    }
  }
}

/** What the logit `z` becomes of a token with a bias that is there so many times, in float64. */
function adjusted(z: number, bias: number, count: number, penalties: Penalties | undefined): number {
  const value = z + bias;
  if (count === 0 || value === -Infinity) return value;
  const { repetition, frequency, presence } = penalties as Penalties;
  // Finite, so that -Infinity stays.
  const less = Math.max(-Number.MAX_VALUE, Math.min(count * frequency, Number.MAX_VALUE));
  return (value > 0 ? value / repetition : value * repetition) - less - presence;
}
