/** Ways to draw an element of a row, by what has to be known of the row. */

import type { Host } from '../../memory/host.ts';
import { massBinsOf } from '../../raw/js/masses.ts';
import { argmaxOf, selectOf, topKOf } from '../../raw/js/select.ts';
import { LANE_COLS, MASS_STRIDE, MOMENTS_STRIDE } from '../../raw/sizes.ts';
import { BinnedRow, type BinnedSource } from './binned.ts';
import { type Elements, spareElements } from './elements.ts';
import { COUNTING_BETA, deviationFrom, meanDistanceFrom, momentsOfRow } from './moments.ts';
import { applySteps, type Step, type Steps } from './steps.ts';

/** Columns searched by one call of `selectF32`, which bounds the room for what it finds. */
const SELECT_COLS = 4096;

/** Rows of up to so many columns are listed whole: that takes less time than to fill and search bins. */
const SHORT_COLS = 768;

/** The random numbers of a row. */
export interface Random {
  /** For the draw, in (0, 1]; by `use`, others for what else hangs on chance. */
  draw(row: number, use?: number): number;
  /** For the step xtc, in (0, 1]. */
  exclude(row: number): number;
}

/** What the steps leave of a row: `Elements`, or a `BinnedRow`. */
export interface Left {
  /** Draws an index by a share in (0, 1]. */
  drawIndex(u: number): number;
  /** The share of the whole that an index has, 0 if it is not left. */
  shareOf(index: number): number;
  /** All of it. */
  list(): Elements;
}

/** What becomes of that. */
export interface Taker {
  /** Whether `take` has to see it; else some ids are drawn without. */
  readonly isWhole: boolean;
  /** Chooses an index. */
  take(row: number, left: Left): number;
  /** Notes that nothing else could be chosen. */
  single?(row: number, id: number): void;
}

/** A way to choose an element of a row. */
export interface Picker {
  /** Bytes of the room that `prepare` needs for each row, and for all. */
  readonly rowBytes: number;
  readonly fixedBytes: number;
  /**
   * Where `prepare` has left −log p of what `pick` gives at T = 1 if nothing is left out, float64 `[rows]`, NaN where it
   * does not know.
   */
  losses?: number;
  /** Runs kernels over rows that begin at the address `x`, and with number `first` of all. */
  prepare(x: number, room: number, rows: number, cols: number, first: number): void;
  /** The index chosen in row i of those, which is number `row` of all; −1 if it has no distribution. */
  pick(x: number, room: number, i: number, cols: number, row: number): number;
  /** The same for a row that is not in the memory. */
  pickLong(x: Float32Array, row: number): number;
}

/** What a picker works with. */
export interface Plan {
  readonly host: Host;
  readonly steps: Steps;
  readonly random: Random;
  readonly taker: Taker;
}

export function createPicker(plan: Plan, cols: number): Picker {
  const { list } = plan.steps;
  // What comes before these leaves the first ones in order, of the largest as of all.
  const spread = list.findIndex(({ name }) => name === 'topNSigma');
  const count = list.findIndex(
    ({ name }, i) =>
      name === 'topP' ||
      name === 'typicalP' ||
      name === 'xtc' ||
      (i === spread && list.slice(0, i).some((step) => step.name === 'minP')),
  );
  const single = list.findIndex(isSingle);
  if (single >= 0 && !list.slice(0, single).some(({ name }) => name === 'typicalP' || name === 'xtc')) {
    return greedy(plan);
  }
  const first = list.findIndex(({ name, value }) => name === 'topK' && value < cols);
  if (first >= 0 && (count < 0 || first < count)) return fromLargest(plan, list[first].value);
  return cols <= SHORT_COLS ? fromAll(plan, cols) : fromBins(plan);
}

/** Whether a step leaves the first element in order alone. */
function isSingle({ name, value }: Step): boolean {
  return (
    (name === 'temperature' && value === Infinity) ||
    (name === 'topK' && value === 1) ||
    (name === 'topP' && value === 0)
  );
}

function greedy({ host, taker }: Plan): Picker {
  const { raw, arena } = host;
  const chosen = (value: number, id: number, row: number): number => {
    if (id < 0 || !Number.isFinite(value)) return -1;
    taker.single?.(row, id);
    return id;
  };
  return {
    rowBytes: 4,
    fixedBytes: 0,
    prepare: (x, ids, rows, cols) => raw.argmaxF32(x, ids, rows, cols, 1, 0),
    pick(x, ids, i, cols, row) {
      const id = arena.i32[ids / 4 + i];
      return chosen(arena.f32[x / 4 + i * cols + id], id, row);
    },
    pickLong(x, row) {
      const id = argmaxOf(x, 0, x.length);
      return chosen(x[id], id, row);
    },
  };
}

/** The steps, less a temperature at their beginning, at which weights are computed from the start. */
function withoutFirst({ list, xtcProbability }: Steps): { beta: number; rest: Steps } {
  const hasBeta = list.length > 0 && list[0].name === 'temperature';
  const beta = hasBeta ? list[0].value : 1;
  return { beta, rest: { list: hasBeta ? list.slice(1) : list, xtcProbability } };
}

/** Filters the elements listed, and takes one. */
function chooser({ steps, random, taker }: Plan): (elements: Elements, row: number) => number {
  const { beta, rest } = withoutFirst(steps);
  const { list, xtcProbability } = rest;
  return (elements, row) => {
    elements.weigh(beta);
    applySteps(list, elements, xtcProbability > 0 && random.exclude(row) <= xtcProbability);
    return taker.take(row, elements);
  };
}

