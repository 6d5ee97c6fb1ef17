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

/** The bin of a distance `d = beta·(max − x)`. */
export function binOf(d: number): number {
  const bin = d * BINS_PER_NAT;
  return bin < MASS_BINS - 1 ? bin | 0 : MASS_BINS - 1;
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
  const b = finiteBeta(beta);
  for (let i = x; i < x + n; i++) {
    const d = (max - f[i]) * b;
    out[bins + binOf(d)] += weight(d);
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
