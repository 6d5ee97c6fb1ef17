// Tables on the terminal and JSON in bench/results/.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { COUNTING_RULE, GRID, shapeText } from './data.mjs';
import { losses } from './rows.mjs';

/** @param {ReturnType<typeof import('./machine.mjs').describeRun>} run */
export function printHead(run, skipped) {
  for (const key of ['machine', 'engine', 'commit', 'command']) console.log(`${key.padEnd(8)} ${run[key]}`);
  console.log(COUNTING_RULE);
  console.log('Times are medians; in brackets the quartiles. x naive, x copy: ratios of throughput.');
  for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`);
}

export function formatTime(ns) {
  if (ns < 1e4) return `${ns.toFixed(ns < 100 ? 1 : 0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  return `${(ns / 1e6).toFixed(ns < 1e7 ? 2 : 1)} ms`;
}

export function formatError(error) {
  const units = {
    ...{ probabilities: 'steps', logProbabilities: 'steps', logSumExp: 'units', loss: 'steps (loss)' },
    ...{ gradient: '(gradient)', indices: 'wrong', logProbs: 'steps', draws: 'standard errors' },
  };
  return Object.entries(error)
    .map(([result, worst]) => `${Number.isInteger(worst) ? worst : worst.toFixed(1)} ${units[result]}`)
    .join(', ');
}

/** @param {import('./rows.mjs').Row[]} rows of one shape */
export function printRows(rows) {
  const width = Math.max(...rows.map(({ name, placement }) => name.length + placement.length + 2));
  for (const operation of new Set(rows.map((row) => row.operation))) {
    console.log(`\n${operation} ${shapeText(rows[0])}`);
    for (const row of rows) {
      if (row.operation === operation) console.log(formatRow(row, width));
    }
  }
}

function formatRow(row, width) {
  const spread = `[${formatTime(row.q1)} … ${formatTime(row.q3)}]`;
  const cells = [
    `  ${`${row.name}, ${row.placement}`.padEnd(width)} ${formatTime(row.ns).padStart(9)} ${spread.padEnd(23)}`,
    `${row.gelem.toFixed(3).padStart(7)} Gelem/s`,
    Number.isFinite(row.vsNaive) ? `${row.vsNaive.toFixed(2).padStart(7)} x naive` : '',
    `${row.vsCopy.toFixed(2).padStart(5)} x copy`,
    formatError(row.error ?? {}) + (row.partial ? ' (first element)' : ''),
  ];
  return cells.join(' ');
}

/** @param {import('./rows.mjs').Row[]} rows */
export function printLosses(rows) {
  const lost = losses(rows);
  console.log(lost.length ? '\nRows we lose:' : '\nRows we lose: none');
  for (const { ours, other, ratio } of lost) {
    const shape = `${ours.operation} ${shapeText(ours)}`;
    console.log(`  ${shape}: ${ours.name}, ${ours.placement}, runs at ${ratio.toFixed(2)} x ${other.name}`);
  }
}

/** Says whether the machine was busy. */
export function printBusy(count, seconds) {
  const rate = count / seconds;
  const verdict = rate > 20 ? ': BUSY, take these numbers for a rough look only' : '';
  console.log(`\npreempted ${rate.toFixed(1)} times a second in ${seconds.toFixed(0)} s${verdict}`);
}

export function printErrors(wrong, beyond) {
  if (beyond.length) console.log(`\nBeyond the promised error bounds:\n  ${beyond.join('\n  ')}`);
  if (wrong.length) console.error(`\nWRONG, not timed:\n  ${wrong.join('\n  ')}`);
}

const folder = new URL('results/', import.meta.url);

/**
 * What was measured before, to be completed shape by shape: on the same machine, engine and code.
 * @param {string} name @param {ReturnType<typeof import('./machine.mjs').describeRun>} run
 */
export function readResults(name, run) {
  const file = new URL(`${name}.json`, folder);
  if (!existsSync(file)) return;
  const results = JSON.parse(readFileSync(file, 'utf8'));
  for (const key of ['machine', 'engine', 'commit']) {
    if (results[key] !== run[key]) {
      throw new Error(
        `--add: bench/results/${name}.json is of the ${key} '${results[key]}', not '${run[key]}'`,
      );
    }
  }
  return results;
}

/** @param {any} [earlier] results to complete: their rows of other shapes and operations are kept */
export function writeResults(name, results, earlier) {
  mkdirSync(folder, { recursive: true });
  const digits = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
  const all = earlier ? together(earlier, results) : results;
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(all, digits, 2)}\n`);
  console.log(`\nwritten: bench/results/${name}.json`);
}

function together(earlier, results) {
  const key = (row) => `${row.operation} ${shapeText(row)}`;
  const now = new Set(results.rows.map(key));
  const order = GRID.map((shape) => shape.join(' x '));
  const rows = [...earlier.rows.filter((row) => !now.has(key(row))), ...results.rows];
  rows.sort((a, b) => order.indexOf(shapeText(a)) - order.indexOf(shapeText(b)));
  const [wrong, beyond] = ['wrong', 'beyond'].map((list) => [
    ...new Set([...earlier[list], ...results[list]]),
  ]);
  return { ...results, wrong, beyond, rows };
}