/** From the k largest of each row. */
function fromLargest(plan: Plan, k: number): Picker {
  const { raw, arena } = plan.host;
  const choose = chooser(plan);
  const elements = spareElements(k);
  // What topNSigma finds is the whole row, unless it comes later.
  const name = plan.steps.list.find((step) => step.name === 'topNSigma' || step.name === 'topK')?.name;
  const isSpread = name === 'topNSigma';
  let values = 0;
  let indices = 0;
  return {
    rowBytes: MOMENTS_STRIDE * 8 + k * 8,
    fixedBytes: 0,
    prepare(x, room, rows, cols) {
      values = room / 4 + rows * MOMENTS_STRIDE * 2;
      indices = values + rows * k;
      if (isSpread) raw.momentsF32(x, room, rows, cols, COUNTING_BETA);
      raw.topKF32(x, values * 4, indices * 4, rows, cols, k);
    },
    pick(_, room, i, _cols, row) {
      elements.clear();
      if (!elements.addListed(arena.f32, values + i * k, arena.i32, indices + i * k, k)) return -1;
      if (isSpread) elements.deviation = deviationFrom(arena.f64, room / 8 + i * MOMENTS_STRIDE);
      return choose(elements, row);
    },
    pickLong(x, row) {
      const largest = new Float32Array(k);
      const places = new Int32Array(k);
      elements.clear();
      if (!topKOf(x, 0, x.length, largest, places)) return -1;
      if (!elements.addListed(largest, 0, places, 0, k)) return -1;
      if (isSpread) elements.deviation = deviationFrom(momentsOfRow(x, COUNTING_BETA), 0);
      return choose(elements, row);
    },
  };
}

/** From all of each row. */
function fromAll(plan: Plan, cols: number): Picker {
  const { host, steps, taker, random } = plan;
  const { raw, arena } = host;
  const choose = chooser(plan);
  const elements = spareElements();
  const { beta, rest } = withoutFirst(steps);
  // Without filters a kernel finds most ids by rough probabilities, and says where these do not tell.
  const isRough = rest.list.length === 0 && !taker.isWhole && cols <= LANE_COLS;
  let ids = 0;
  return {
    rowBytes: isRough ? 16 : 0,
    fixedBytes: 0,
    prepare(x, room, rows, _, first) {
      if (!isRough) return;
      const shares = room + rows * 8;
      ids = shares + rows * 4;
      for (let i = 0; i < rows; i++) arena.f32[shares / 4 + i] = random.draw(first + i);
      raw.quantileF32(x, shares, ids, room, rows, cols, beta);
      if (beta === 1) this.losses = room;
    },
    pick(x, _room, i, _cols, row) {
      const id = isRough ? arena.i32[ids / 4 + i] : -1;
      if (id >= 0) return id;
      elements.clear();
      return elements.addRow(arena.f32, x / 4 + i * cols, cols) ? choose(elements, row) : -1;
    },
    pickLong(x, row) {
      elements.clear();
      return elements.addRow(x, 0, x.length) ? choose(elements, row) : -1;
    },
  };
}

/** From the masses of each row's bins. */
function fromBins({ host, steps, random, taker }: Plan): Picker {
  const { raw, arena } = host;
  const { beta, rest } = withoutFirst(steps);
  const { list, xtcProbability } = rest;
  const row = new BinnedRow(spareElements());
  const found = new Int32Array(SELECT_COLS);
  let rooms = 0;

  function choose(source: BinnedSource, number: number): number {
    if (!Number.isFinite(source.bins[0])) return -1;
    row.begin(source, beta);
    applySteps(list, row, xtcProbability > 0 && random.exclude(number) <= xtcProbability);
    return taker.take(number, row);
  }

  return {
    rowBytes: MASS_STRIDE * 8,
    fixedBytes: SELECT_COLS * 4,
    prepare(x, room, rows, cols) {
      rooms = rows;
      raw.massBinsF32(x, room, rows, cols, beta);
    },
    pick(block, room, i, cols, number) {
      const x = block + i * cols * 4;
      const bins = room + i * MASS_STRIDE * 8;
      // One list will do for all rows.
      const indices = room + rooms * MASS_STRIDE * 8;
      return choose(
        {
          x: arena.f32,
          at: x / 4,
          bins: arena.f64.subarray(bins / 8, bins / 8 + MASS_STRIDE),
          rebin: (by) => raw.massBinsF32(x, bins, 1, cols, by),
          select(low, high, use) {
            for (let from = 0; from < cols; from += SELECT_COLS) {
              const n = raw.selectF32(x + from * 4, indices, Math.min(SELECT_COLS, cols - from), low, high);
              use(arena.i32, indices / 4, n, from);
            }
          },
          deviation() {
            raw.momentsF32(x, indices, 1, cols, COUNTING_BETA);
            return deviationFrom(arena.f64, indices / 8);
          },
          meanDistance(by) {
            raw.momentsF32(x, indices, 1, cols, by);
            return meanDistanceFrom(arena.f64, indices / 8);
          },
        },
        number,
      );
    },
    pickLong(x, number) {
      const bins = new Float64Array(MASS_STRIDE);
      massBinsOf(x, 0, x.length, beta, bins, 0);
      return choose(
        {
          ...{ x, at: 0, bins },
          rebin: (by) => massBinsOf(x, 0, x.length, by, bins, 0),
          select(low, high, use) {
            for (let from = 0; from < x.length; from += SELECT_COLS) {
              const n = selectOf(x, from, Math.min(SELECT_COLS, x.length - from), low, high, found, 0);
              use(found, 0, n, from);
            }
          },
          deviation: () => deviationFrom(momentsOfRow(x, COUNTING_BETA), 0),
          meanDistance: (by) => meanDistanceFrom(momentsOfRow(x, by), 0),
        },
        number,
      );
    },
  };
}
