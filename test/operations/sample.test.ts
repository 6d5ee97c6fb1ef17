import { describe, expect, it, vi } from 'vitest';
import { loadSync, type SampleOptions } from '../../src/index.ts';
import { Arena, createPlainMemory } from '../../src/memory/arena.ts';
import type { Host } from '../../src/memory/host.ts';
import { sampleBy } from '../../src/ops/sample/draw.ts';
import { philox, randomSeed } from '../../src/ops/sample/philox.ts';
import type { Random } from '../../src/ops/sample/pickers.ts';
import { createJs } from '../../src/raw/index.ts';
import { massBinsOf, momentsOf } from '../../src/raw/js/masses.ts';
import {
  BINS_PER_NAT,
  LANE_SCRATCH_BYTES,
  MASS_BINS,
  MASS_STRIDE,
  MOMENTS_STRIDE,
} from '../../src/raw/sizes.ts';
import { compiled } from '../../src/raw/wasm/compile.ts';
import { createWasm } from '../../src/raw/wasm/instance.ts';
import { backends } from '../support/backends.ts';
import { firstDifference } from '../support/compare.ts';
import { random } from '../support/random.ts';
import { filtered } from './sample.ts';

/** The first index at which the cumulative sum reaches `share`. */
function quantile(p: readonly number[], share: number): number {
  let sum = 0;
  return p.findIndex((each) => {
    sum += each;
    return sum >= share;
  });
}

/** The chi-square value that is exceeded once in 10 000 times (Wilson and Hilferty 1931). */
function criticalValue(freedom: number): number {
  const v = 2 / (9 * freedom);
  return freedom * (1 - v + 3.719 * Math.sqrt(v)) ** 3;
}

const repeated = (row: ArrayLike<number>, rows: number): Float32Array => {
  const x = new Float32Array(rows * row.length);
  for (let r = 0; r < rows; r++) x.set(row, r * row.length);
  return x;
};

function normalLogits(seed: number, length: number, scale: number): Float32Array {
  const r = random(seed);
  return Float32Array.from({ length }, () => scale * r.normal());
}

/** Kernels below the operations, to draw with chosen random numbers. */
function hostOf(backend: 'simd' | 'relaxed-simd' | 'js'): Host {
  const memory = backend === 'js' ? createPlainMemory() : new WebAssembly.Memory({ initial: 0 });
  const arena = new Arena(memory, 2 ** 24);
  const lanes = arena.allocBytes('test', LANE_SCRATCH_BYTES);
  const raw =
    backend === 'js'
      ? createJs(arena, lanes)
      : createWasm(memory as WebAssembly.Memory, compiled(backend, false), lanes);
  const bytes = 2 ** 20;
  return {
    raw,
    alone: raw,
    manyElements: 0,
    arena,
    scratch: { start: arena.allocBytes('test', bytes), bytes },
  };
}

const FILTERS: SampleOptions[] = [
  {},
  { temperature: 0.7 },
  { temperature: 3, topK: 9 },
  { topP: 0.8 },
  { minP: 0.1 },
  { topK: 20, topP: 0.9 },
  { topP: 0.95, minP: 0.05 },
  { temperature: 1.3, topK: 25, topP: 0.9, minP: 0.02 },
  { temperature: Infinity },
];

it('Philox4x32-10 gives the known answers of its authors', () => {
  const answer = (counter: readonly number[], key: readonly number[]): string => {
    const words = Int32Array.from(counter, (word) => word | 0);
    philox(words, key[0], key[1]);
    return Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ');
  };
  expect(answer([0, 0, 0, 0], [0, 0])).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
  const ones = 0xffffffff;
  expect(answer([ones, ones, ones, ones], [ones, ones])).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
  const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  expect(answer(pi, [0xa4093822, 0x299f31d0])).toBe('d16cfe09 94fdcceb 5001e420 24126ea1');
});

it.each([true, false])(
  'seeds that nobody gave are integers below 2^53, no two alike; with crypto: %s',
  (has) => {
    if (!has) vi.stubGlobal('crypto', undefined);
    try {
      // More than are asked for at a time.
      const seeds = Array.from({ length: 300 }, randomSeed);
      expect(new Set(seeds).size).toBe(300);
      for (const seed of seeds) expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
      expect(Math.max(...seeds)).toBeGreaterThan(2 ** 51);
    } finally {
      vi.unstubAllGlobals();
    }
  },
);

/** Random numbers for the draws, and none by which anything is excluded. */
const by = (draw: (row: number) => number): Random => ({ draw, exclude: () => 1 });

