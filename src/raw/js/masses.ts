/** Masses in plain TypeScript, with the bits of assembly/mass.ts, of any array: see js/select.ts. */
import { finiteBeta } from '../limits.ts';
import { BINS_PER_NAT, MASS_BINS, MOMENTS_STRIDE } from '../sizes.ts';
import { limited, weight } from './exp-minus.ts';

/** The largest element, −Infinity if there is none, NaN if one is NaN. */
function maxOrNaN(f: Float32Array, x: number, n: number): number {
  let max = -Infinity;
  for (let i = x; i < x + n; i++) {
    if (f[i] <= max) continue;
    if (f[i] !== f[i]) return NaN;
    max = f[i];
  }
  return max;
}

/** exp(−f/128) by powers of f, |f| ≤ ½, within 5e-16. */
const M1 = -0.007812499999995263;
const M2 = 3.0517578124991364e-5;
const M3 = -7.947293549177489e-8;
const M4 = 1.5522053963148365e-10;
/** 2^52: what is added to it is rounded to an integer. */
const ROUNDER = 4503599627370496;

/** How many bins it is from the largest element to one further down by 1. */
export function binsPerUnit(beta: number): number {
  return Math.min(finiteBeta(beta) * BINS_PER_NAT, Number.MAX_VALUE);
}

/** The bin of a distance in bins. */
export function binOf(bins: number): number {
  return Math.min(bins, MASS_BINS - 1) + ROUNDER - ROUNDER;
}

/** What an element at a distance in bins adds to its bin. */
export function massOf(bins: number): number {
  const t = Math.min(bins, MASS_BINS - 1);
  const f = t - (t + ROUNDER - ROUNDER);
  const f2 = f * f;
  return 1 + M1 * f + f2 * (M2 + M3 * f + M4 * f2);
}

let scales: Float64Array | undefined;

/** What the masses of bins are to be multiplied by: nothing counts in the last. Made when it is first asked for. */
export function binScales(): Float64Array {
  if (scales === undefined) {
    scales = new Float64Array(MASS_BINS);
    for (let b = 0; b < MASS_BINS - 1; b++) scales[b] = weight(b / BINS_PER_NAT);
  }
  return scales;
}

/** The mass of a row's bins, which begin at `at`, without that of one of its largest elements, which is 1. */
export function massBesidesMax(bins: Float64Array, at: number): number {
  const scales = binScales();
  let mass = 0;
  // The smallest first.
  for (let b = MASS_BINS - 1; b > 0; b--) mass += bins[at + 1 + b] * scales[b];
  return mass + (bins[at + 1] - 1);
}

/** As `massBinsF32`, for one row; the results go to `out` from `to` on. */
export function massBinsOf(
  f: Float32Array,
  x: number,
  n: number,
  beta: number,
  out: Float64Array,
  to: number,
): void {
  const max = maxOrNaN(f, x, n);
  out[to] = max;
  if (!(Math.abs(max) < Infinity)) return;
  const bins = to + 1;
  out.fill(0, bins, bins + MASS_BINS);
  const perUnit = binsPerUnit(beta);
  for (let i = x; i < x + n; i++) {
    const t = (max - f[i]) * perUnit;
    out[bins + binOf(t)] += massOf(t);
  }
}

/** As `momentsF32`, for one row; the results go to `out` from `to` on. */
export function momentsOf(
  f: Float32Array,
  x: number,
  n: number,
  beta: number,
  out: Float64Array,
  to: number,
): void {
  const max = maxOrNaN(f, x, n);
  out.fill(0, to, to + MOMENTS_STRIDE);
  out[to] = max;
  if (!(Math.abs(max) < Infinity)) return;
  const b = finiteBeta(beta);
  // Elements of even and of odd index are summed apart, as the lanes of a vector are.
  const sums = [new Float64Array(4), new Float64Array(4)];
  for (let lane = 0; lane < 2; lane++) {
    let sw = 0;
    let sww = 0;
    let swd = 0;
    let swdd = 0;
    for (let i = lane; i < n; i += 2) {
      const d = limited((max - f[x + i]) * b);
      const w = weight(d);
      const wd = w * d;
      sw += w;
      sww += w * w;
      swd += wd;
      swdd += wd * d;
    }
    sums[lane].set([sw, sww, swd, swdd]);
  }
  for (let i = 0; i < 4; i++) out[to + 1 + i] = sums[0][i] + sums[1][i];
}
