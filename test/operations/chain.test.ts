/** Filters in every order of three, and whole chains, with and without adjustments: what is kept, and what is drawn. */

import { describe, expect, it } from 'vitest';
import { LLAMA_ORDER, type SampleOptions, type SampleStep } from '../../src/index.ts';
import { adjusted, type ChainFilters, distribution, kept } from '../oracle/chain.ts';
import { backends } from '../support/backends.ts';
import { chiSquare, criticalValue } from '../support/chi-square.ts';
import { random } from '../support/random.ts';

const FILTERS = {
  temperature: 0.7,
  topNSigma: 1.5,
  topK: 12,
  topP: 0.8,
  minP: 0.02,
  typicalP: 0.7,
  xtc: { probability: 1, threshold: 0.05 },
} as const;
const NAMES = Object.keys(FILTERS) as SampleStep[];

/** A row of each sort: peaked, flat, of few values, with much that is −Infinity. */
function rowsOf(cols: number): Record<string, Float32Array> {
  const r = random(cols);
  const row = (of: (i: number) => number): Float32Array =>
    Float32Array.from({ length: cols }, (_, i) => of(i));
  return {
    peaked: row((i) => (i % 97 === 5 ? 9 + 2 * r.normal() : 2 * r.normal())),
    flat: row(() => 0.3 * r.normal()),
    equal: row(() => 1.5),
    ties: row(() => 0.5 * r.below(6)),
    'half -Infinity': row((i) => (i % 2 ? -Infinity : 2 * r.normal())),
  };
}

/** So near to a limit that another order of adding up may decide otherwise. */
const NEAR = 1e-10;

/** Long enough for rows that are not listed whole. */
const SIZES = [7, 60, 900];

