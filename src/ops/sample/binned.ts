/**
 * A long row, of which only the masses of bins are known, by their distance from the largest element; it is looked into
 * where a limit falls. What is left is what comes first in order, the largest first, the lower index first among equals.
 */

import { binOf, binScales, binsPerUnit, massOf } from '../../raw/js/masses.ts';
import { BINS_PER_NAT, MASS_BINS } from '../../raw/sizes.ts';
import type { Elements } from './elements.ts';
import type { Filterable } from './steps.ts';

/** What a row can be asked for. */
export interface BinnedSource {
  /** The row's elements, from `at` on. */
  readonly x: Float32Array;
  readonly at: number;
  /** What `massBinsF32` says at the first β; may be written to. */
  readonly bins: Float64Array;
  /** Computes `bins` at another. */
  rebin(beta: number): void;
  /** Calls `use` with lists of the indices at which the row lies from `low` to `high`, ascending; `from` is added. */
  select(
    low: number,
    high: number,
    use: (list: Int32Array, at: number, n: number, from: number) => void,
  ): void;
  /** The standard deviation of what is above −Infinity. */
  deviation(): number;
  /** How far the elements are from the largest, times β, on the average by their weights. */
  meanDistance(beta: number): number;
}

const LOWEST = -3.4028234663852886e38;

/** Below it weights lie in the last bin, which tells nothing of them. */
const LEAST = 1e-27;

export class BinnedRow implements Filterable {
  /** Set when the elements left are listed, and are what all else works on. */
  elements: Elements | undefined;
  readonly #listed: Elements;
  readonly #scales: Float64Array = binScales();
  #source!: BinnedSource;
  #max = 0;
  #beta = 1;
  #perUnit = 0;
  /** Mass in all, and the last bin that has any. */
  #mass = 0;
  #end = 0;
  /** What is left lies no further down than this, and between these two. */
  #most = Infinity;
  #low = -Infinity;
  #lowIndex = -1;

  constructor(listed: Elements) {
    this.#listed = listed;
  }

  /** Begins with a row that has a distribution. */
  begin(source: BinnedSource, beta: number): void {
    this.elements = undefined;
    this.#source = source;
    this.#max = source.bins[0];
    this.#most = Infinity;
    this.#low = -Infinity;
    this.#lowIndex = -1;
    this.#scale(beta);
  }

