// The grid of lengths and distributions, and the error of every contender in every cell; ours along an axis, too.
import { importTypeScript } from './typescript.mjs';

const { softmaxFamily } = await importTypeScript('test/operations/softmax.ts');
const { ulpError, unitError, isFlushed } = await importTypeScript('test/oracle/ulp.ts');
const { families, matrix, shortCols } = await importTypeScript('test/support/families.ts');
const { toLanes, toRows } = await importTypeScript('test/support/lanes.ts');
const { random } = await importTypeScript('test/support/random.ts');

const LENGTHS = [2, 3, 4, 8, 16, 21, 64, 128, 1024, 8192, 131072, 2 ** 20];
/** Elements of a cell: many rows where they are short. */
const ELEMENTS = 2 ** 18;
/** Dimensions around the axis that has the columns. */
const OUTER = 3;
const INNER = 5;

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

/**
 * Cells of rows one after the other by the length of these, and of all short lengths along an axis.
 * @returns {Promise<{ operation: string, contender: string, cols: number | string, distribution: string, worst: number, mean: number }[]>}
 */
export async function measureGrid(contenders, seed) {
  const cells = [];
  for (const cols of LENGTHS) {
    for (const distribution of DISTRIBUTIONS) {
      const sample = makeSample(distribution, Math.max(1, Math.floor(ELEMENTS / cols)), cols, seed);
      for (const contender of contenders) {
        if (distribution.length > 1 && !contender.ours) continue;
        for (const found of await errorsOf(contender, sample)) cells.push({ cols, ...found });
      }
    }
  }
  const cols = `${shortCols[0]} to ${shortCols.at(-1)} along axis 1`;
  for (const distribution of DISTRIBUTIONS) {
    const samples = shortCols.map((length) =>
      alongAxis(makeSample(distribution, OUTER * INNER, length, seed)),
    );
    for (const contender of contenders.filter(({ ours }) => ours)) {
      const all = [];
      for (const sample of samples) all.push(...(await errorsOf(contender, sample)));
      for (const operation of Object.keys(contender.run)) {
        const own = all.filter((found) => found.operation === operation);
        const worst = Math.max(...own.map((found) => found.worst));
        const mean = own.reduce((sum, found) => sum + found.mean, 0) / own.length;
        cells.push({ cols, ...own[0], worst, mean });
      }
    }
  }
  return cells;
}

/** The errors of a contender's operations. */
async function errorsOf({ name, run }, { exact, distribution, backToRows, ...input }) {
  const found = [];
  for (const [operation, call] of Object.entries(run)) {
    const actual = backToRows(await call(input));
    const errors = summarize(actual, exact[operation], errorOf[operation]);
    found.push({ operation, contender: name, distribution, ...errors });
  }
  return found;
}

/** Rows of a distribution, and what is right. */
function makeSample([name, scale = {}], rows, cols, seed) {
  const r = random(seed + cols);
  const family = families.find((f) => f.name === name);
  if (!family) throw new Error(`no family ${name}`);
  const x = matrix(family, rows, cols, r);
  const labels = makeLabels(x, rows, cols, r);
  const { softmax, logSoftmax, logSumExp } = softmaxFamily(x, { cols, ...scale });
  const crossEntropy = Float64Array.from(labels, (label, row) => 0 - logSoftmax[row * cols + label]);
  const [entry] = Object.entries(scale);
  return {
    ...{ x, labels, rows, cols, options: { cols, ...scale } },
    exact: { softmax, logSoftmax, logSumExp, crossEntropy },
    distribution: entry ? `${name}, ${entry[0]} ${entry[1]}` : name,
    backToRows: (result) => result,
  };
}

/** The same rows along the middle axis of a tensor. */
function alongAxis({ x, options: { cols, ...scale }, ...sample }) {
  return {
    ...sample,
    x: toLanes(x, OUTER, INNER),
    options: { shape: [OUTER, cols, INNER], axis: 1, ...scale },
    backToRows: (result) => (result.length === x.length ? toRows(result, OUTER, INNER) : result),
  };
}

/** The largest element of every other row, a right prediction; any class in the rest. */
function makeLabels(x, rows, cols, r) {
  return Int32Array.from({ length: rows }, (_, row) => {
    if (row % 2 === 1) return r.below(cols);
    const part = x.subarray(row * cols, (row + 1) * cols);
    return part.indexOf(part.reduce((a, b) => Math.max(a, b)));
  });
}
