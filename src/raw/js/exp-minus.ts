/**
 * `exp(−d)` in float64 for `d ≥ 0`, with the operations of assembly/exp64.ts in their order: the same bits on every
 * backend and engine, within 7e-15. What is drawn at random hangs on it.
 */
import { OCTAVE_POWERS } from './math.ts';

const LOG2_E = Math.LOG2E;
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;
/** 1.5·2^52 + 1023: adding it rounds to an integer. */
const ROUNDER = 6755399441056767;
/** Here and beyond, `weight` is 0. */
const LIMIT = 700;

/** d, but at most `LIMIT`: finite, so that its product with a weight of 0 is 0. */
export function limited(d: number): number {
  return d < LIMIT ? d : LIMIT;
}

export function weight(d: number): number {
  if (!(d < LIMIT)) return 0;
  const n = ROUNDER - d * LOG2_E - ROUNDER;
  const r = -d - n * LN2_HI - n * LN2_LO;
  const r2 = r * r;
  const r4 = r2 * r2;
  const low = 1 + 1 * r + r2 * (1 / 2 + (1 / 6) * r);
  const middle = 1 / 24 + (1 / 120) * r + r2 * (1 / 720 + (1 / 5040) * r);
  const high = 1 / 40320 + (1 / 362880) * r + r2 * (1 / 3628800 + (1 / 39916800) * r);
  // An integer: of an index of −0, as for the largest element, V8 would give the compiled function up, again and again.
  return (low + r4 * (middle + r4 * high)) * OCTAVE_POWERS[-n | 0];
}
