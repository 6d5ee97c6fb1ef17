/**
 * Some elements of a row, and filters over them, in time proportional to their number: nothing is sorted. In order the
 * largest comes first, and the lower index among equals.
 */

import { limited, weight } from '../../raw/js/exp-minus.ts';
import { log1p } from '../../raw/js/math.ts';
import type { Filterable } from './steps.ts';

/** Up to so many times a weight, log1p takes what the others weigh. */
const MOST_ODDS = 0x80000000;

export class Elements implements Filterable {
  /** How many are left; they come first. */
  count: number = 0;
  /** −x, so that smaller keys come first in order; or another order's. */
  keys: Float64Array;
  indices: Int32Array;
  /** exp(β(x − top)) */
  weights: Float64Array;
  /** The standard deviation of the whole row these are of, where it is known. */
  deviation: number = NaN;
  #beta = 1;

  constructor(capacity = 64) {
    this.keys = new Float64Array(capacity);
    this.indices = new Int32Array(capacity);
    this.weights = new Float64Array(capacity);
  }

  /** Begins anew, with nothing. */
  clear(): void {
    this.count = 0;
    this.deviation = NaN;
  }

  /** Adds an element above −Infinity. */
  add(value: number, index: number): void {
    if (this.count === this.keys.length) this.#grow(2 * this.count);
    this.keys[this.count] = 0 - value;
    this.indices[this.count] = index;
    this.count++;
  }

  /** Itself, with arrays of at least so many elements. */
  withRoom(capacity: number): this {
    if (capacity > this.keys.length) this.#grow(Math.max(capacity, 2 * this.keys.length));
    return this;
  }

