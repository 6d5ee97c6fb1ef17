/** Beam search: the best continuations of several beams. */

import { type Floats, toFloatsOf } from '../arguments/arrays.ts';
import { checkBeta, checkInteger, checkOptions } from '../arguments/check.ts';
import { rangeError } from '../arguments/errors.ts';
import type { NewFloat32Array, NewInt32Array } from '../arguments/new-arrays.ts';
import { type Names, ROW_NAMES, type RowOptions } from '../arguments/options.ts';
import { toFloat32 } from '../memory/elements.ts';
import type { Host } from '../memory/host.ts';
import { massBesidesMax, massBinsOf } from '../raw/js/masses.ts';
import { log1p } from '../raw/js/math.ts';
import { topKOf } from '../raw/js/select.ts';
import { finiteBeta } from '../raw/limits.ts';
import { MASS_STRIDE } from '../raw/sizes.ts';
import { spareElements } from './sample/elements.ts';
import type { Picker } from './sample/pickers.ts';
import { pickRows, toLogits } from './sample/rows.ts';
import { type AdjustmentOptions, toAdjustments } from './shared/adjustments.ts';

/** How beams go on. A history of `penalties` may be that of each beam. */
export interface BeamStepOptions extends RowOptions, AdjustmentOptions {
  /** How many continuations are wanted; by default as many as there are beams. */
  k?: number;
}

const NAMES: Names<BeamStepOptions> = ['bias', 'penalties', 'allowed', 'k'];

/** The best continuations, descending. Where there are fewer, the others are dead: −Infinity, −1, −1. */
export interface BeamStep {
  /** `[k]`: the beam's score and the log-probability of the token. */
  scores: NewFloat32Array;
  /** `[k]` */
  tokens: NewInt32Array;
  /** `[k]`: the beams that they continue. */
  parents: NewInt32Array;
}

/**
 * The `k` best continuations of some beams: of all `scores[beam] + log p[beam, token]`, with the p of
 * `softmax(logits)`, adjusted as `adjustLogits` does, the largest, descending; of equal ones the one of the lower beam comes
 * first, then that of the lower token.
 *
 * @param logits float32 row-major `[beams, cols]`, or `options.shape`
 * @param scores float32 `[beams]`: the sums of log-probabilities so far, in nats. A beam at −Infinity is dead: it has no
 * continuation, and its logits are not looked at
 * @returns `scores`, float32, `tokens` and `parents`, int32, each `[k]`, new arrays
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value and for rows without columns, and,
 * naming the row, for a live beam's that holds NaN or +Infinity, or of which nothing is left above −Infinity
 *
 * Accuracy: all sums are float64, by which continuations are compared, and a score is rounded once: the same results on
 * every backend. Special values: at T = 0 the mass is split among the largest of a row, the others are no continuations; at
 * T = Infinity all above −Infinity are equal. No row is sorted, no probabilities are stored. Views of the kernels' memory
 * are read in place; any other array is copied through a bounded scratch.
 * @example
 * ```ts
 * import { beamStep } from 'softmax-simd';
 *
 * const { scores, tokens, parents } = beamStep([2, 1, 0, 0, 0, 3], [-0.5, -0.7], { cols: 3 });
 * scores; // Float32Array [-0.795, -0.908]
 * tokens; // Int32Array [2, 0]
 * parents; // Int32Array [1, 0]
 * ```
 */
export function beamStep(
  host: Host,
  logits: Floats,
  scores: Floats,
  options: BeamStepOptions = {},
): BeamStep {
  const op = 'beamStep';
  checkOptions(op, options, ROW_NAMES, NAMES);
  const { x, layout } = toLogits(op, logits, options);
  const { rows, cols } = layout;
  const before = toFloat32(toFloatsOf(op, 'scores', scores, rows, options.dtype));
  for (let row = 0; row < rows; row++) {
    if (!(before[row] < Infinity))
      throw rangeError(op, `scores[${row}]`, 'a number below Infinity', before[row]);
  }
  const k = options.k === undefined ? rows : checkInteger(op, 'k', options.k, 1, rows * cols);
  const beta = checkBeta(op, options.temperature, options.beta);
  const adjustments = toAdjustments(op, options, layout);

  const most = Math.min(k, cols);
  const found = spareElements();
  const candidates = new Int32Array(rows * most);

  /** Adds a beam's best, of which the indices are known; −1 if it has none. */
  function add(
    row: number,
    bins: Float64Array,
    binsAt: number,
    z: Float32Array,
    from: number,
    indices: Int32Array,
    at: number,
  ): number {
    const max = bins[binsAt];
    if (!Number.isFinite(max)) return -1;
    if (beta === 0) {
      for (let col = 0, n = 0; n < most && col < cols; col++) {
        if (z[from + col] > -Infinity) indices[at + n++] = col;
      }
    }
    const logTotal = log1p(massBesidesMax(bins, binsAt));
    for (let i = 0; i < most; i++) {
      const token = indices[at + i];
      const distance = max - z[from + token];
      const score = before[row] - (distance === 0 ? 0 : finiteBeta(beta) * distance) - logTotal;
      if (Math.fround(score) === -Infinity) break;
      candidates[row * most + i] = token;
      found.add(score, row * most + i);
    }
    return 0;
  }

  const { raw, arena } = host;
  let indices = 0;
  const picker: Picker = {
    rowBytes: MASS_STRIDE * 8 + most * 8,
    fixedBytes: 0,
    prepare(at, room, n) {
      indices = room + n * MASS_STRIDE * 8;
      raw.massBinsF32(at, room, n, cols, beta);
      raw.topKF32(at, indices + n * most * 4, indices, n, cols, most);
    },
    pick(at, room, i, _, row) {
      const bins = room / 8 + i * MASS_STRIDE;
      return add(row, arena.f64, bins, arena.f32, at / 4 + i * cols, arena.i32, indices / 4 + i * most);
    },
    pickLong(z, row) {
      const bins = new Float64Array(MASS_STRIDE);
      const places = new Int32Array(most);
      massBinsOf(z, 0, cols, beta, bins, 0);
      topKOf(z, 0, cols, new Float32Array(most), places);
      return add(row, bins, 0, z, 0, places, 0);
    },
  };
  const wants = (row: number): boolean => before[row] > -Infinity;
  pickRows({ op, host, x, layout, adjustments, picker, ids: new Int32Array(rows), wants });

  const step = {
    scores: new Float32Array(k).fill(-Infinity),
    tokens: new Int32Array(k).fill(-1),
    parents: new Int32Array(k).fill(-1),
  };
  found.first(k).forEach((place, i) => {
    const candidate = found.indices[place];
    step.scores[i] = 0 - found.keys[place];
    step.tokens[i] = candidates[candidate];
    step.parents[i] = Math.floor(candidate / most);
  });
  return step;
}
