/**
 * Draws one element of a row: from its largest elements, or from the masses of its bins, without sorting the row.
 * Either way the elements are thought of in order, the largest first and the lower index first among equals, and the
 * first is taken at which the cumulative mass reaches a share `u` of all mass that the filters keep.
 */

import { weight } from '../../raw/js/exp-minus.ts';
import { binOf } from '../../raw/js/masses.ts';
import { finiteBeta } from '../../raw/limits.ts';
import { BINS_PER_NAT, MASS_BINS } from '../../raw/sizes.ts';

export interface Filters {
  readonly beta: number;
  /** Keeps the first elements that together have this share of the mass, at least one. */
  readonly topP: number;
  /** Keeps the elements that have this share of the largest one's mass. */
  readonly minP: number;
}

/** The position drawn among the `k` largest elements of a row, which `values` holds in order. */
export function pickFromLargest(values: Float32Array, { beta, topP, minP }: Filters, u: number): number {
  const factor = finiteBeta(beta);
  const weights = new Float64Array(values.length);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    weights[i] = weight((values[0] - values[i]) * factor);
    total += weights[i];
  }
  const enough = topP * total;
  let kept = 0;
  let mass = 0;
  while (kept < values.length && weights[kept] >= minP && (kept === 0 || mass < enough)) {
    mass += weights[kept++];
  }
  let sum = 0;
  for (let i = 0; i < kept - 1; i++) {
    sum += weights[i];
    if (sum >= u * mass) return i;
  }
  return kept - 1;
}

/** A row whose elements lie in bins. */
export interface BinnedRow {
  readonly x: Float32Array;
  readonly beta: number;
  readonly max: number;
  /** The mass of each bin; see `massBinsF32`. */
  readonly masses: Float64Array;
  /** The indices of the elements from `low` to `high`, ascending. */
  select(low: number, high: number): ArrayLike<number>;
}

/** Elements of a row, to be put in order as far as need be. */
interface Elements {
  count: number;
  readonly values: Float32Array;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/** An element and the mass of all up to it, itself included. */
interface Reached {
  readonly value: number;
  readonly index: number;
  readonly mass: number;
}

/** The index drawn from a row. */
export function pickFromBins(row: BinnedRow, { topP, minP }: Omit<Filters, 'beta'>, u: number): number {
  let kept = 0;
  for (let b = 0; b < MASS_BINS; b++) kept += row.masses[b];
  let last: Reached | undefined;
  if (topP < 1) {
    last = reach(row, topP * kept);
    kept = last.mass;
  }
  if (minP > 0) kept = Math.min(kept, massOfShares(row, minP));
  return reach(row, u * kept, (value, index, w) => w >= minP && !(last && isAfter(value, index, last))).index;
}

function isAfter(value: number, index: number, other: { value: number; index: number }): boolean {
  return value < other.value || (value === other.value && index > other.index);
}

/** The mass of the elements that have at least `share` of the largest one's. */
function massOfShares(row: BinnedRow, share: number): number {
  // The neighbours, too, because the limit may be rounded across the border of a bin.
  let bin = 0;
  while (bin < MASS_BINS - 1 && weight((bin + 1) / BINS_PER_NAT) >= share) bin++;
  const first = Math.max(bin - 1, 0);
  const { count, weights } = elementsOf(row, first, Math.min(bin + 1, MASS_BINS - 1));
  let mass = 0;
  for (let b = 0; b < first; b++) mass += row.masses[b];
  for (let i = 0; i < count; i++) if (weights[i] >= share) mass += weights[i];
  return mass;
}

/**
 * The first element in order at which the cumulative mass is `target`, or the last one if it does not get there, as
 * rounding may have it. It is one of those that are `allowed`; what is not comes after all that is.
 */
function reach(
  row: BinnedRow,
  target: number,
  allowed?: (value: number, index: number, weight: number) => boolean,
): Reached {
  const { masses } = row;
  let bin = 0;
  let before = 0;
  for (let b = 0, sum = 0; b < MASS_BINS && sum < target; b++) {
    if (masses[b] === 0) continue;
    bin = b;
    before = sum;
    sum += masses[b];
  }
  let rest = target - before;
  for (; ; bin--) {
    const elements = elementsOf(row, bin, bin);
    if (allowed) keep(elements, allowed);
    if (elements.count > 0) {
      const { value, index, mass } = reachAmong(elements, rest);
      return { value, index, mass: before + mass };
    }
    rest = Infinity;
  }
}

/** The elements of the bins from `first` to `last` that have mass. */
function elementsOf({ x, beta, max, select }: BinnedRow, first: number, last: number): Elements {
  const factor = finiteBeta(beta);
  // Wide enough that float32 and the rounding of these lines lose nothing.
  const slack = (value: number): number => (Math.abs(max) + Math.abs(value)) * 2 ** -22 + 2 ** -140;
  const high = max - first / BINS_PER_NAT / factor;
  const low = max - (last + 1) / BINS_PER_NAT / factor;
  const toLast = last === MASS_BINS - 1 || !(low > -3e38);
  const found = select(toLast ? -3.4028234663852886e38 : low - slack(low), high + slack(high));
  const elements = {
    count: 0,
    values: new Float32Array(found.length),
    indices: new Int32Array(found.length),
    weights: new Float64Array(found.length),
  };
  for (let i = 0; i < found.length; i++) {
    const value = x[found[i]];
    const d = (max - value) * factor;
    const bin = binOf(d);
    const w = weight(d);
    if (bin >= first && bin <= last && w > 0) put(elements, elements.count++, value, found[i], w);
  }
  return elements;
}

function put(
  { values, indices, weights }: Elements,
  i: number,
  value: number,
  index: number,
  w: number,
): void {
  values[i] = value;
  indices[i] = index;
  weights[i] = w;
}

function keep(elements: Elements, allowed: (value: number, index: number, weight: number) => boolean): void {
  const { values, indices, weights, count } = elements;
  elements.count = 0;
  for (let i = 0; i < count; i++) {
    if (allowed(values[i], indices[i], weights[i])) {
      put(elements, elements.count++, values[i], indices[i], weights[i]);
    }
  }
}

/** As `reach`, among at least one element: quickselect (Hoare 1961) by mass, in time proportional to their number. */
function reachAmong(elements: Elements, target: number): Reached {
  const { values, indices, weights, count } = elements;
  const swap = (i: number, j: number): void => {
    const value = values[i];
    const index = indices[i];
    const w = weights[i];
    put(elements, i, values[j], indices[j], weights[j]);
    put(elements, j, value, index, w);
  };
  let from = 0;
  let to = count;
  let before = 0;
  for (;;) {
    // The pivot goes to the end, what comes before it in order to the beginning.
    swap((from + to) >> 1, to - 1);
    const pivot = { value: values[to - 1], index: indices[to - 1] };
    let split = from;
    let mass = 0;
    for (let i = from; i < to - 1; i++) {
      if (isAfter(values[i], indices[i], pivot)) continue;
      mass += weights[i];
      if (i !== split) swap(i, split);
      split++;
    }
    if (before + mass >= target && split > from) {
      to = split;
      continue;
    }
    const through = before + mass + weights[to - 1];
    if (through >= target || split === to - 1) return { ...pivot, mass: through };
    before = through;
    // All but those before the pivot, and the pivot, stay.
    from = split;
    to--;
  }
}
