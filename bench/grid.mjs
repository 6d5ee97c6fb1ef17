// Checks and times every contender at every shape.
import { check, makeOracle } from './check.mjs';
import { makeInput } from './data.mjs';
import { timeRows } from './rows.mjs';

/**
 * @param {object} plan
 * @param {number[][]} plan.shapes
 * @param {(shape: number[]) => string[]} plan.operationsAt
 * @param {import('./measure.mjs').Effort} plan.effort
 * @param {(input: any, operations: string[]) => any} plan.contenders of all operations; they are interleaved
 * @param {(rows: import('./rows.mjs').Row[]) => void} plan.report called after each shape
 * @returns {Promise<{ rows: import('./rows.mjs').Row[], wrong: string[], beyond: string[] }>}
 */
export async function runGrid({ shapes, operationsAt, effort, contenders, report }) {
  const all = [];
  const wrong = [];
  const beyond = [];
  for (const sizes of shapes) {
    const input = makeInput(sizes);
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
    const result = await timeRows(input, good, effort);
    for (const candidate of candidates) await candidate.free?.();
    result.forEach((row, index) => {
      row.error = errors.get(good[index]);
    });
    report(result);
    all.push(...result);
  }
  return { rows: all, wrong, beyond };
}
