// What is recorded of each contender, and who lost. Runs in pages, too.
import { BYTES, shapeText } from './data.mjs';
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
 * @property {Record<string, number>} [error] against the oracle
 * @property {boolean} [partial] whether only the first elements of the result could be compared
 */

/** Times contenders, among them naive JS and the copy, at one shape. @returns {Promise<Row[]>} */
export async function timeRows({ rows, cols, shape }, contenders, effort) {
  const timings = await measure(contenders, effort);
  const nsOf = (name, operation) =>
    timings[contenders.findIndex((other) => other.name === name && other.operation === operation)]?.median;
  return contenders.map(({ name, operation, placement, ours = false, partial }, index) => {
    const { median: ns, q1, q3, samples, calls } = timings[index];
    const gelem = (rows * cols) / ns;
    return {
      ...{ operation, rows, cols, shape, name, placement, ours, ns, q1, q3, samples, calls },
      ...{ gelem, gbytes: gelem * BYTES[operation] },
      ...{ vsNaive: nsOf('naive JS', operation) / ns, vsCopy: nsOf('copy', 'copy') / ns },
      partial,
    };
  });
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
