/** Whole decodings by verifyDraft and beamStep: distributed as the target alone, and the best there are. */

import { describe, expect, it } from 'vitest';
import { type Kernels, LLAMA_ORDER, type SampleOptions } from '../../src/index.ts';
import { type Adjustments, type ChainFilters, distribution, logSoftmax } from '../oracle/chain.ts';
import { backends } from '../support/backends.ts';
import { chiSquare, criticalValue } from '../support/chi-square.ts';
import { random } from '../support/random.ts';

/** A model of language: the logits after a text hang on its last token. */
type Model = (text: readonly number[]) => Float32Array;

function modelOf(cols: number, seed: number, scale: number): Model {
  const r = random(seed);
  const table = Array.from({ length: cols }, () =>
    Float32Array.from({ length: cols }, () => scale * r.normal()),
  );
  return (text) => table[text.at(-1) ?? 0];
}

/** So many tokens and more, by a draft of two at a time. */
function decode(
  k: Kernels,
  target: Model,
  draftOf: (text: readonly number[]) => { id: number; q?: ArrayLike<number> },
  options: SampleOptions & { seed: number; firstRow: number },
  n: number,
): number[] {
  const { penalties, ...others } = options;
  const text: number[] = [];
  while (text.length < n) {
    const drawn = [...text];
    const rows = [target(drawn)];
    const q: number[] = [];
    for (let i = 0; i < 2; i++) {
      const next = draftOf(drawn);
      drawn.push(next.id);
      q.push(...Array.from(next.q ?? []));
      rows.push(target(drawn));
    }
    const draft = drawn.slice(text.length);
    const { accepted, id } = k.verifyDraft(
      rows.flatMap((row) => Array.from(row)),
      draft,
      {
        ...others,
        ...(penalties && { penalties: { ...penalties, history: [...text] } }),
        ...(q.length > 0 && { draftProbs: q }),
        cols: rows[0].length,
        firstRow: options.firstRow + text.length,
      },
    );
    text.push(...draft.slice(0, accepted), id);
  }
  return text;
}

const LENGTH = 3;
const CHAINS: SampleOptions[] = [
  {},
  { temperature: 0.7, topK: 4, topP: 0.9 },
  { typicalP: 0.8, minP: 0.02 },
  { xtc: { probability: 0.5, threshold: 0.2 }, topP: 0.95, temperature: 1.4, order: LLAMA_ORDER },
  { penalties: { history: [], repetition: 1.4, frequency: 0.3, presence: 0.5 }, topK: 5 },
];