describe.each(backends)('$name', ({ name, kernels, bound }) => {
  // Short rows and long ones go different ways.
  const cases = [40, 1500].flatMap((cols) => FILTERS.map((options) => [cols, options] as const));
  it.each(cases)('draws from the exact filtered distribution: %d columns, %o', (cols, options) => {
    const row = normalLogits(11, cols, 1.5);
    row[7] = row[19];
    row[30] = -Infinity;
    const draws = cols > 1000 ? 4000 : 20_000;
    const { ids } = kernels.sample(repeated(row, draws), { ...options, cols, seed: 99 });
    const counts = new Map<number, number>();
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    const kept = filtered(row, options);
    for (const id of counts.keys()) expect(kept.ids).toContain(id);
    // Rare ones share a cell.
    let chi = 0;
    let cells = 0;
    let [expected, observed] = [0, 0];
    kept.ids.forEach((id, i) => {
      expected += kept.p[i] * draws;
      observed += counts.get(id) ?? 0;
      const rest = kept.p.slice(i + 1).reduce((sum, p) => sum + p, 0) * draws;
      if ((expected >= 10 && rest >= 10) || i === kept.ids.length - 1) {
        chi += (observed - expected) ** 2 / expected;
        cells++;
        [expected, observed] = [0, 0];
      }
    });
    expect(cells).toBeGreaterThan(1);
    expect(chi).toBeLessThan(criticalValue(cells - 1));
  });

  it('keeps what a full sort keeps, and draws what it draws, over 10 000 rows with ties', () => {
    const host = hostOf(name);
    const r = random(12);
    for (let round = 0; round < 1000; round++) {
      const rows = 10;
      const cols = 1 + r.below(round % 10 === 0 ? 3000 : 150);
      const levels = 1 + r.below(40);
      const x = Float32Array.from({ length: rows * cols }, () =>
        r.next() < 0.02 ? -Infinity : r.below(levels) * 0.25,
      );
      for (let row = 0; row < rows; row++) x[row * cols + r.below(cols)] = 3.3;
      const options: SampleOptions = { cols, temperature: 0.4 + 2 * r.next() };
      if (r.next() < 0.4) options.topK = 1 + r.below(cols);
      if (r.next() < 0.7) options.topP = 0.001 + 0.998 * r.next();
      if (r.next() < 0.4) options.minP = r.next() ** 3;
      const last = sampleBy(
        host,
        x,
        options,
        by(() => 1),
      ).ids;
      const first = sampleBy(
        host,
        x,
        options,
        by(() => 2 ** -53),
      ).ids;
      const shares = Float64Array.from({ length: rows }, () => r.next());
      const some = sampleBy(
        host,
        x,
        options,
        by((row) => shares[row]),
      ).ids;
      for (let row = 0; row < rows; row++) {
        const { ids, p } = filtered(x.subarray(row * cols, (row + 1) * cols), options);
        const drawn = ids[quantile(p, shares[row])];
        // The filters keep the first ones in order: the last one tells all.
        expect([first[row], some[row], last[row]], JSON.stringify({ round, row, options })).toEqual([
          ids[0],
          drawn,
          ids.at(-1),
        ]);
      }
    }
  });

  it('bins hold the masses at their distances from the largest, and those without any nothing', () => {
    const { raw, arena } = hostOf(name);
    const per = BINS_PER_NAT;
    const row = [3, 3 - 1 / per, 2.5, 0, 0, 3 - 1.5078125 / per, -70, -Infinity];
    const x = arena.allocBytes('test', 64);
    const out = arena.allocBytes('test', MASS_STRIDE * 8);
    arena.f32.set(row, x / 4);
    arena.f64.fill(7, out / 8, out / 8 + MASS_STRIDE);
    raw.massBinsF32(x, out, 1, row.length, 1);
    const [max, ...bins] = arena.f64.subarray(out / 8, out / 8 + MASS_STRIDE);
    expect(max).toBe(3);
    const masses = new Map([
      // Relative to the middle of each bin; one element lies on it.
      [0, 1],
      [1, 1],
      [per / 2, 1],
      [3 * per, 2],
      [2, Math.exp(0.4921875 / per)],
      // What is too far away is only counted.
      [MASS_BINS - 1, 2],
    ]);
    bins.forEach((mass, bin) => {
      const wanted = masses.get(bin) ?? 0;
      expect(Math.abs(mass - wanted), `bin ${bin}`).toBeLessThanOrEqual(2e-14 * wanted);
    });
  });

  it('masses and moments have the bits of plain TypeScript, on which what is drawn hangs', () => {
    const { raw, arena } = hostOf(name);
    const row = [...normalLogits(5, 996, 4), -Infinity, -600, -800, 0, -0];
    const x = arena.allocBytes('test', 4 * row.length);
    const out = arena.allocBytes('test', 8 * MASS_STRIDE);
    arena.f32.set(row, x / 4);
    const z = Float32Array.from(row);
    for (const beta of [0, 0.3, 1, 7]) {
      const wanted = new Float64Array(MASS_STRIDE);
      momentsOf(z, 0, z.length, beta, wanted, 0);
      raw.momentsF32(x, out, 1, z.length, beta);
      const moments = arena.f64.subarray(out / 8, out / 8 + MOMENTS_STRIDE);
      expect([...moments], `moments, β = ${beta}`).toEqual([...wanted.subarray(0, MOMENTS_STRIDE)]);
      massBinsOf(z, 0, z.length, beta, wanted, 0);
      raw.massBinsF32(x, out, 1, z.length, beta);
      // Nothing counts in the last bin.
      const bins = arena.f64.subarray(out / 8, out / 8 + MASS_STRIDE - 1);
      expect(
        bins.findIndex((mass, i) => mass !== wanted[i]),
        `bins, β = ${beta}`,
      ).toBe(-1);
    }
  });

  it.skipIf(name === 'js')('tells nearly all draws from short rows at once, and none wrong', () => {
    const { raw, arena } = hostOf(name);
    const [rows, cols] = [1000, 40];
    // Of the second half many have an element that is far above the others.
    const x = normalLogits(6, rows * cols, 2).map((v, i) => (i < 500 * cols ? v : 5 * v));
    const sorted = Array.from({ length: rows }, (_, row) =>
      filtered(x.subarray(row * cols, (row + 1) * cols), {}),
    );
    const r = random(7);
    const anywhere = Float32Array.from(sorted, () => r.next());
    // Where the first three of a row end it is too close to tell.
    const close = Float32Array.from(sorted, ({ p }) => p[0] + p[1] + p[2]);
    const [xAt, sharesAt, out, losses] = [4 * cols, 4, 4, 8].map((bytes) =>
      arena.allocBytes('test', bytes * rows),
    );
    arena.f32.set(x, xAt / 4);
    for (const shares of [anywhere, close]) {
      arena.f32.set(shares, sharesAt / 4);
      raw.quantileF32(xAt, sharesAt, out, losses, rows, cols, 1);
      const told = arena.i32.subarray(out / 4, out / 4 + rows);
      const right = sorted.map(({ ids, p }, row) => ids[quantile(p, shares[row])]);
      expect(right.filter((id, row) => told[row] >= 0 && told[row] !== id)).toEqual([]);
      if (shares === anywhere) expect(told.filter((id) => id >= 0).length).toBeGreaterThan(0.99 * rows);
    }
  });

  it('keeps exactly half of equal ones for topP = 0.5, and the first of them', () => {
    const host = hostOf(name);
    for (const cols of [2, 10, 256, 4098]) {
      const x = new Float32Array(cols).fill(-3.5);
      expect(
        sampleBy(
          host,
          x,
          { topP: 0.5 },
          by(() => 1),
        ).ids[0],
      ).toBe(cols / 2 - 1);
      expect(
        sampleBy(
          host,
          x,
          { topK: cols - 1 },
          by(() => 1),
        ).ids[0],
      ).toBe(cols - 2);
      expect(
        sampleBy(
          host,
          x,
          { minP: 1 },
          by(() => 1),
        ).ids[0],
      ).toBe(cols - 1);
      expect(
        sampleBy(
          host,
          x,
          { topP: 0 },
          by(() => 1),
        ).ids[0],
      ).toBe(0);
      expect(
        sampleBy(
          host,
          x,
          {},
          by(() => 0.5),
        ).ids[0],
      ).toBe(cols / 2 - 1);
    }
  });

  it('draws by quantile from rows whose elements all share a bin, or are spread far', () => {
    const host = hostOf(name);
    const r = random(13);
    const cols = 5000;
    const dense = Float32Array.from({ length: cols }, () => 1 + r.next() / 100);
    const spread = Float32Array.from({ length: cols }, () => 1e30 * r.normal());
    const outlier = dense.map((value, i) => (i === 17 ? -1e9 : value));
    const tiny = Float32Array.from({ length: cols }, () => 1e-42 * r.normal());
    for (const row of [dense, spread, outlier, tiny]) {
      for (const temperature of [1, 1e-3, 1e29, 1e30, 1e-43]) {
        for (const options of [{}, { topP: 0.6 }, { minP: 0.7 }, { topP: 0.9, minP: 0.3 }]) {
          const { ids, p } = filtered(row, { ...options, temperature });
          for (const share of [2 ** -53, 0.25, 0.75, 1]) {
            const { ids: got } = sampleBy(
              host,
              row,
              { ...options, temperature },
              by(() => share),
            );
            const place = ids.indexOf(got[0]);
            const before = p.slice(0, place).reduce((sum, each) => sum + each, 0);
            const message = JSON.stringify({ temperature, options, share, place });
            expect(place, message).toBeGreaterThanOrEqual(0);
            expect(before, message).toBeLessThan(share + 1e-12);
            expect(before + p[place], message).toBeGreaterThan(share - 1e-12);
          }
        }
      }
    }
  });

  it('gives the same ids for a seed in one batch, in many, in place and copied', () => {
    const cols = 300;
    const rows = 200;
    const x = normalLogits(14, rows * cols, 2);
    for (const options of FILTERS) {
      const all = kernels.sample(x, { ...options, cols, seed: 5, firstRow: 1000 });
      const inside = kernels.alloc(x.length);
      inside.set(x);
      expect(kernels.sample(inside, { ...options, cols, seed: 5, firstRow: 1000 })).toEqual(all);
      kernels.free(inside);
      for (let row = 0, n = 1; row < rows; row += n, n = (n * 3) % 17) {
        const part = kernels.sample(x.subarray(row * cols, (row + n) * cols), {
          ...options,
          cols,
          seed: 5,
          firstRow: 1000 + row,
        });
        expect(part.ids).toEqual(all.ids.subarray(row, row + n));
        expect(part.logProbs).toEqual(all.logProbs.subarray(row, row + n));
      }
      if (options.temperature === undefined) {
        expect(kernels.sample(x, { ...options, cols, seed: 6, firstRow: 1000 }).ids).not.toEqual(all.ids);
        expect(kernels.sample(x, { ...options, cols, seed: 5 }).ids).not.toEqual(all.ids);
      }
    }
  });

  it('draws the same as every other backend, over 100 000 draws', () => {
    const cols = 150;
    const rows = 25_000;
    const x = normalLogits(15, rows * cols, 3);
    const js = backends.find((backend) => backend.name === 'js');
    for (const options of [{}, { topP: 0.9 }, { topK: 10, topP: 0.9 }, { temperature: 0.7, minP: 0.05 }]) {
      const mine = kernels.sample(x, { ...options, cols, seed: 1 });
      const theirs = js!.kernels.sample(x, { ...options, cols, seed: 1 });
      expect(mine.ids).toEqual(theirs.ids);
    }
  });

  it('gives the log-probabilities of the unfiltered distribution at T = 1', () => {
    const cols = 333;
    const x = normalLogits(16, 100 * cols, 5);
    const { ids, logProbs } = kernels.sample(x, { cols, temperature: 2, topK: 5, seed: 1 });
    const all = kernels.logSoftmax(x, { cols });
    const losses = kernels.crossEntropy(x, ids, { cols, reduction: 'none' });
    expect(logProbs).toEqual(losses.map((loss) => -loss));
    ids.forEach((id, row) => {
      const wanted = all[row * cols + id];
      expect(Math.abs(logProbs[row] - wanted)).toBeLessThanOrEqual(2 * bound * 2 ** -23 * Math.abs(wanted));
    });
  });

  it('is greedy at T = 0, topK = 1 and topP = 0', () => {
    const x = normalLogits(17, 50 * 77, 1).map((value) => Math.round(value * 3));
    const expected = kernels.argmax(x, { cols: 77 });
    for (const options of [{ temperature: 0 }, { beta: Infinity }, { topK: 1 }, { topP: 0 }]) {
      expect(kernels.sample(x, { ...options, cols: 77 }).ids).toEqual(expected);
    }
  });

  it('draws unforeseeably without a seed', () => {
    const x = new Float32Array(64 * 100);
    const { ids } = kernels.sample(x, { cols: 64 });
    expect(new Set(ids).size).toBeGreaterThan(20);
    expect(kernels.sample(x, { cols: 64 }).ids).not.toEqual(ids);
  });

  it('takes one column, and no rows', () => {
    expect(kernels.sample([4.5])).toEqual({ ids: new Int32Array([0]), logProbs: new Float32Array([0]) });
    const none = { ids: new Int32Array(0), logProbs: new Float32Array(0) };
    expect(kernels.sample(new Float32Array(0), { cols: 9 })).toEqual(none);
  });

  it('draws the same from more rows in the memory than there is scratch for', () => {
    const cols = 8;
    const small = loadSync({ backend: kernels.backend, maxBytes: 2 ** 22 });
    const view = small.alloc(60_000 * cols);
    const behind = small.alloc(1000).fill(7);
    view.set(normalLogits(19, view.length, 2));
    const x = view.slice();
    const { ids } = kernels.sample(x, { cols, seed: 1 });
    // Element by element: to compare some hundred thousand, toEqual takes seconds.
    expect(small.sample(view, { cols, seed: 1 }).ids.findIndex((id, row) => id !== ids[row])).toBe(-1);
    expect(firstDifference(view, x)).toBe(-1);
    expect(behind.every((value) => value === 7)).toBe(true);
    small.close();
  });

  it('draws the same from rows that are too long for the scratch', () => {
    const small = loadSync({ backend: kernels.backend, maxBytes: 2 ** 20 });
    const cols = 300_000;
    const x = normalLogits(18, 2 * cols, 2);
    for (const options of [
      ...[{}, { topP: 0.9 }, { topK: 50, topP: 0.9 }, { minP: 0.2 }, { temperature: 0 }],
      { topP: 0.9, logProbs: 'raw', alternatives: 3 } as const,
    ]) {
      expect(small.sample(x, { ...options, cols, seed: 3 })).toEqual(
        kernels.sample(x, { ...options, cols, seed: 3 }),
      );
    }
    // Also where it is not the row, but the k, that is too much.
    const k = 70_000;
    expect(small.sample(x, { cols, topK: k, seed: 4 })).toEqual(
      kernels.sample(x, { cols, topK: k, seed: 4 }),
    );
    x[cols + 5] = NaN;
    expect(() => small.sample(x, { cols })).toThrow(/row 1, column 5/);
  });

  describe('refuses', () => {
    const paths: SampleOptions[] = [{}, { topK: 2 }, { topP: 0.5 }, { temperature: 0 }, { minP: 0.5 }];

    it.each(paths)('rows without a distribution: %o', (options) => {
      for (const [bad, message] of [
        [NaN, /sample: logits must not be NaN, but is in row 1, column 2$/],
        [Infinity, /sample: logits must be below Infinity, but is not in row 1, column 2$/],
      ] as const) {
        const x = [1, 2, 3, 1, 2, bad, 1, 2, 3];
        expect(() => kernels.sample(x, { ...options, cols: 3 })).toThrow(RangeError);
        expect(() => kernels.sample(x, { ...options, cols: 3 })).toThrow(message);
      }
      const masked = [1, 2, 3, -Infinity, -Infinity, -Infinity];
      expect(() => kernels.sample(masked, { ...options, cols: 3 })).toThrow(/above -Infinity.*row 1/);
      expect(() => kernels.sample([], { ...options, topK: undefined })).toThrow(RangeError);
    });

    it('options out of range, naming them', () => {
      const bad: [SampleOptions, RegExp][] = [
        ...[0, -1, 1.5, NaN].map((topK): [SampleOptions, RegExp] => [{ topK }, /sample: topK must be/]),
        ...[-0.1, 1.1, NaN].flatMap((share): [SampleOptions, RegExp][] => [
          [{ topP: share }, /sample: topP must be/],
          [{ minP: share }, /sample: minP must be/],
          [{ typicalP: share }, /sample: typicalP must be/],
          [{ xtc: { probability: share, threshold: 0 } }, /sample: xtc.probability must be/],
          [{ xtc: { probability: 1, threshold: share } }, /sample: xtc.threshold must be/],
        ]),
        ...[-1, NaN].map((topNSigma): [SampleOptions, RegExp] => [
          { topNSigma },
          /sample: topNSigma must be/,
        ]),
        ...[-1, 0.5, 2 ** 53, NaN].map((seed): [SampleOptions, RegExp] => [{ seed }, /sample: seed must be/]),
        [{ firstRow: -1 }, /sample: firstRow must be/],
        // The last row's number is still a number of its own.
        [{ firstRow: Number.MAX_SAFE_INTEGER, cols: 1 }, /sample: firstRow must be/],
        [{ temperature: -1 }, /sample: temperature must be/],
      ];
      for (const [options, message] of bad) {
        expect(() => kernels.sample([1, 2, 3], options)).toThrow(RangeError);
        expect(() => kernels.sample([1, 2, 3], options)).toThrow(message);
      }
      expect(() => kernels.sample([1, 2, 3], { topP: '1' as unknown as number })).toThrow(TypeError);
      expect(() => kernels.sample([1, 2, 3], { seed: 1n as unknown as number })).toThrow(TypeError);
      expect(() => kernels.sample([1, 2, 3], { temperature: 1, beta: 1 })).toThrow(TypeError);
    });
  });
});