  #scale(beta: number): void {
    const { bins } = this.#source;
    this.#beta = beta;
    this.#perUnit = binsPerUnit(beta);
    let mass = 0;
    for (let b = 0; b < MASS_BINS; b++) {
      if (bins[b + 1] === 0) continue;
      const scaled = bins[b + 1] * this.#scales[b];
      bins[b + 1] = scaled;
      mass += scaled;
      if (scaled > 0) this.#end = b;
    }
    this.#mass = mass;
  }

  temperature(beta: number): void {
    const listed = this.#listedIf(beta === Infinity);
    if (listed) {
      listed.temperature(beta);
      return;
    }
    this.#source.rebin(beta);
    this.#scale(beta);
    if (this.#isCut()) this.#cut();
  }

  topNSigma(n: number): void {
    const listed = this.#listedIf(this.#isCut());
    if (listed) {
      listed.topNSigma(n);
      return;
    }
    this.#most = n * this.#source.deviation();
    this.#cut();
  }

  topK(k: number): void {
    this.list().topK(k);
  }

  typicalP(share: number): void {
    const listed = this.#listedIf(this.#isCut());
    if (listed) {
      listed.typicalP(share);
      return;
    }
    const { bins } = this.#source;
    const mean = this.#source.meanDistance(this.#beta);
    const middle = mean * BINS_PER_NAT;
    // As far from there as whole bins hold what is wanted: what is kept lies no further away.
    const target = share * this.#mass;
    let low = Math.ceil(middle);
    let high = low - 1;
    for (let reach = 1, mass = 0; !(mass > 0 && mass >= target) && (low > 0 || high < this.#end); reach++) {
      while (low > 0 && low - 1.5 >= middle - reach) mass += bins[low--];
      while (high < this.#end && high + 1.5 <= middle + reach) mass += bins[++high + 1];
    }
    const last = high + 2;
    this.#gather(Math.max(0, low - 2), last < this.#end ? last : MASS_BINS - 1);
    this.elements = this.#listed;
    this.elements.keepNear(this.#beta, 0 - this.#max, mean, target);
  }

  topP(share: number): void {
    if (this.elements) {
      this.elements.topP(share);
      return;
    }
    const { bins } = this.#source;
    const { bin, before } = this.#binAt(share * this.#mass);
    const list = this.#listed;
    list.count = 1 + list.reach(share * this.#mass - before);
    this.#low = 0 - list.keys[list.count - 1];
    this.#lowIndex = list.indices[list.count - 1];
    // As `cut` would leave it.
    bins[bin + 1] = list.mass();
    bins.fill(0, bin + 2, MASS_BINS + 1);
    this.#mass = before + bins[bin + 1];
    this.#end = bin;
  }

  minP(share: number): void {
    const listed = this.#listedIf(share < LEAST);
    if (listed) {
      listed.minP(share);
      return;
    }
    const last = this.#lastOfWeight(share);
    this.#low = last.value;
    this.#lowIndex = last.index;
    this.#cut();
  }

  xtc(threshold: number): void {
    this.list().xtc(threshold);
  }

  // What a `Left` has, too.

  drawIndex(u: number): number {
    if (this.elements) return this.elements.drawIndex(u);
    const target = u * this.#mass;
    const { before } = this.#binAt(target);
    return this.#listed.indices[this.#listed.reach(target - before)];
  }

  shareOf(index: number): number {
    if (this.elements) return this.elements.shareOf(index);
    const value = this.#source.x[this.#source.at + index];
    if (this.#isCut() && !this.#keeps(value, index)) return 0;
    const t = (this.#max - value) * this.#perUnit;
    return (massOf(t) * this.#scales[binOf(t)]) / this.#mass;
  }

  /** What is left, if it is listed, or has to be. */
  #listedIf(must: boolean): Elements | undefined {
    return this.elements ?? (must ? this.list() : undefined);
  }

  /** Lists all that is left; filters work on that from then on. */
  list(): Elements {
    if (this.elements) return this.elements;
    this.#gather(0, MASS_BINS - 1);
    this.elements = this.#listed;
    this.elements.weigh(this.#beta);
    return this.elements;
  }

  #isCut(): boolean {
    return this.#most < Infinity || this.#low > -Infinity;
  }

  #keeps(value: number, index: number): boolean {
    return (
      this.#max - value <= this.#most &&
      (value > this.#low || (value === this.#low && index <= this.#lowIndex))
    );
  }

  /** Leaves out of the bins what is not left any more. */
  #cut(): void {
    const { bins } = this.#source;
    const last = this.#binOf(Math.max(this.#low, this.#max - this.#most));
    bins.fill(0, last + 2, MASS_BINS + 1);
    this.#recount(last);
    this.#mass = 0;
    for (let b = 0; b <= last; b++) {
      this.#mass += bins[b + 1];
      if (bins[b + 1] > 0) this.#end = b;
    }
  }

  #recount(bin: number): void {
    this.#gather(bin, bin);
    this.#source.bins[bin + 1] = this.#listed.mass();
  }

  #binOf(value: number): number {
    return binOf((this.#max - value) * this.#perUnit);
  }

  /** The last element in order that is left and weighs at least `least`, which the largest does. */
  #lastOfWeight(least: number): { value: number; index: number } {
    const { bins } = this.#source;
    // Weights in a bin lie within a hundredth of its scale: the last whose whole bin weighs enough, and some more.
    let bin = 0;
    while (bin < this.#end && 0.98 * this.#scales[bin + 1] >= least) bin++;
    let last = bin;
    while (last < this.#end && 1.02 * this.#scales[last + 1] >= least) last++;
    for (let first = bin; ; first--) {
      if (first > 0 && bins[first + 1] === 0) continue;
      this.#gather(first, last);
      const { keys, indices, weights, count } = this.#listed;
      let found = -1;
      for (let i = 0; i < count; i++) {
        if (weights[i] < least) continue;
        if (found < 0 || keys[i] > keys[found] || (keys[i] === keys[found] && indices[i] > indices[found]))
          found = i;
      }
      if (found >= 0) return { value: 0 - keys[found], index: indices[found] };
      last = first - 1;
    }
  }

  /** The bin in which the cumulative mass reaches `target`, or the last one, listed; and the mass before it. */
  #binAt(target: number): { bin: number; before: number } {
    const { bins } = this.#source;
    let bin = 0;
    let before = 0;
    for (let b = 0, sum = 0; b <= this.#end && sum < target; b++) {
      if (bins[b + 1] === 0) continue;
      bin = b;
      before = sum;
      sum += bins[b + 1];
    }
    this.#gather(bin, bin);
    return { bin, before };
  }

  /** Lists what is left of the bins from `first` to `last`, with weights. */
  #gather(first: number, last: number): void {
    const { x, at } = this.#source;
    const max = this.#max;
    const perUnit = this.#perUnit;
    const list = this.#listed;
    // Wide enough that float32 and the rounding of these lines lose nothing.
    const slack = (value: number): number => (Math.abs(max) + Math.abs(value)) * 2 ** -22 + 2 ** -140;
    const high = max - (first - 0.5) / perUnit;
    const low = max - (last + 0.5) / perUnit;
    const toLast = last === MASS_BINS - 1 || !(low > -3e38);
    list.clear();
    const isCut = this.#isCut();
    const scales = this.#scales;
    this.#source.select(toLast ? LOWEST : low - slack(low), high + slack(high), (indices, place, n, from) => {
      let { count } = list;
      const { keys, indices: ids, weights } = list.withRoom(count + n);
      for (let i = place; i < place + n; i++) {
        const index = from + indices[i];
        const value = x[at + index];
        const t = (max - value) * perUnit;
        const bin = binOf(t);
        if (bin < first || bin > last || (isCut && !this.#keeps(value, index))) continue;
        keys[count] = 0 - value;
        ids[count] = index;
        weights[count++] = massOf(t) * scales[bin];
      }
      list.count = count;
    });
  }
}