describe.each(backends)('$name', ({ kernels }) => {
  const target = modelOf(6, 1, 1.5);

  it.each(CHAINS)('a drawn draft: texts are distributed as those of the target alone, %o', (options) => {
    const small = modelOf(6, 2, 1);
    const texts = 1500;
    const counts = new Map<string, number>();
    for (let i = 0; i < texts; i++) {
      const firstRow = 16 * i;
      // By the same seed, as somebody may who has only one.
      const draftOf = (text: readonly number[]) => {
        const q = kernels.softmax(small(text));
        return { q, id: kernels.sample(small(text), { seed: 3, firstRow: firstRow + text.length }).ids[0] };
      };
      const text = decode(kernels, target, draftOf, { ...options, seed: 3, firstRow }, LENGTH);
      const name = text.slice(0, LENGTH).join(' ');
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const expected = new Map<string, number>();
    const grow = (text: readonly number[], share: number): void => {
      if (share === 0) return;
      if (text.length === LENGTH) {
        expected.set(text.join(' '), share * texts);
        return;
      }
      const penalties = options.penalties && { ...options.penalties, history: [...text] };
      distribution(target(text), { ...options, penalties } as Adjustments & ChainFilters).forEach((p, id) => {
        grow([...text, id], share * p);
      });
    };
    grow([], 1);
    for (const name of counts.keys()) expect(expected.has(name), name).toBe(true);
    const { chi, freedom } = chiSquare(counts, expected);
    expect(chi).toBeLessThan(criticalValue(freedom));
  });

  it.each(CHAINS)('a greedy draft changes no token that sample draws, %o', (options) => {
    for (const cols of [6, 900]) {
      const large = modelOf(cols, 4, 2);
      const draftOf = (text: readonly number[]) => ({
        id: large(text).indexOf(Math.max(...large(text))),
      });
      for (let i = 0; i < 50; i++) {
        const found = decode(kernels, large, draftOf, { ...options, seed: 9, firstRow: 32 * i }, 8);
        const text: number[] = [];
        for (let row = 0; row < found.length; row++) {
          const penalties = options.penalties && { ...options.penalties, history: [...text] };
          const call = { ...options, ...(penalties && { penalties }), seed: 9, firstRow: 32 * i + row };
          text.push(kernels.sample(large(text), call).ids[0]);
        }
        expect(found).toEqual(text);
      }
    }
  });

  it('keeps a draft of the very same distribution', () => {
    const cols = 3000;
    const r = random(8);
    const row = Float32Array.from({ length: cols }, () => 2 * r.normal());
    const logits = new Float32Array(4 * cols);
    for (let i = 0; i < 4; i++) logits.set(row, i * cols);
    const draftProbs = kernels.softmax(logits.subarray(cols), { cols });
    for (let seed = 0; seed < 100; seed++) {
      const { ids } = kernels.sample(logits.subarray(cols), { cols, seed });
      expect(kernels.verifyDraft(logits, ids, { cols, draftProbs, seed: seed + 1000 }).accepted).toBe(3);
    }
  });

  it('what comes in place of a token is found where nearly all of the two distributions is the same', () => {
    for (const cols of [10, 3000]) {
      // Token 0 is a little more probable in the draft, token 1 in the target.
      const p = new Float32Array(cols).fill(0.996 / (cols - 2));
      p.set([0.002, 0.002]);
      const logits = new Float32Array(2 * cols);
      logits.set(p.map(Math.log));
      const draftProbs = p.slice();
      draftProbs.set([0.003, 0.001]);
      let kept = 0;
      for (let seed = 0; seed < 60; seed++) {
        const { accepted, id } = kernels.verifyDraft(logits, [0], { cols, draftProbs, seed });
        kept += accepted;
        if (accepted === 0) expect(id).toBe(1);
      }
      // Two thirds.
      expect(Math.abs(kept - 40)).toBeLessThan(15);
      // Probabilities that are too large leave nothing: never a token that the filters leave out.
      const call = { cols, draftProbs: p.fill(1), topK: 5 };
      for (let seed = 0; seed < 20; seed++) {
        const { accepted, id } = kernels.verifyDraft(logits, [cols - 1], { ...call, seed });
        expect(accepted).toBe(0);
        expect(id).toBeLessThan(7);
      }
    }
  });

  it('whether a token is kept and what comes in its place are drawn apart', () => {
    const logits = [0.3, 0.3, 0.2, 0.2, 0, 0, 0, 0].map(Math.log).fill(0, 4);
    const counts = [0, 0, 0, 0];
    for (let seed = 0; seed < 1000; seed++) {
      const { accepted, id } = kernels.verifyDraft(logits, [3], {
        cols: 4,
        draftProbs: [0, 0, 0.2, 0.8],
        seed,
      });
      if (accepted === 0) counts[id]++;
    }
    expect(counts.slice(2)).toEqual([0, 0]);
    // Three quarters, evenly. By one number for both it would be the second five times in seven.
    expect(Math.abs(counts[0] + counts[1] - 750)).toBeLessThan(70);
    expect(Math.abs(counts[0] - counts[1])).toBeLessThan(150);
  });

  it('refuses drafts that are none, naming them', () => {
    const x = new Float32Array(9);
    const verify = (draft: number[], options: object) => () =>
      kernels.verifyDraft(x, draft, { cols: 3, ...options });
    for (const [draft, options, message] of [
      [[0], {}, /: draft must have 2 elements, but has 1$/],
      [[0, 3], {}, /: draft\[1\] must be in \[0, 3\), but is 3$/],
      [[0, -1], {}, /: draft\[1\] must be in \[0, 3\), but is -1$/],
      [[0, 1], { draftProbs: [1, 0, 0] }, /: draftProbs must have 6 elements, but has 3$/],
      [
        [0, 1],
        { draftProbs: [1, 0, 0, 1, 0, 0] },
        /: draftProbs of draft\[1\] must be in \(0, 1\], but is 0$/,
      ],
      [[0, 1], { order: ['topK', 'topQ'] }, /: order\[1\] must be one of/],
      [[0, 1], { allowed: Uint32Array.of(1, 0, 1) }, /: allowed must leave a token .* none in row 1$/],
    ] as const) {
      expect(verify([...draft], options)).toThrow(RangeError);
      expect(verify([...draft], options)).toThrow(message);
    }
    expect(verify([0, 1], { logProbs: 'raw' })).toThrow(TypeError);
  });

  it('beams find the best of all texts, where they are many enough', () => {
    const cols = 7;
    const model = modelOf(cols, 5, 1);
    const beams = cols ** 2;
    let texts: number[][] = [[]];
    let scores = new Float32Array([0]);
    const steps = 3;
    for (let step = 0; step < steps; step++) {
      const x = texts.flatMap((text) => Array.from(model(text)));
      const found = kernels.beamStep(x, scores, { cols, k: Math.min(beams, texts.length * cols) });
      texts = Array.from(found.parents, (parent, i) => [...texts[parent], found.tokens[i]]);
      scores = found.scores;
    }
    let all = [{ text: [] as number[], score: 0 }];
    for (let step = 0; step < steps; step++) {
      all = all.flatMap(({ text, score }) =>
        Array.from(logSoftmax(model(text), 1), (logP, id) => ({ text: [...text, id], score: score + logP })),
      );
    }
    all.sort((a, b) => b.score - a.score);
    // The best of all is among the best of its beginnings.
    expect(texts[0]).toEqual(all[0].text);
    expect(Math.abs(scores[0] - all[0].score)).toBeLessThan(1e-6);
  });

  it('equal beams: all of the lower one first, in the order of their tokens', () => {
    for (const cols of [5, 1000, 20_000]) {
      const r = random(cols);
      const row = Float32Array.from({ length: cols }, () => r.below(3));
      const x = new Float32Array(3 * cols);
      for (let i = 0; i < 3; i++) x.set(row, i * cols);
      const k = Math.min(cols, 60);
      const { scores, tokens, parents } = kernels.beamStep(x, [-1, -2, -1], { cols, k });
      const most = Math.max(...row);
      const best = Array.from(row.keys()).filter((id) => row[id] === most);
      const wanted = [0, 2].flatMap((parent) => best.map((token) => ({ parent, token }))).slice(0, k);
      wanted.forEach(({ parent, token }, i) => {
        expect([parents[i], tokens[i], scores[i]]).toEqual([parent, token, scores[0]]);
      });
    }
  });

  it('beams of log-probabilities near 0 lose no digits', () => {
    const row = new Float32Array(5000).fill(-30);
    row[17] = 0;
    const { scores } = kernels.beamStep(row, [0]);
    const wanted = -Math.log1p(4999 * Math.exp(-30));
    expect(Math.abs(scores[0] / wanted - 1)).toBeLessThan(2 ** -23);
  });

  it('refuses scores and rows that are none, naming them', () => {
    const x = new Float32Array([1, 2, Number.NaN, 0]);
    expect(() => kernels.beamStep(x, [0, Number.NaN], { cols: 2 })).toThrow(/: scores\[1\] must be a number/);
    expect(() => kernels.beamStep(x, [Infinity, 0], { cols: 2 })).toThrow(/: scores\[0\] must be a number/);
    expect(() => kernels.beamStep(x, [0], { cols: 2 })).toThrow(/: scores must have 2 elements, but has 1$/);
    expect(() => kernels.beamStep(x, [0, 0], { cols: 2 })).toThrow(/NaN, but is in row 1, column 0$/);
    expect(() => kernels.beamStep(x, [0, 0], { cols: 2, k: 5 })).toThrow(
      /: k must be an integer from 1 to 4/,
    );
    const allowed = Uint32Array.of(3, 0);
    expect(() => kernels.beamStep([1, 2, 3, 4], [0, 0], { cols: 2, allowed })).toThrow(/none in row 1$/);
  });
});