  #grow(capacity: number): void {
    const { keys, indices, weights } = this;
    this.keys = new Float64Array(capacity);
    this.indices = new Int32Array(capacity);
    this.weights = new Float64Array(capacity);
    this.keys.set(keys);
    this.indices.set(indices);
    this.weights.set(weights);
  }

  /**
   * Adds n elements and their indices, as `topKF32` lists them, but for those at −Infinity. False if there are none
   * then, or the row has no distribution.
   */
  addListed(values: Float32Array, from: number, indices: Int32Array, at: number, n: number): boolean {
    if (indices[at] < 0 || !(Math.abs(values[from]) < Infinity)) return false;
    for (let i = 0; i < n; i++) if (values[from + i] > -Infinity) this.add(values[from + i], indices[at + i]);
    return true;
  }

  /** Adds a row of n elements, but for those at −Infinity; false as above. */
  addRow(x: Float32Array, from: number, n: number): boolean {
    for (let i = 0; i < n; i++) {
      const value = x[from + i];
      if (value > -Infinity) this.add(value, i);
      if (!(value < Infinity)) return false;
    }
    return this.count > 0;
  }

  /** Computes the weights, at β, relative to the largest. */
  weigh(beta: number): void {
    this.#beta = beta;
    const { keys, weights, count } = this;
    const top = this.#top();
    for (let i = 0; i < count; i++) weights[i] = weight((keys[i] - top) * beta);
  }

  temperature(beta: number): void {
    if (beta === Infinity) this.topK(1);
    else this.weigh(beta);
  }

  topNSigma(n: number): void {
    const { keys, count } = this;
    const top = this.#top();
    let { deviation } = this;
    if (Number.isNaN(deviation)) {
      let sum = 0;
      let squares = 0;
      for (let i = 0; i < count; i++) {
        sum += keys[i] - top;
        squares += (keys[i] - top) * (keys[i] - top);
      }
      deviation = deviationOf(count, sum, squares);
    }
    const most = n * deviation;
    this.#keep((i) => keys[i] - top <= most);
  }

  topK(k: number): void {
    if (k < this.count) this.count = 1 + this.reach(k, false);
  }

  topP(share: number): void {
    this.count = 1 + this.reach(share * this.mass());
  }

  minP(share: number): void {
    const { weights, count } = this;
    let most = 0;
    for (let i = 0; i < count; i++) if (weights[i] > most) most = weights[i];
    const least = share * most;
    this.#keep((i) => weights[i] >= least);
  }

  typicalP(share: number): void {
    const { keys, weights, count } = this;
    const beta = this.#beta;
    const top = this.#top();
    // −log p and the entropy both have the total's logarithm: what is left are distances from the largest.
    let mass = 0;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      mass += weights[i];
      sum += weights[i] * limited((keys[i] - top) * beta);
    }
    this.keepNear(beta, top, sum / mass, share * mass);
  }

  /**
   * Keeps those, at least one, whose distances from the key `top`, times β, are nearest to `mean` until their weights sum
   * to `target`.
   */
  keepNear(beta: number, top: number, mean: number, target: number): void {
    const { keys, indices, weights, count } = this;
    // In another order, of which the last one kept tells all.
    const other = new Elements(count);
    other.count = count;
    for (let i = 0; i < count; i++) other.keys[i] = Math.abs(limited((keys[i] - top) * beta) - mean);
    other.indices.set(indices.subarray(0, count));
    other.weights.set(weights.subarray(0, count));
    const last = other.reach(target);
    const key = other.keys[last];
    const index = other.indices[last];
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const own = Math.abs(limited((keys[i] - top) * beta) - mean);
      if (own > key || (own === key && indices[i] > index)) continue;
      keys[kept] = keys[i];
      indices[kept++] = indices[i];
    }
    this.count = kept;
    this.weigh(beta);
  }

  xtc(threshold: number): void {
    const { keys, indices, weights, count } = this;
    const least = threshold * this.mass();
    let last = -1;
    for (let i = 0; i < count; i++) {
      if (weights[i] >= least && (last < 0 || this.#isAfter(i, keys[last], indices[last]))) last = i;
    }
    if (last < 0) return;
    const key = keys[last];
    const index = indices[last];
    this.#keep((i) => this.#isAfter(i, key, index) || indices[i] === index);
    // The largest has gone.
    this.weigh(this.#beta);
  }

  /** The key of the largest. */
  #top(): number {
    let top = Infinity;
    for (let i = 0; i < this.count; i++) if (this.keys[i] < top) top = this.keys[i];
    return top;
  }

  mass(): number {
    let mass = 0;
    for (let i = 0; i < this.count; i++) mass += this.weights[i];
    return mass;
  }

  /** Draws by a share in (0, 1]; the place of what is drawn. */
  draw(u: number): number {
    return this.reach(u * this.mass());
  }

  // What a `Left` has, too.

  drawIndex(u: number): number {
    return this.indices[this.draw(u)];
  }

  list(): Elements {
    return this;
  }

  /** Takes from the shares of the whole what `less` says of each index; leaves what is above 0. */
  subtract(less: (index: number) => number): void {
    const { indices, weights } = this;
    const mass = this.mass();
    for (let i = 0; i < this.count; i++) weights[i] = weights[i] / mass - less(indices[i]);
    this.#keep((i) => weights[i] > 0);
  }

  shareOf(index: number): number {
    const { indices, weights, count } = this;
    for (let i = 0; i < count; i++) if (indices[i] === index) return weights[i] / this.mass();
    return 0;
  }

  /** The log-probability of the element at a place. */
  logProb(place: number): number {
    const { keys, weights, count } = this;
    let rest = 0;
    for (let i = 0; i < count; i++) if (i !== place) rest += weights[i];
    return logShare(weights[place], rest, (keys[place] - this.#top()) * this.#beta);
  }

  /** The places of the n first in order. */
  first(n: number): number[] {
    const whole = this.count;
    // What is after them only moves behind them.
    if (n < whole) this.reach(n, false);
    const places = Array.from({ length: Math.min(n, whole) }, (_, i) => i);
    return places.sort((a, b) => this.keys[a] - this.keys[b] || this.indices[a] - this.indices[b]);
  }

  #isAfter(i: number, key: number, index: number): boolean {
    return this.keys[i] > key || (this.keys[i] === key && this.indices[i] > index);
  }

  #keep(isKept: (i: number) => boolean): void {
    const { keys, indices, weights, count } = this;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (!isKept(i)) continue;
      keys[kept] = keys[i];
      indices[kept] = indices[i];
      weights[kept++] = weights[i];
    }
    this.count = kept;
  }

  /**
   * Partitions the elements: those up to the place that is returned are the first in order whose weights, or whose
   * number, sum to `target`, or all of them if that is not reached, as rounding may have it. Quickselect (Hoare 1961).
   */
  reach(target: number, byWeight = true): number {
    const { keys, indices, weights } = this;
    let from = 0;
    let to = this.count;
    let before = 0;
    for (;;) {
      // The pivot goes to the end, what comes before it in order to the beginning.
      const last = to - 1;
      this.#swap((from + to) >> 1, last);
      const key = keys[last];
      const index = indices[last];
      let split = from;
      let mass = 0;
      for (let i = from; i < last; i++) {
        if (keys[i] > key || (keys[i] === key && indices[i] > index)) continue;
        mass += byWeight ? weights[i] : 1;
        if (i !== split) this.#swap(i, split);
        split++;
      }
      if (before + mass >= target && split > from) {
        to = split;
        continue;
      }
      this.#swap(split, last);
      const through = before + mass + (byWeight ? weights[split] : 1);
      if (through >= target || split === last) return split;
      before = through;
      from = split + 1;
    }
  }

  #swap(i: number, j: number): void {
    const { keys, indices, weights } = this;
    const key = keys[i];
    const index = indices[i];
    const w = weights[i];
    keys[i] = keys[j];
    indices[i] = indices[j];
    weights[i] = weights[j];
    keys[j] = key;
    indices[j] = index;
    weights[j] = w;
  }
}

/** log(own/(own + rest)), if the largest summand is 1, and own is exp(−distance). */
function logShare(own: number, rest: number, distance: number): number {
  if (rest <= MOST_ODDS * own) return 0 - log1p(rest / own);
  return 0 - distance - log1p(Math.max(0, rest + own - 1));
}

/** The population standard deviation of n numbers from the sums of their distances from one of them, and of squares. */
export function deviationOf(n: number, sum: number, squares: number): number {
  const mean = sum / n;
  return Math.sqrt(Math.max(0, squares / n - mean * mean));
}

/** Kept from call to call, if it is no larger: arrays take longer to make than a short row to draw from. */
const MOST_SPARE = 4096;
let spare = /* @__PURE__ */ new Elements();

/** For one call, which nothing interrupts: none, and room for so many. */
export function spareElements(capacity = 0): Elements {
  if (spare.keys.length > MOST_SPARE) spare = new Elements();
  spare.clear();
  return spare.withRoom(capacity);
}
