/** Speculative decoding: which tokens of a draft a larger model keeps, and the one after them. */

import { checkLength, type Floats, toFloatsOf } from '../arguments/arrays.ts';
import { checkOptions } from '../arguments/check.ts';
import { rangeError } from '../arguments/errors.ts';
import type { Labels } from '../arguments/labels.ts';
import type { Names } from '../arguments/options.ts';
import { elementAt } from '../memory/elements.ts';
import type { Host } from '../memory/host.ts';
import { DRAW_NAMES, type DrawOptions } from './sample/options.ts';
import { createPicker, type Taker } from './sample/pickers.ts';
import { toRandom } from './sample/random.ts';
import { pickRows, toLogits } from './sample/rows.ts';
import { toSteps } from './sample/steps.ts';
import { toAdjustments, toTokens } from './shared/adjustments.ts';

/** How the target draws, and what the draft was drawn from. */
export interface VerifyDraftOptions extends DrawOptions {
  /**
   * The probabilities that each token of the draft was drawn from, row-major `[k, cols]`, after the filters of the model
   * that drew them; those of the tokens themselves above 0. Without it the draft was greedy: of each row the most
   * probable.
   */
  draftProbs?: Floats;
}

const NAMES: Names<VerifyDraftOptions> = ['draftProbs'];

/** What becomes of a draft. */
export interface VerifiedDraft {
  /** How many of its tokens are kept, from the first on. */
  accepted: number;
  /** The token after them: in place of the first that is not kept, or a new one. */
  id: number;
}

/** Uses of random numbers: whether a token is kept; from here on, what comes in its place. */
const KEEP = 1;
const REPLACE = 2;

/** So many that come in its place are drawn from p, and taken or not, before all of p − q is listed. */
const TRIES = 64;

/**
 * Speculative decoding: keeps token i of a draft with probability `min(1, p/q)`, where p is its probability in row i of the
 * target, adjusted and filtered as `sample` does, and q that in the distribution it was drawn from; in place of the first
 * token that is not kept one is drawn from `max(0, p − q)`, renormalised, and the rest of the draft is dropped. After a
 * draft that is kept whole one more token is drawn, from the last row. The tokens are distributed as if `sample` had drawn
 * them from the target one by one.
 *
 * @param logits float32 row-major `[k + 1, cols]`, or `options.shape`: what the target gives after the text, and after each
 * token of the draft
 * @param draft integers `[k]`: the tokens, each from 0 to cols − 1; there may be none
 * @param options those of `sample` but `logProbs` and `alternatives`, and `draftProbs`. In `penalties` the history of row i
 * is followed by the first i tokens of the draft
 * @returns how many tokens are kept, and the one after them
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, such as a probability of 0 at a token
 * that was drawn, and, naming the row, for one that holds NaN or +Infinity, or of which nothing is left above −Infinity, up
 * to the row of the token that is returned: the others are not looked at
 *
 * With a `seed` the result is the same on every backend, engine and machine, in place or copied. Row i takes its random
 * numbers from number `firstRow + i` of the seed's stream, as `sample` does: a greedy draft changes no token that `sample`
 * would draw with that seed, and a draft may itself be drawn by `sample` with the same seed. Masses are float64. Views of
 * the kernels' memory are read in place; any other array is copied through a bounded scratch.
 *
 * Source: Leviathan, Kalman and Matias 2023, 'Fast inference from transformers via speculative decoding'.
 * @example
 * ```ts
 * import { softmax, verifyDraft } from 'softmax-simd';
 *
 * const target = [2, 1, 0, 0, 2, 1, 1, 0, 2];
 * verifyDraft(target, [0, 1], { cols: 3, temperature: 0 }).accepted; // 2
 *
 * const draftProbs = softmax([2, 2, 0, 1, 2, 0], { cols: 3 });
 * const { accepted, id } = verifyDraft(target, [1, 1], { cols: 3, draftProbs, topP: 0.9, seed: 2 });
 * [accepted, id]; // [0, 0]
 * ```
 */
export function verifyDraft(
  host: Host,
  logits: Floats,
  draft: Labels,
  options: VerifyDraftOptions = {},
): VerifiedDraft {
  const op = 'verifyDraft';
  checkOptions(op, options, DRAW_NAMES, NAMES);
  const { x, layout } = toLogits(op, logits, options);
  const { rows, cols } = layout;
  const tokens = toTokens(op, 'draft', draft, cols);
  checkLength(op, 'draft', tokens.length, rows - 1);
  const { draftProbs } = options;
  const q =
    draftProbs === undefined
      ? undefined
      : toFloatsOf(op, 'draftProbs', draftProbs, tokens.length * cols, options.dtype);
  const chance = (row: number, id: number): number => (q ? elementAt(q, row * cols + id) : 0);
  for (let i = 0; q && i < tokens.length; i++) {
    const own = chance(i, tokens[i]);
    if (own > 0 && own <= 1) continue;
    throw rangeError(op, `draftProbs of draft[${i}]`, 'in (0, 1]', own);
  }
  const random = toRandom(op, options, rows);
  const steps = toSteps(op, options);
  const adjustments = toAdjustments(op, options, layout, tokens);
  const taker: Taker = {
    isWhole: q !== undefined,
    take(row, left) {
      const token = tokens[row];
      if (!q || row === rows - 1) return left.drawIndex(random.draw(row));
      if (random.draw(row, KEEP) * chance(row, token) <= left.shareOf(token)) return token;
      // What is drawn from p and taken with probability 1 − q/p is distributed as p − q. The less that is, the longer it
      // takes, but the more seldom it is wanted.
      let use = REPLACE;
      let other = token;
      for (let i = 0; i < TRIES; i++) {
        other = left.drawIndex(random.draw(row, use++));
        if (random.draw(row, use++) * left.shareOf(other) > chance(row, other)) return other;
      }
      const elements = left.list();
      elements.subtract((index) => chance(row, index));
      // Where nothing is left, but by rounding, or as q sums to more than 1, it is one of p.
      return elements.count ? elements.drawIndex(random.draw(row, use)) : other;
    },
  };
  const picker = createPicker({ host, steps, random, taker }, cols);
  const ids = new Int32Array(rows);
  let accepted = 0;
  // What comes after a token that is not kept never was.
  const wants = (row: number): boolean => {
    if (row > 0 && accepted === row - 1 && ids[accepted] === tokens[accepted]) accepted = row;
    return accepted === row;
  };
  pickRows({ op, host, x, layout, adjustments, picker, ids, wants });
  return { accepted, id: ids[accepted] };
}
