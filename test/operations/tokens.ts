/** Of decoding: what is kept of a draft, and the best continuations of beams. */

import { type BeamStep, LLAMA_ORDER, type VerifiedDraft } from '../../src/index.ts';
import { adjusted, type ChainFilters, kept, logSoftmax } from '../oracle/chain.ts';
import { mapRows, type Numbers } from '../oracle/rows.ts';
import { exclusion, uniform } from '../support/internals.ts';
import { operation, ROWS } from './operation.ts';
import { ADJUSTMENTS, type Adjusting, adjustmentsOf, FILTERS, ofRow, ROUNDING, refuses } from './sample.ts';

const { NEGATIVE_INFINITY: NONE } = Number;

export const family = {
  verifyDraft: operation({
    args: { logits: 'logits', draft: 'draft' },
    options: {
      ...ROWS,
      ...ADJUSTMENTS,
      ...FILTERS,
      draftProbs: 'draftProbs',
      seed: 'count',
      firstRow: 'firstRow',
    },
    isOfAll: true,
    refuses: (message, hasSpecial) =>
      refuses(message, hasSpecial) || message.includes('draft must have -1 elements'),
    fault: (found: VerifiedDraft, { logits, draft }, options) =>
      faultOfDraft(found, logits, draft, options as DraftCall),
    forms: {
      verifyDraft: (k, { p, cols }) => {
        const options = { cols, seed: 1, beta: 9, topP: 0.9, topK: Math.min(20, cols) };
        const draft = k.sample(p, options).ids.subarray(1);
        return Object.values(k.verifyDraft(p, draft, { ...options, ...adjustmentsOf(cols) }));
      },
      'verifyDraft, drawn': (k, { p, cols }) => {
        const n = p.length - cols;
        const ids = Int32Array.from({ length: n / cols }, (_, i) => (7 * i) % cols);
        const draftProbs = Float32Array.from({ length: n }, (_, i) => Math.min(1, (1 + (i % 3)) / 2 / cols));
        const filters = { typicalP: 0.95, xtc: { probability: 0.5, threshold: 0.3 }, order: LLAMA_ORDER };
        return [
          ...Object.values(k.verifyDraft(p, ids, { cols, draftProbs, seed: 5 })),
          ...Object.values(k.verifyDraft(p, ids, { cols, draftProbs, seed: 6, beta: 2, ...filters })),
        ];
      },
    },
    special: [
      { args: [[1, 3, 3, 2], []], options: { temperature: 0 }, gives: { accepted: 0, id: 1 } },
      { args: [[1, 3, 3, 1], [1]], options: { temperature: 0, cols: 2 }, gives: { accepted: 1, id: 0 } },
      // The history of the second row has the first token, which is penalised there.
      {
        args: [[0, 1, 0, 1], [1]],
        options: { temperature: 0, cols: 2, penalties: { history: [], presence: 2 } },
        gives: { accepted: 1, id: 0 },
      },
      // What comes after a token that is not kept is not looked at.
      { args: [[1, 3, Number.NaN, 1], [0]], options: { topK: 1, cols: 2 }, gives: { accepted: 0, id: 1 } },
    ],
  }),

  beamStep: operation({
    args: { logits: 'logits', scores: 'scores' },
    options: { ...ROWS, ...ADJUSTMENTS, k: 'beams' },
    isOfAll: true,
    refuses,
    fault: (found: BeamStep, { logits, scores }, options) =>
      faultOfBeams(found, logits, scores, options as BeamCall),
    forms: {
      // Not one a row.
      beamStep: (k, { p, cols }) =>
        Object.values(k.beamStep(p, zeros(p, cols), { cols, k: Math.min(5, p.length) })).flatMap((each) =>
          Array.from(each as Float32Array),
        ),
      'beamStep, adjusted': (k, { p, cols }) => {
        const scores = zeros(p, cols).map((_, i) => (i % 3 ? -i / 7 : NONE));
        scores[0] = 0;
        return Object.values(k.beamStep(p, scores, { cols, temperature: 0.1, ...adjustmentsOf(cols) }));
      },
    },
    special: [
      // Equal ones: the lower beam first, then the lower token.
      {
        args: [
          [0, 0, 0, 0],
          [0, 0],
        ],
        options: { cols: 2, k: 3 },
        gives: { scores: new Array(3).fill(Math.fround(-Math.LN2)), tokens: [0, 1, 0], parents: [0, 0, 1] },
      },
      // A dead beam's logits are not looked at.
      {
        args: [
          [Number.NaN, 0, 5, NONE],
          [NONE, -1],
        ],
        options: { cols: 2 },
        gives: { scores: [-1, NONE], tokens: [0, -1], parents: [1, -1] },
      },
      {
        args: [[2, 1, 2, NONE], [0]],
        options: { temperature: 0, k: 4 },
        gives: {
          scores: [Math.fround(-Math.LN2), Math.fround(-Math.LN2), NONE, NONE],
          tokens: [0, 2, -1, -1],
          parents: [0, 0, -1, -1],
        },
      },
      {
        args: [[NONE, 1, 2, 5], [0]],
        options: { temperature: Number.POSITIVE_INFINITY, k: 2 },
        gives: { scores: new Array(2).fill(Math.fround(-Math.log(3))), tokens: [1, 2], parents: [0, 0] },
      },
    ],
  }),
};

const zeros = (p: Float32Array, cols: number): Float32Array => new Float32Array(p.length / cols);

