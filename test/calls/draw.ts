/** What the arguments of one call are made of: everything follows from a few small numbers. */

import type { OracleStats } from '../operations/stats.ts';
import type { Numbers } from '../oracle/rows.ts';
import type { Batches } from './kinds.ts';
import { PLACES, type Places, type View } from './places.ts';

const IGNORED = -100;
const WIDE_LABELS = [Int16Array, Uint16Array, Uint32Array, BigInt64Array, BigUint64Array] as const;
const LABELS = [...WIDE_LABELS, Int8Array, Uint8Array, Uint8ClampedArray] as const;
const SPECIAL = [Number.NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45, 0, -0];

/** Rows × columns, and what to draw. */
export interface Shape {
  rows: number;
  cols: number;
  seed: number;
  /** Whether special values may be among the logits. */
  wild: boolean;
}

/** Numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Draw {
  readonly random: () => number;
  readonly rows: number;
  readonly cols: number;
  /** Elements in all. */
  readonly n: number;
  /** The first argument, once it is made. */
  first: unknown;
  readonly #places: Places;
  readonly #isWild: boolean;
  readonly #spread: number;
  readonly #offset: number;

  constructor({ rows, cols, seed, wild }: Shape, places: Places) {
    this.random = randomFrom(seed);
    this.rows = rows;
    this.cols = cols;
    this.n = rows * cols;
    this.#places = places;
    this.#spread = this.oneOf([0.01, 1, 5, 100, 1e4]);
    this.#offset = this.random() < 0.3 ? 200 * this.random() - 100 : 0;
    this.#isWild = wild && this.random() < 0.5;
  }

  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  oneOf<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  logit(): number {
    if (this.#isWild && this.random() < 0.1) return this.oneOf(SPECIAL);
    const gauss = this.random() + this.random() + this.random() + this.random() - 2;
    return Math.fround(this.#offset + this.#spread * gauss);
  }

  /** An array somewhere. */
  lay<V extends View>(
    length: number,
    Class: Parameters<typeof Places.prototype.lay<V>>[2],
    value: (_: undefined, i: number) => number,
  ): V {
    // Half of them lie where nothing is special, a third in the kernels' memory.
    const place = this.oneOf([...PLACES, 'inside', 'own'] as const);
    return this.#places.lay(place, Array.from({ length }, value), Class, this.below(16));
  }

  /** Now and then a plain array of the same. */
  numbersOr(view: Float32Array | Int32Array): Numbers {
    return view.length <= 64 && this.random() < 0.15 ? Array.from(view) : view;
  }

  floats(length: number = this.n): Numbers {
    return this.numbersOr(this.lay(length, Float32Array, () => this.logit()));
  }

  /** Integers of any kind; big ones only for those who look at them as `asNumbers` gives them. */
  labels(length: number = this.rows): Numbers {
    const Class = this.random() < 0.6 ? Int32Array : this.oneOf(this.cols < 128 ? LABELS : WIDE_LABELS);
    const mayBeIgnored = !Class.name.startsWith('U') && !Class.name.startsWith('BigU');
    const label = () => (mayBeIgnored && this.random() < 0.1 ? IGNORED : this.below(this.cols));
    return this.numbersOr(this.lay(length, Class as typeof Int32Array, label));
  }

  /** Statistics that fit the rows of the first argument, or any. */
  stats(): OracleStats {
    const { rows, cols, n } = this;
    const data = (this.first as Numbers | undefined) ?? Array.from({ length: n }, () => this.logit());
    const max = new Float32Array(rows).fill(-Infinity);
    for (let i = 0; i < n; i++) {
      const row = Math.floor(i / cols);
      max[row] = Math.max(max[row], data[i]);
    }
    return {
      max: this.lay(rows, Float32Array, (_, row) => max[row]),
      sum: new Float64Array(rows).map(() => 1 + cols * this.random()),
    };
  }

  /** The rows in batches, given as they come. */
  batches(): Batches {
    const list: ReturnType<Batches> = [];
    for (let from = 0; from < this.rows; ) {
      const count = 1 + this.below(this.rows - from);
      list.push({ logits: this.floats(count * this.cols), labels: this.labels(count) });
      from += count;
    }
    return Object.assign(() => list, { list });
  }
}
