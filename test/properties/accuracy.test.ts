/** The bounds of the documentation, over the grid of shapes, the families of rows and the scales. */

import { describe, expect, test } from 'vitest';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import * as losses from '../operations/cross-entropy.ts';
import { rowForms } from '../operations/index.ts';
import type { RowOptions } from '../operations/operation.ts';
import * as softmaxes from '../operations/softmax.ts';
import { type Backend, backends } from '../support/backends.ts';
import { inSteps, MEASURES, worst } from '../support/compare.ts';
import {
  type Family,
  families,
  longCols,
  longestCols,
  matrix,
  middleCols,
  scales,
  shortCols,
} from '../support/families.ts';
import { random } from '../support/random.ts';

const SEED = 11;

/** Rows, and what the oracle makes of them. */
interface Case {
  text: string;
  x: Float32Array;
  labels: Int32Array;
  call: RowOptions;
  wanted: softmaxes.SoftmaxFamily;
}

function makeCase(
  family: Family,
  rows: number,
  cols: number,
  scale: (typeof scales)[number],
  seed: number,
): Case {
  const r = random(seed);
  const x = matrix(family, rows, cols, r);
  // In every other row the label is the largest element: a right prediction, whose loss may be near 0.
  const labels = Int32Array.from({ length: rows }, (_, row) => {
    const part = x.subarray(row * cols, (row + 1) * cols);
    return row % 2 === 0 ? part.indexOf(part.reduce((a, b) => Math.max(a, b))) : r.below(cols);
  });
  const call = { cols, ...scale.options };
  const text = `${family.name}, ${rows} rows of ${cols}, ${scale.name}, seed ${seed}`;
  return { text, x, labels, call, wanted: softmaxes.softmaxFamily(x, call) };
}

/** The grid of one family: every short row, the edges of blocks and one vocabulary; scales in turn. */
function makeCases(family: Family, index: number): Case[] {
  let turn = index;
  const nextScale = () => scales[1 + (turn++ % (scales.length - 1))];
  const cases: Case[] = [];
  for (const cols of shortCols) {
    const rows = 1 + (cols % 5);
    for (const scale of [scales[0], nextScale(), nextScale()]) {
      cases.push(makeCase(family, rows, cols, scale, SEED + cols));
    }
  }
  for (const cols of middleCols) {
    for (const scale of [scales[0], nextScale()]) cases.push(makeCase(family, 2, cols, scale, SEED + cols));
  }
  const long = longCols[index % longCols.length];
  for (const scale of [scales[0], nextScale()]) cases.push(makeCase(family, 1, long, scale, SEED));
  return cases;
}

/** The oracle's part is the same for every backend: done once. */
const cache = new Map<Family, Case[]>();

function casesOf(family: Family): Case[] {
  let cases = cache.get(family);
  if (!cases) {
    cases = makeCases(family, families.indexOf(family));
    cache.set(family, cases);
  }
  return cases;
}

/** The worst miss of each operation, in words; nothing if all keep within the bound. */
function misses({ kernels, bound }: Backend, cases: Case[]): string[] {
  const found: string[] = [];
  for (const { name, right, run } of rowForms) {
    if (!right) continue;
    let most = bound;
    let text = '';
    for (const { x, labels, call, wanted, text: what } of cases) {
      const [[how, exact]] = Object.entries(right(wanted, labels, call.cols));
      const measure = MEASURES[how as keyof typeof MEASURES];
      const { error, where } = worst(run(kernels, x, labels, call), exact, measure);
      if (error > most) {
        most = error;
        text = `${name}: ${error} steps: ${what}: ${where}`;
      }
    }
    if (text) found.push(text);
  }
  return found;
}

describe.each(backends)('$name', (backend) => {
  const { kernels } = backend;

  test.each(families)('within the bound: $name', (family) => {
    expect(misses(backend, casesOf(family))).toEqual([]);
  });

  const longest = families.filter(({ name }) =>
    ['normal', 'all equal', 'spread 200', '1 dominant, the rest weigh 0.001'].includes(name),
  );
  test.each(longest)(`within the bound at ${longestCols} columns: $name`, (family) => {
    expect(misses(backend, [makeCase(family, 1, longestCols, scales[0], SEED)])).toEqual([]);
  });

  // These families have no infinite loss, of which there is no sum to compare.
  const finite = families.filter(({ name }) => !/Infinity|3e38|any bits|1e30/.test(name));
  test.each(finite)('reduced losses and gradients: $name', (family) => {
    for (const cols of [1, 2, 3, 10, 64, 1025]) {
      for (const temperature of [1, 0.7, 1.3]) {
        const { x, labels, text } = makeCase(family, 5, cols, scales[0], SEED + cols);
        labels[3] = -100;
        const want = losses.crossEntropy(x, labels, { cols, temperature });
        for (const reduction of ['sum', 'mean'] as const) {
          const gradient = new Float32Array(x.length);
          const loss = kernels.crossEntropy(x, labels, { cols, temperature, reduction, gradient });
          expect(inSteps(Math.fround(loss), want[reduction]), `${reduction}, ${text}`).toBeLessThanOrEqual(
            ACCURACY.reducedLoss,
          );
          const divisor = reduction === 'mean' ? want.divisor : 1;
          expect(gradientError(gradient, want.gradient, divisor, cols), text).toBeLessThanOrEqual(
            ACCURACY.gradient,
          );
        }
      }
    }
  });
});

/** The largest error of a gradient, in units of 2^-23 of the largest entry of its row. */
function gradientError(gradient: Float32Array, wanted: Float64Array, divisor: number, cols: number): number {
  let most = 0;
  for (let start = 0; start < wanted.length; start += cols) {
    let largest = 0;
    let error = 0;
    for (let j = start; j < start + cols; j++) {
      largest = Math.max(largest, Math.abs(wanted[j] / divisor));
      error = Math.max(error, Math.abs(gradient[j] - wanted[j] / divisor));
    }
    // Probabilities below 2^-126 may be flushed, and a gradient made of such with them.
    if (error > 2 ** -126) most = Math.max(most, error / (largest * 2 ** -23));
  }
  return most;
}