type DraftCall = Adjusting &
  ChainFilters & { cols?: number; draftProbs?: Numbers; seed?: number; firstRow?: number };

/** Whether each decision is that of the random numbers, and what comes in place of a token of the right share. */
function faultOfDraft(found: VerifiedDraft, x: Numbers, draft: Numbers, options: DraftCall): string {
  const { cols = x.length, draftProbs: q, seed = 0, firstRow = 0 } = options;
  const random = (row: number, use?: number): number => uniform(seed, firstRow + row, use);
  const { accepted, id } = found;
  if (!(accepted >= 0 && accepted <= draft.length)) return `${accepted} of ${draft.length} are accepted`;
  for (let row = 0; row <= accepted; row++) {
    const own = ofRow(options, row, x, cols);
    const before = Array.from(draft).slice(0, row);
    const history = own.penalties && [...Array.from(own.penalties.history), ...before];
    const penalties = history && { ...own.penalties, history };
    const z = adjusted(Array.from(x).slice(row * cols, (row + 1) * cols), { ...own, penalties });
    const doesXtc = exclusion(seed, firstRow + row) <= (options.xtc?.probability ?? 0);
    const left = kept(z, options, doesXtc);
    if (left.margin < ROUNDING) return '';
    let { p } = left;
    let share = random(row);
    const isDrawn = q !== undefined && row < draft.length;
    if (isDrawn) {
      const place = left.ids.indexOf(draft[row]);
      const most = random(row, 1) * q[row * cols + draft[row]];
      const chance = place < 0 ? 0 : p[place];
      // Nothing that could come in its place.
      if (!p.some((each, i) => each > q[row * cols + left.ids[i]] + 1e-6)) return '';
      if (Math.abs(most - chance) < ROUNDING * most) return '';
      if (most <= chance !== row < accepted) return `token ${row}: ${chance} against ${most}`;
      if (row < accepted) continue;
      const chances = left.ids.map((each) => q[row * cols + each]);
      let use = 2;
      // Drawn from p, and taken with probability 1 − q/p.
      for (let i = 0; i < 64; i++) {
        share = random(row, use++);
        const [at, margin] = quantile(p, share);
        const other = random(row, use++) * p[at];
        if (margin < ROUNDING || Math.abs(other - chances[at]) < ROUNDING * other) return '';
        if (other > chances[at]) break;
        if (i < 63) continue;
        const rest = p.map((each, j) => Math.max(0, each - chances[j]));
        const total = rest.reduce((sum, each) => sum + each, 0);
        // So little that rounding decides which of them are left.
        if (total < 1e-6) return '';
        p = rest.map((each) => each / total);
        share = random(row, use);
      }
    }
    const drawn = row < accepted ? draft[row] : id;
    if (row === accepted && drawn === draft[row]) return `token ${row} is kept, and not counted`;
    const place = left.ids.indexOf(drawn);
    if (place < 0) return `${drawn} in row ${row}, which the filters leave out`;
    const sum = p.slice(0, place).reduce((all, each) => all + each, 0);
    if (sum > share + ROUNDING || sum + p[place] < share - ROUNDING)
      return `${drawn} in row ${row}, from ${sum} to ${sum + p[place]}, by ${share}`;
  }
  return '';
}

/** The first place at which the sum reaches a share, and how near another one is. */
function quantile(p: readonly number[], share: number): [place: number, margin: number] {
  let sum = 0;
  let place = 0;
  while (place < p.length - 1 && sum + p[place] < share) sum += p[place++];
  return [place, Math.min(place > 0 ? share - sum : 1, place < p.length - 1 ? sum + p[place] - share : 1)];
}

type BeamCall = Adjusting & { cols?: number; temperature?: number; beta?: number; k?: number };

/** Compared with all continuations, sorted. */
function faultOfBeams(found: BeamStep, x: Numbers, scores: Numbers, options: BeamCall): string {
  const { cols = x.length, temperature = 1, beta = 1 / temperature } = options;
  const { k = x.length / cols } = options;
  const all = mapRows(x, { cols }, (row, _, parent) => {
    if (scores[parent] === NONE) return [];
    const z = adjusted(row, ofRow(options, parent, x, cols));
    const each = (score: number, token: number) => ({ parent, token, z: z[token], score });
    return Array.from(logSoftmax(z, beta), (logP, token) => each(scores[parent] + logP, token));
  })
    .flat()
    .filter(({ score }) => Math.fround(score) > NONE)
    .sort((a, b) => b.score - a.score || a.parent - b.parent || (beta && b.z - a.z) || a.token - b.token);
  const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-11 * Math.max(1, Math.abs(a));
  for (let i = 0; i < k; i++) {
    const { parent, token, score } = all[i] ?? { parent: -1, token: -1, score: NONE };
    const error = Math.abs(found.scores[i] - score);
    if (found.scores[i] !== score && !(error <= 2 ** -23 * Math.abs(score) + 1e-14))
      return `score ${i} is ${found.scores[i]}, not ${score}`;
    if (found.parents[i] === parent && found.tokens[i] === token) continue;
    // By a hair: another order of adding up decides.
    const near = all.filter((other) => isNear(other.score, score));
    if (near.some((other) => other.parent !== parent || other.score !== score)) return '';
    return `continuation ${i} is ${found.parents[i]}, ${found.tokens[i]}, not ${parent}, ${token}`;
  }
  return found.scores.length === k && found.tokens.length === k && found.parents.length === k
    ? ''
    : `not ${k} continuations`;
}
