// The grid of lengths and distributions, and the error of every contender in every cell.
import { importTypeScript } from './typescript.mjs';

const { softmaxFamily } = await importTypeScript('test/operations/softmax.ts');
const { ulpError, unitError, isFlushed } = await importTypeScript('test/oracle/ulp.ts');
const { families, matrix } = await importTypeScript('test/support/families.ts');
const { random } = await importTypeScript('test/support/random.ts');

export const LENGTHS = [16, 128, 1024, 8192, 131072, 2 ** 20];
/** Elements of a cell: many rows where they are short. */
const ELEMENTS = 2 ** 18;

/** Family, and for ours alone a scale. */
const DISTRIBUTIONS = [
  ['normal'],
  ['normal, deviation 10'],
  ['from 90 to 100'],
  ['offset 1e4'],
  ['spread 200'],
  ['all equal'],
  ['halves of ln 2'],
  ['worst mantissa of the maximum'],
  ['1 dominant, the rest weigh 1'],
  ['1 dominant, the rest weigh 0.001'],
  ['3 dominant, the rest weigh 0.1'],
  ['normal, deviation 10', { temperature: 0.7 }],
  ['spread 200', { beta: 0.1 }],
];

/** The largest and the mean error. A wrong NaN or infinity is an infinite error. */
function summarize(actual, exact, error) {
  let worst = 0;
  let sum = 0;
  for (let i = 0; i < exact.length; i++) {
    const e = error(actual[i], exact[i]);
    sum += e;
    if (e > worst) worst = e;
  }
  return { worst, mean: sum / exact.length };
}

export const errorOf = {
  softmax: (actual, exact) => (isFlushed(actual, exact) ? 0 : ulpError(actual, exact)),
  logSoftmax: ulpError,
  logSumExp: unitError,
  crossEntropy: ulpError,
};

/** @returns {Promise<{ operation: string, contender: string, cols: number, distribution: string, worst: number, mean: number }[]>} */
export async function measureGrid(contenders, seed) {
  const cells = [];
  for (const cols of LENGTHS) {
    for (const [name, options = {}] of DISTRIBUTIONS) {
      const r = random(seed + cols);
      const rows = Math.max(1, ELEMENTS / cols);
      const family = families.find((f) => f.name === name);
      if (!family) throw new Error(`no family ${name}`);
      const x = matrix(family, rows, cols, r);
      const labels = makeLabels(x, rows, cols, r);
      const { softmax, logSoftmax, logSumExp } = softmaxFamily(x, { cols, ...options });
      const crossEntropy = Float64Array.from(labels, (label, row) => 0 - logSoftmax[row * cols + label]);
      const exact = { softmax, logSoftmax, logSumExp, crossEntropy };
      const [scale] = Object.entries(options);
      const distribution = scale ? `${name}, ${scale[0]} ${scale[1]}` : name;
      for (const { name: contender, run, scales } of contenders) {
        if (scale && !scales) continue;
        for (const [operation, call] of Object.entries(run)) {
          const actual = await call({ x, labels, rows, cols, options });
          const errors = summarize(actual, exact[operation], errorOf[operation]);
          cells.push({ operation, contender, cols, distribution, ...errors });
        }
      }
    }
  }
  return cells;
}

/** The largest element of every other row, a right prediction; any class in the rest. */
function makeLabels(x, rows, cols, r) {
  return Int32Array.from({ length: rows }, (_, row) => {
    if (row % 2 === 1) return r.below(cols);
    const part = x.subarray(row * cols, (row + 1) * cols);
    return part.indexOf(part.reduce((a, b) => Math.max(a, b)));
  });
}
