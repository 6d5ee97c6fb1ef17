/** The rows, shapes and scales that every test of accuracy and reproducibility draws from. */

import type { Random } from './random.ts';

/** Fills a row. All families give rows with finite results; `specials` has those without. */
export interface Family {
  name: string;
  fill: (row: Float32Array, random: Random) => void;
}

const LN2 = Math.LN2;

/** A family whose elements don't depend on each other. */
function each(name: string, draw: (random: Random) => number): Family {
  return {
    name,
    fill: (row, random) => {
      for (let j = 0; j < row.length; j++) row[j] = draw(random);
    },
  };
}

/** About ln x, the same on every engine (which Math.log is not): the corpus of the digests is drawn from here. */
function roughLog(x: number): number {
  let halvings = 0;
  for (let rest = x; rest > 1; rest /= 2) halvings++;
  return halvings * LN2;
}

/** One to three elements at the top, the others so far below that together they weigh about `share` of it. */
function dominant(count: number, share: number): Family {
  return {
    name: `${count} dominant, the rest weigh ${share}`,
    fill: (row, random) => {
      const top = random.between(-50, 50);
      const below = roughLog(row.length / share);
      for (let j = 0; j < row.length; j++) row[j] = top - below + 0.3 * random.normal();
      for (let i = 0; i < count; i++) row[random.below(row.length)] = top - i * random.between(0, 1.5);
    },
  };
}

const pattern = new Int32Array(1);
const value = new Float32Array(pattern.buffer);

/** Any finite float32 by its bits: all exponents alike. */
function anyFinite(random: Random): number {
  do pattern[0] = random.below(2 ** 32);
  while (!Number.isFinite(value[0]));
  return value[0];
}

export const families: Family[] = [
  each('normal', (r) => r.normal()),
  each('normal, deviation 10', (r) => 10 * r.normal()),
  each('all equal', () => 1.25),
  each('offset 1e4', (r) => 1e4 + 5 * r.normal()),
  each('offset -1e4', (r) => -1e4 + 5 * r.normal()),
  each('offset 1e30', (r) => 1e30 + 1e23 * r.below(3)),
  each('offset -1e30', (r) => -1e30 + 1e23 * r.below(3)),
  each('from 90 to 100', (r) => r.between(90, 100)),
  each('spread 200', (r) => r.between(-100, 100)),
  each('spread 200 from 0', (r) => r.between(0, 200)),
  each('down to the smallest results', (r) => r.between(-110, 0)),
  each('around 200', (r) => (r.next() < 0.5 ? 1 : -1) * r.between(170, 230)),
  each('around 355', (r) => r.between(300, 400)),
  each('subnormal', (r) => r.below(2 ** 23) * 2 ** -149),
  each('masked with -Infinity', (r) => (r.next() < 0.4 ? Number.NEGATIVE_INFINITY : 3 * r.normal())),
  // Between two integers of x·log2 e the reduced argument is largest, and so is exp's error.
  each('halves of ln 2', (r) => (r.below(40) - 20 + 0.5) * LN2 * (1 + (r.below(5) - 2) * 2 ** -23)),
  each('multiples of ln 2', (r) => (r.below(40) - 20) * LN2 * (1 + (r.below(5) - 2) * 2 ** -23)),
  each('up to 3e38', (r) => r.between(-3e38, 3e38)),
  each('any bits', anyFinite),
  {
    name: 'one hot',
    fill: (row, random) => {
      row.fill(0);
      row[random.below(row.length)] = random.between(10, 110);
    },
  },
  {
    name: 'all but one at -Infinity',
    fill: (row, random) => {
      row.fill(Number.NEGATIVE_INFINITY);
      row[random.below(row.length)] = 10 * random.normal();
    },
  },
  {
    name: 'a slope',
    fill: (row, random) => {
      const step = random.between(0.001, 1);
      for (let j = 0; j < row.length; j++) row[j] = 40 - (j % 200) * step;
    },
  },
  {
    // The largest term has a mantissa near 2 after its power of two is taken off: its error weighs most.
    name: 'worst mantissa of the maximum',
    fill: (row, random) => {
      const top = (random.below(60) - 30 + 0.499) * LN2;
      for (let j = 0; j < row.length; j++) row[j] = top - random.between(0.2, 8);
      row[random.below(row.length)] = top;
    },
  },
  dominant(1, 1),
  dominant(1, 1e-3),
  dominant(1, 1e-7),
  dominant(1, 1e-20),
  dominant(2, 1),
  dominant(2, 1e-5),
  dominant(3, 1),
  dominant(3, 0.1),
];

/** Rows whose results are NaN or infinite, with the special element at a given position. */
export const specials: { name: string; values: number[] }[] = [
  { name: 'NaN', values: [Number.NaN] },
  { name: 'Infinity', values: [Number.POSITIVE_INFINITY] },
  { name: '-Infinity', values: [Number.NEGATIVE_INFINITY] },
  { name: 'NaN and Infinity', values: [Number.NaN, Number.POSITIVE_INFINITY] },
  { name: 'Infinity and -Infinity', values: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] },
];

/** Scales: none, ordinary ones, and the ends of what float64 allows. */
export const scales: { name: string; options: { beta?: number; temperature?: number } }[] = [
  { name: 'no scale', options: {} },
  { name: 'T = 0.7', options: { temperature: 0.7 } },
  { name: 'T = 1.3', options: { temperature: 1.3 } },
  { name: 'beta = 0.1', options: { beta: 0.1 } },
  { name: 'beta = 0.125', options: { beta: 0.125 } },
  { name: 'beta = 500', options: { beta: 500 } },
  { name: 'T = 1e-30', options: { temperature: 1e-30 } },
  { name: 'T = 1e38', options: { temperature: 1e38 } },
  { name: 'beta = 1e-30', options: { beta: 1e-30 } },
  { name: 'beta = 1e38', options: { beta: 1e38 } },
  { name: 'beta = 1e300', options: { beta: 1e300 } },
  { name: 'beta = 0', options: { beta: 0 } },
  { name: 'beta = Infinity', options: { beta: Number.POSITIVE_INFINITY } },
  { name: 'T = 0', options: { temperature: 0 } },
  { name: 'T = Infinity', options: { temperature: Number.POSITIVE_INFINITY } },
  { name: 'T = 5e-324', options: { temperature: 5e-324 } },
];

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Row lengths: every remainder of every vector width, the edges of blocks, vocabularies. */
export const shortCols: number[] = [...range(1, 67), ...range(127, 129)];
export const middleCols: number[] = [...range(1023, 1025), ...range(4095, 4097), ...range(8191, 8193)];
export const longCols: number[] = [32000, 50257, 128256];
export const longestCols: number = 2 ** 20;

/** `rows` rows of a family. */
export function matrix(family: Family, rows: number, cols: number, random: Random): Float32Array {
  const x = new Float32Array(rows * cols);
  for (let r = 0; r < rows; r++) family.fill(x.subarray(r * cols, (r + 1) * cols), random);
  return x;
}
