// Checks and times every contender at every shape.
import { check, makeOracle } from './check.mjs';
import { BYTES, makeInput, shapeText } from './data.mjs';
import { measure } from './measure.mjs';

/**
 * @typedef {object} Row one contender at one shape
 * @property {string} operation
 * @property {number} rows
 * @property {number} cols
 * @property {number[]} [shape] of a tensor whose axis 1 has the columns
 * @property {string} name
 * @property {string} placement
 * @property {boolean} ours
 * @property {number} ns median time of a call
 * @property {number} q1
 * @property {number} q3
 * @property {number} samples
 * @property {number} calls calls per sample
 * @property {number} gelem
 * @property {number} gbytes
 * @property {number} vsNaive times the throughput of naive JS
 * @property {number} vsCopy times the throughput of the copy
 * @property {Record<string, number>} error against the oracle
 * @property {boolean} [partial] whether only the first elements of the result could be compared
 */

/**
 * @param {object} plan
 * @param {number[][]} plan.shapes
 * @param {(shape: number[]) => string[]} plan.operationsAt
 * @param {import('./measure.mjs').Effort} plan.effort
 * @param {(input: any, operations: string[]) => any} plan.contenders of all operations; they are interleaved
 * @param {(rows: Row[]) => void} plan.report called after each shape
 * @returns {Promise<{ rows: Row[], wrong: string[], beyond: string[] }>}
 */
export async function runGrid({ shapes, operationsAt, effort, contenders, report }) {
  const all = [];
  const wrong = [];
  const beyond = [];
  for (const sizes of shapes) {
    const input = makeInput(sizes);
    const { rows, cols, shape } = input;
    const operations = operationsAt(sizes);
    const candidates = await contenders(input, operations);
    const errors = new Map();
    for (const operation of ['copy', ...operations]) {
      const oracle = makeOracle(input, operation);
      for (const candidate of candidates.filter((other) => other.operation === operation)) {
        const verdict = await check(candidate, oracle, input);
        wrong.push(...verdict.wrong);
        beyond.push(...verdict.beyond);
        if (verdict.wrong.length === 0) errors.set(candidate, verdict.error);
      }
    }
    const good = candidates.filter((candidate) => errors.has(candidate));
    const timings = await measure(good, effort);
    for (const candidate of candidates) await candidate.free?.();
    const nsOf = (name, operation) =>
      timings[good.findIndex((other) => other.name === name && other.operation === operation)]?.median;
    const result = good.map((candidate, index) => {
      const { name, operation, placement, ours = false, partial } = candidate;
      const { median: ns, q1, q3, samples, calls } = timings[index];
      const gelem = (rows * cols) / ns;
      return {
        ...{ operation, rows, cols, shape, name, placement, ours, ns, q1, q3, samples, calls },
        ...{ gelem, gbytes: gelem * BYTES[operation] },
        ...{ vsNaive: nsOf('naive JS', operation) / ns, vsCopy: nsOf('copy', 'copy') / ns },
        error: errors.get(candidate),
        partial,
      };
    });
    report(result);
    all.push(...result);
  }
  return { rows: all, wrong, beyond };
}

/**
 * Every row of ours that is slower than somebody else's with the data in the same place. The `js` backend is for
 * hosts without Wasm, so its rivals are those written in JS.
 * @param {Row[]} rows
 */
export function losses(rows) {
  const found = [];
  for (const ours of rows.filter((row) => row.ours)) {
    for (const other of rows) {
      if (other.ours || other.ns >= ours.ns) continue;
      if (other.operation !== ours.operation || shapeText(other) !== shapeText(ours)) continue;
      const rival =
        other.placement === 'arrays' || (other.placement === ours.placement && ours.name !== 'js');
      if (rival) found.push({ ours, other, ratio: other.ns / ours.ns });
    }
  }
  return found.sort((a, b) => a.ratio - b.ratio);
}
