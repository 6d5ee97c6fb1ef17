/** The mathematics of the figures, in Node: against what the formulas say in float64. */
import { loadSync } from 'softmax-simd';
import { describe, expect, test } from 'vitest';
import {
  coordinate,
  densities,
  type Gaussians,
  linearScores,
  posterior,
  posteriorSlope,
} from '../src/maths/gaussians.ts';
import {
  directions,
  levelScores,
  project,
  ratioLines,
  toScores,
  toSpace,
  unproject,
} from '../src/maths/space.ts';
import { softmaxSurface } from '../src/maths/surfaces.ts';

const k = loadSync({ backend: 'simd' });
const GRID = { side: 61, reach: 4 };

/** N(x; μ, σ²) without its constant, in logarithms, and the posterior of that: Bayes' rule and nothing else. */
function bayes({ means, spread }: Gaussians, x: number, y: number): number[] {
  const logs = Array.from({ length: means.length / 2 }, (_, c) => {
    return -((x - means[2 * c]) ** 2 + (y - means[2 * c + 1]) ** 2) / (2 * spread * spread);
  });
  const most = Math.max(...logs);
  const powers = logs.map((log) => Math.exp(log - most));
  return powers.map((power) => power / powers.reduce((a, b) => a + b, 0));
}

const CASES: readonly Gaussians[] = [
  { means: [-1.6, -0.8, 1.6, -0.8, 0, 1.9], spread: 1 },
  { means: [-1.6, -0.8, 1.6, -0.8], spread: 1 },
  { means: [-4, -4, 4, 4, 4, -4], spread: 0.4 },
  { means: [-4, 4, -3.9, 4, 4, -4], spread: 0.4 },
  { means: [0, 0, 0, 0, 1, 1], spread: 2.5 },
];

describe.each(CASES)('Gaussians $means of spread $spread', (gaussians) => {
  const classes = gaussians.means.length / 2;
  const each = Array.from({ length: GRID.side ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / GRID.side), at % GRID.side];
    return { at, x: coordinate(GRID, i), y: coordinate(GRID, j) };
  });

  test('the posterior is the softmax of the log-densities, to 1e-6 at every grid point', () => {
    const p = posterior(k, gaussians, GRID);
    let worst = 0;
    for (const { at, x, y } of each) {
      bayes(gaussians, x, y).forEach((share, c) => {
        worst = Math.max(worst, Math.abs(share - p[at * classes + c]));
      });
    }
    expect(worst).toBeLessThanOrEqual(1e-6);
  });

  test('of two classes it is the sigmoid', () => {
    if (classes !== 2) return;
    const p = posterior(k, gaussians, GRID);
    const z = linearScores(gaussians, GRID);
    const t = gaussians.spread ** 2;
    for (const { at } of each) {
      const [sigmoid] = k.sigmoid([(z[2 * at] - z[2 * at + 1]) / t]);
      expect(Math.abs(sigmoid - p[2 * at])).toBeLessThanOrEqual(1e-6);
    }
  });

  test('the slopes are those of the posterior', () => {
    const step = 1e-4;
    for (const direction of [0, 1] as const) {
      const slopes = posteriorSlope(k, gaussians, GRID, 0, direction);
      for (const { at, x, y } of each) {
        const [dx, dy] = direction === 0 ? [step, 0] : [0, step];
        const rise = bayes(gaussians, x + dx, y + dy)[0] - bayes(gaussians, x - dx, y - dy)[0];
        // Steep where the spread is small: the error of the difference, too.
        expect(Math.abs(rise / (2 * step) - slopes[at])).toBeLessThan(2e-4);
      }
    }
  });

  test('the bells are the densities', () => {
    const bells = densities(k, gaussians, GRID);
    const { means, spread } = gaussians;
    for (const { at, x, y } of each) {
      for (let c = 0; c < classes; c++) {
        const far = (x - means[2 * c]) ** 2 + (y - means[2 * c + 1]) ** 2;
        expect(Math.abs(bells[c * each.length + at] - Math.exp(-far / (2 * spread ** 2)))).toBeLessThan(1e-6);
      }
    }
  });
});

describe.each([3, 4, 5])('the space of %i classes', (classes) => {
  const along = directions(classes);

  test('directions are unit vectors, all equally far apart, in one dimension less', () => {
    along.forEach((a, i) => {
      expect(a.length).toBe(classes - 1);
      along.forEach((b, j) => {
        const product = a.reduce((sum, value, d) => sum + value * b[d], 0);
        expect(product).toBeCloseTo(i === j ? 1 : -1 / (classes - 1), 12);
      });
    });
  });

  test('a place gives its scores back, less their mean, whether it was projected or not', () => {
    const z = [1.6, 0.7, -0.6, -0.9, -0.4].slice(0, classes);
    const mean = z.reduce((a, b) => a + b, 0) / classes;
    const x = toSpace(z, along);
    const back = unproject(project(x, 0.7), x, 0.7);
    toScores(back, along).forEach((score, i) => {
      expect(score).toBeCloseTo(z[i] - mean, 12);
    });
    // The sum of the directions is 0, so that what all scores share is lost on the way.
    toSpace(
      z.map((score) => score + 5),
      along,
    ).forEach((value, d) => {
      expect(value).toBeCloseTo(x[d], 12);
    });
  });

  test.each([0.5, 1, 3])('softmax takes a level to points of that share, at T = %d', (temperature) => {
    const level = 0.62;
    const scores = levelScores(k, classes, 1, level, temperature);
    const p = k.softmax(scores, { cols: classes, temperature });
    for (let at = 0; at < p.length; at += classes) expect(p[at + 1]).toBeCloseTo(level, 4);
  });
});

test('along a line of the plane two shares keep their ratio', () => {
  const lines = ratioLines();
  const p = k.logSoftmax(lines, { cols: 3 });
  for (let at = 0; at < lines.length; at += 3) {
    for (const [i, j] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ]) {
      const lead = lines[at + i] - lines[at + j];
      expect(Math.abs(p[at + i] - p[at + j] - lead)).toBeLessThan(1e-5);
    }
  }
});

test('the surfaces over two scores are p and its derivatives', () => {
  const side = 9;
  const at = (i: number): number => ((2 * i) / (side - 1) - 1) * 5;
  const exact = (x: number, y: number): number => 1 / (1 + Math.exp(y - x) + Math.exp(0.5 - x));
  const options = { cols: 3, i: 0, third: 0.5, range: 5 };
  const p = softmaxSurface(k, { ...options, j: -1 }, side);
  const slope = softmaxSurface(k, { ...options, j: 1 }, side);
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      expect(Math.abs(p[i * side + j] - exact(at(i), at(j)))).toBeLessThan(1e-6);
      const rise = (exact(at(i), at(j) + 1e-4) - exact(at(i), at(j) - 1e-4)) / 2e-4;
      expect(Math.abs(slope[i * side + j] - rise)).toBeLessThan(1e-6);
    }
  }
});
