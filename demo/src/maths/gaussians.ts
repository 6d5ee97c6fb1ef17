/** Classes as Gaussians of equal spread over a plane. No page in it: Node computes the same. */
import type { Kernels } from 'softmax-simd';

export interface Gaussians {
  /** Centres, `[classes, 2]`. */
  readonly means: readonly number[];
  /** The standard deviation, in every direction, of every class. */
  readonly spread: number;
}

/** A square of points around the origin, `[side, side]`, the second coordinate changing faster. */
export interface Grid {
  readonly side: number;
  readonly reach: number;
}

/** The coordinate of a grid's line; of a single one 0. */
export function coordinate({ side, reach }: Grid, at: number): number {
  return side === 1 ? 0 : ((2 * at) / (side - 1) - 1) * reach;
}

/**
 * What is left of ln N(x; μ, σ²) · σ² when what all classes share has cancelled: μ·x − |μ|²/2, linear in x. In float64,
 * less the largest at each point, `[points, classes]`: float32 then holds the differences, which are all that counts.
 */
export function linearScores({ means }: Gaussians, grid: Grid): Float32Array {
  const classes = means.length / 2;
  const scores = new Float32Array(grid.side ** 2 * classes);
  for (let at = 0; at < grid.side ** 2; at++) {
    const [x, y] = [coordinate(grid, Math.floor(at / grid.side)), coordinate(grid, at % grid.side)];
    const row = Array.from({ length: classes }, (_, c) => {
      const [mx, my] = [means[2 * c], means[2 * c + 1]];
      return mx * x + my * y - (mx * mx + my * my) / 2;
    });
    const most = Math.max(...row);
    scores.set(
      row.map((score) => score - most),
      at * classes,
    );
  }
  return scores;
}

/** P(class | x) for equal priors, `[points, classes]`: the softmax of the linear scores, whose temperature is σ². */
export function posterior(k: Kernels, gaussians: Gaussians, grid: Grid): Float32Array {
  const { means, spread } = gaussians;
  return k.softmax(linearScores(gaussians, grid), { cols: means.length / 2, temperature: spread * spread });
}

/** ∂P(class | x)/∂x in one direction, `[points]`: the vector-Jacobian product with 1 at the class, through the scores. */
export function posteriorSlope(
  k: Kernels,
  gaussians: Gaussians,
  grid: Grid,
  index: number,
  direction: 0 | 1,
): Float32Array {
  const { means, spread } = gaussians;
  const classes = means.length / 2;
  const p = posterior(k, gaussians, grid);
  const one = Float32Array.from(p, (_, at) => Number(at % classes === index));
  const byScores = k.softmaxGradient(p, one, { cols: classes });
  return Float32Array.from({ length: grid.side ** 2 }, (_, at) => {
    let slope = 0;
    for (let c = 0; c < classes; c++) slope += byScores[at * classes + c] * means[2 * c + direction];
    return slope / (spread * spread);
  });
}

/** N(x; μ, σ²) of each class relative to the top of a bell, `[classes, points]`. */
export function densities(k: Kernels, { means, spread }: Gaussians, grid: Grid): Float32Array {
  const classes = means.length / 2;
  const points = grid.side ** 2;
  const halves = new Float32Array(classes * points);
  for (let c = 0; c < classes; c++) {
    for (let at = 0; at < points; at++) {
      const dx = coordinate(grid, Math.floor(at / grid.side)) - means[2 * c];
      const dy = coordinate(grid, at % grid.side) - means[2 * c + 1];
      halves[c * points + at] = -(dx * dx + dy * dy) / (2 * spread * spread);
    }
  }
  // e^x for x ≤ 0, from the package: the sum of a one-element row, relative to a maximum of 0.
  const { sum } = k.rowStats(halves, { cols: 1, max: new Float32Array(halves.length) });
  return Float32Array.from(sum);
}