describe.each(backends)('$name', ({ kernels }) => {
  const orders = NAMES.flatMap((a) =>
    NAMES.flatMap((b) => NAMES.filter((c) => a !== b && b !== c && a !== c).map((c) => [a, b, c] as const)),
  );

  it.each(SIZES)('every order of three filters keeps what a full sort keeps: %d columns', (cols) => {
    for (const [name, row] of Object.entries(rowsOf(cols))) {
      for (const order of orders) {
        const filters: ChainFilters & SampleOptions = { ...FILTERS, order };
        const wanted = kept(row, filters);
        if (wanted.margin < NEAR) continue;
        const { alternatives } = kernels.sample(row, {
          ...filters,
          logProbs: 'processed',
          alternatives: cols,
          seed: 1,
        });
        const ids = [...alternatives!.ids].filter((id) => id >= 0);
        const message = `${name}, ${order}`;
        expect(ids, message).toEqual(wanted.ids);
        wanted.logP.forEach((logP, i) => {
          const error = Math.abs(alternatives!.logProbs[i] - logP);
          expect(error, message).toBeLessThanOrEqual(2 ** -22 * Math.max(1, Math.abs(logP)));
        });
      }
    }
  });

  const narrow: (ChainFilters & SampleOptions)[] = [
    { typicalP: 0 },
    { typicalP: 1e-300 },
    { topP: 0 },
    { minP: 1 },
    { topNSigma: 0 },
  ];
  it.each(narrow)('the narrowest filters keep what a full sort keeps: %o', (filters) => {
    for (const cols of SIZES) {
      // None has nearly the distance from the largest that all have on average.
      const outstanding = Float32Array.from({ length: cols }, (_, i) => (i === 3 ? 0 : -8 - (i % 5)));
      for (const [name, row] of Object.entries({ ...rowsOf(cols), outstanding })) {
        const wanted = kept(row, filters);
        const call = { ...filters, logProbs: 'processed', alternatives: cols, seed: 1 } as const;
        const { alternatives } = kernels.sample(row, call);
        const ids = [...alternatives!.ids].filter((id) => id >= 0);
        expect(ids, `${name}, ${cols} columns`).toEqual(wanted.ids);
      }
    }
  });

  const bias = { ids: [3, 8, 3], values: [1.5, -Infinity, 0.25] };
  const penalties = { history: [1, 5, 1, -1], repetition: 1.3, frequency: 0.2, presence: 0.1 };
  const xtc = { probability: 0.5, threshold: 0.1 };
  const chains: SampleOptions[] = [
    { topK: 20, topP: 0.9, typicalP: 0.9, xtc },
    { topK: 20, topP: 0.95, minP: 0.02, typicalP: 0.95, xtc, temperature: 0.8, order: LLAMA_ORDER },
    { topNSigma: 1.2, temperature: 1.5, order: ['topNSigma', 'temperature'] },
    { typicalP: 0.5 },
    { xtc: { probability: 0.3, threshold: 0.02 }, topP: 0.9, order: ['xtc', 'topP'] },
  ];

  it.each(chains)('draws from the distribution of the chain: %o', (options) => {
    for (const [cols, draws] of [
      [40, 20_000],
      [1000, 2000],
    ]) {
      const row = rowsOf(cols).peaked;
      const call = {
        ...options,
        bias,
        penalties,
        allowed: new Uint32Array(Math.ceil(cols / 32)).fill(0xfffffffd),
      };
      const x = new Float32Array(draws * cols);
      for (let r = 0; r < draws; r++) x.set(row, r * cols);
      const { ids } = kernels.sample(x, { ...call, cols, seed: 5, logProbs: 'none' });
      const counts = new Map<number, number>();
      for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
      const p = distribution(row, call);
      const expected = new Map(
        Array.from(p, (share, id) => [id, share * draws] as const).filter(([, n]) => n > 0),
      );
      for (const id of counts.keys()) expect(expected.has(id), `${id}`).toBe(true);
      const { chi, freedom } = chiSquare(counts, expected);
      expect(chi).toBeLessThan(criticalValue(Math.max(1, freedom)));
    }
  });

  it('takes the values of a bias from whatever holds floats', () => {
    const x = new Float32Array([1, 2, 3]);
    const numbers = [0.1, -0.3];
    const tensors = [Float64Array, Float32Array].map((Class) => ({ data: Class.from(numbers), dims: [2] }));
    const wanted = Float32Array.of(1, 2.1, 2.7);
    for (const values of [numbers, Float64Array.from(numbers), ...tensors] as Float64Array[]) {
      expect(kernels.adjustLogits(x, { bias: { ids: [1, 2], values } })).toEqual(wanted);
    }
    // Read once.
    let reads = 0;
    const changing = Object.defineProperty([0, 0], 1, { get: () => (reads++ ? 'x' : 1) });
    expect(kernels.adjustLogits(x, { bias: { ids: [0, 1], values: changing } })).toEqual(
      Float32Array.of(1, 3, 3),
    );
  });

  it('adjusts as adjustLogits does', () => {
    const row = rowsOf(60).flat;
    const allowed = new Int32Array([0x0f0f7fff, -2]);
    const wanted = adjusted(row, { bias, penalties, allowed });
    expect(kernels.adjustLogits(row, { bias, penalties, allowed })).toEqual(wanted);
    const filters = { topP: 0.9, seed: 3, logProbs: 'none' } as const;
    expect(kernels.sample(row, { bias, penalties, allowed, ...filters })).toEqual(
      kernels.sample(wanted, filters),
    );
  });

  it('refuses rows of which nothing is left, naming what leaves nothing, and writes nothing', () => {
    const x = new Float32Array([1, 2, 3, 4]);
    const allowed = new Uint32Array([0b01, 0]);
    const message =
      /: bias, allowed must leave a token above -Infinity in each row, but leave none in row 1$/;
    for (const call of [
      () => kernels.sample(x, { cols: 2, allowed, bias: { ids: [], values: [] } }),
      () => kernels.adjustLogits(x, { cols: 2, allowed, bias: { ids: [], values: [] }, out: x }),
    ]) {
      expect(call).toThrow(RangeError);
      expect(call).toThrow(message);
    }
    expect([...x]).toEqual([1, 2, 3, 4]);
    const nan = new Float32Array([1, NaN]);
    expect(() => kernels.sample(nan, { allowed: new Uint32Array([3]) })).toThrow(/row 0, column 1/);
    // What is not allowed may be NaN, as long as nobody asks for its probability.
    expect(kernels.sample(nan, { allowed: new Uint32Array([1]), logProbs: 'none' })).toEqual({
      ids: new Int32Array([0]),
    });
    expect(() => kernels.sample(nan, { allowed: new Uint32Array([1]) })).toThrow(/row 0, column 1/);
    // What had nothing before is not the adjustments' doing.
    const none = /logits must have an element above -Infinity in each row, but row 0 has none$/;
    expect(() => kernels.sample([-Infinity], { bias: { ids: [0], values: [1] } })).toThrow(none);
  });

  it('refuses logits that are adjusted to above what float32 has, saying so', () => {
    const options = { cols: 2, penalties: { history: [1], repetition: 0.5 } };
    // The first row's draft is certain, so that the second is looked at.
    const x = [-99, 2, 1, 3e38];
    expect(kernels.adjustLogits(x, options)).toEqual(new Float32Array([-99, 4, 1, Infinity]));
    const message = /: adjusted logits must be below Infinity, but is not in row 1, column 1$/;
    expect(() => kernels.sample(x, options)).toThrow(message);
    expect(() => kernels.beamStep(x, [0, 0], options)).toThrow(message);
    expect(() => kernels.verifyDraft(x, [1], options)).toThrow(message);
  });
});
