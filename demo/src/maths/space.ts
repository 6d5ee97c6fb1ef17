/**
 * The spaces that softmax goes between. Scores less their mean live in one dimension less than there are classes, where
 * a direction belongs to each; probabilities live in the simplex whose corners those directions point to. A point of
 * either is its numbers times the directions, added up. No page in it: Node computes the same.
 */
import type { Kernels } from 'softmax-simd';
import { createNormal, createRandom } from '../random.ts';

export type Vector = readonly number[];

/** Scores whose vector is this long lie at distance 1. */
const UNIT = 5;
const CLOUD = 420;
/** Points along each dimension of a level surface, by the number of its dimensions. */
const LEVEL_SIDES = [1, 97, 41, 9];
const LEVEL_REACH = 9;

/** Unit vectors, each as far from the others as from the next, `classes` of them in one dimension less. */
export function directions(classes: number): Vector[] {
  if (classes === 2) return [[1], [-1]];
  if (classes === 5) {
    // The corners of a pentagon in two planes at once: its shadows are regular.
    return Array.from({ length: 5 }, (_, i) =>
      [1, 2].flatMap((turns) => {
        const angle = (2 * Math.PI * turns * i) / 5 + Math.PI / 2;
        return [Math.SQRT1_2 * Math.cos(angle), Math.SQRT1_2 * Math.sin(angle)];
      }),
    );
  }
  // One up, the others below it, around the ones of one dimension less.
  const low = -1 / (classes - 1);
  const out = Math.sqrt(1 - low * low);
  const below = directions(classes - 1).map((vector) => [...vector.map((x) => out * x), low]);
  return [[...below[0].slice(1).fill(0), 1], ...below];
}

/** In three dimensions, the third one up; of four, turned by an angle first, the last is left out. */
export function project(vector: Vector, turn: number): Vector {
  const [x, y, z, w] = vector;
  if (vector.length === 2) return [x, 0, y];
  if (vector.length === 3) return vector;
  return [x, y, z * Math.cos(turn) - w * Math.sin(turn)];
}

/** The vector that `project` takes to `point`, as near to `vector` as there is. */
export function unproject(point: Vector, vector: Vector, turn: number): Vector {
  const [x, y, z] = point;
  if (vector.length === 2) return [x, z];
  if (vector.length === 3) return point;
  const hidden = vector[2] * Math.sin(turn) + vector[3] * Math.cos(turn);
  return [
    ...[x, y],
    z * Math.cos(turn) + hidden * Math.sin(turn),
    hidden * Math.cos(turn) - z * Math.sin(turn),
  ];
}

/** What scores are multiplied by, so that `UNIT` of them lie at distance 1. */
export function scaleOf(classes: number): number {
  return Math.sqrt((classes - 1) / classes) / UNIT;
}

/** Where scores lie. */
export function toSpace(z: Vector, along: readonly Vector[]): Vector {
  const scale = scaleOf(z.length);
  return along[0].map((_, d) => scale * z.reduce((sum, score, i) => sum + score * along[i][d], 0));
}

/** The scores that lie there, with a sum of 0. */
export function toScores(x: Vector, along: readonly Vector[]): Vector {
  const classes = along.length;
  const scale = (classes - 1) / (classes * scaleOf(classes));
  return along.map((direction) => scale * direction.reduce((sum, value, d) => sum + value * x[d], 0));
}

/** About normal scores, `[points, classes]`. */
export function cloud(classes: number): Float32Array {
  const normal = createNormal(createRandom(3));
  return Float32Array.from({ length: CLOUD * classes }, () => 1.7 * normal());
}

/**
 * Scores at which a class has the share `level`, `[points, classes]`: a curve for three classes, a surface for four.
 * The others are chosen on a grid, with a sum of 0; the class then needs ln(level/(1 − level)) more than their log-sum-exp.
 */
export function levelScores(
  k: Kernels,
  classes: number,
  index: number,
  level: number,
  temperature: number,
): Float32Array {
  const others = directions(classes - 1);
  const side = LEVEL_SIDES[classes - 2];
  const dims = classes - 2;
  const points = side ** dims;
  const rest = new Float32Array(points * (classes - 1));
  for (let at = 0; at < points; at++) {
    const place = Array.from({ length: dims }, (_, d) => {
      const step = Math.floor(at / side ** d) % side;
      return ((2 * step) / (side - 1) - 1) * LEVEL_REACH;
    });
    others.forEach((direction, j) => {
      const score = direction.reduce((sum, value, d) => sum + value * place[d], 0);
      rest[at * (classes - 1) + j] = score;
    });
  }
  const sums = k.logSumExp(rest, { cols: classes - 1, temperature });
  const lead = Math.log(level / (1 - level));
  const scores = new Float32Array(points * classes);
  for (let at = 0; at < points; at++) {
    const row = Array.from(rest.subarray(at * (classes - 1), (at + 1) * (classes - 1)));
    row.splice(index, 0, temperature * (lead + sums[at]));
    const mean = row.reduce((a, b) => a + b, 0) / classes;
    scores.set(
      row.map((score) => score - mean),
      at * classes,
    );
  }
  return scores;
}

/** Where one of three scores exceeds another by a whole number, as pairs of points, `[lines, 2, 3]`: ratios of shares. */
export function ratioLines(): Float32Array {
  const lines: number[] = [];
  for (const [i, j, third] of [
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
  ]) {
    for (let lead = -4; lead <= 4; lead += 2) {
      // Along such a line the third score moves, and nothing else.
      for (let step = -24; step < 24; step++) {
        for (const at of [step, step + 1]) {
          const row = [0, 0, 0];
          row[i] = lead / 2 - at / 6;
          row[j] = -lead / 2 - at / 6;
          row[third] = at / 3;
          lines.push(...row);
        }
      }
    }
  }
  return Float32Array.from(lines);
}
