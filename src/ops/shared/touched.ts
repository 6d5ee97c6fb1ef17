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
      if (this.#ids[place] === id) return this.#at(z, place);
    }
    return z;
  }

  #at(z: number, place: number): number {
    if (z === -Infinity) return z;
    const value = z + this.#biases[place];
    const count = this.#counts[place];
    if (count === 0 || value === -Infinity) return value;
    const { repetition, presence } = this.#penalties as Penalties;
    return (value > 0 ? value / repetition : value * repetition) - this.#less(count) - presence;
  }

  /** What `frequency` takes from the logit of a token that is there so many times; finite, so that −Infinity stays. */
  #less(count: number): number {
    const less = count * (this.#penalties?.frequency ?? 0);
    return Math.max(-Number.MAX_VALUE, Math.min(less, Number.MAX_VALUE));
  }

  /** Whether no row has any. */
  get isEmpty(): boolean {
    return this.#ids.length === 0;
  }

  /** Adjusts the row, made by `ofRow`, that begins at `at`; each value is rounded once. */
  apply(f: Float32Array, at: number): void {
    const ids = this.#ids;
    const count = this.#count;
    for (let place = 0; place < count; place++) {
      const i = at + ids[place];
      f[i] = this.#at(f[i], place);
    }
  }
}
