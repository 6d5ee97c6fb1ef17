// Tables on the terminal and JSON in bench/results/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { COUNTING_RULE } from './data.mjs';
import { losses } from './grid.mjs';

/** @param {ReturnType<typeof import('./machine.mjs').describeRun>} run */
export function printHead(run, skipped) {
  for (const key of ['machine', 'engine', 'commit', 'command']) console.log(`${key.padEnd(8)} ${run[key]}`);
  console.log(COUNTING_RULE);
  console.log('Times are medians; in brackets the quartiles. x naive, x copy: ratios of throughput.');
  for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`);
}

export function formatTime(ns) {
  if (ns < 1e4) return `${ns.toFixed(ns < 100 ? 1 : 0)} ns`;
  if (ns < 1e7) return `${(ns / 1e3).toFixed(1)} µs`;
  return `${(ns / 1e6).toFixed(1)} ms`;
}

export function formatError(error) {
  const units = { probabilities: 'steps', loss: 'steps (loss)', gradient: '(gradient)' };
  return Object.entries(error)
    .map(([result, worst]) => `${Number.isInteger(worst) ? worst : worst.toFixed(1)} ${units[result]}`)
    .join(', ');
}

/** @param {import('./grid.mjs').Row[]} rows of one shape */
export function printRows(rows) {
  const width = Math.max(...rows.map(({ name, placement }) => name.length + placement.length + 2));
  for (const operation of new Set(rows.map((row) => row.operation))) {
    console.log(`\n${operation} ${rows[0].rows} x ${rows[0].cols}`);
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
    row.operation === 'copy' ? '' : `${row.vsNaive.toFixed(2).padStart(7)} x naive`,
    `${row.vsCopy.toFixed(2).padStart(5)} x copy`,
    formatError(row.error) + (row.partial ? ' (first element)' : ''),
  ];
  return cells.join(' ');
}

/** @param {import('./grid.mjs').Row[]} rows */
export function printLosses(rows) {
  const lost = losses(rows);
  console.log(lost.length ? '\nRows we lose:' : '\nRows we lose: none');
  for (const { ours, other, ratio } of lost) {
    const shape = `${ours.operation} ${ours.rows} x ${ours.cols}`;
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

export function writeResults(name, results) {
  const folder = new URL('results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const digits = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(results, digits, 2)}\n`);
  console.log(`\nwritten: bench/results/${name}.json`);
}
