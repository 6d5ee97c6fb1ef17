// Writes what was measured, bench/results/*.json, and the lists of operations, from their doc comments, into the
// documents, and draws bench/results/throughput.svg:
// npm run tables [-- --check]
//   --check  writes nothing; exit code 1 if something would change
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { accuracyBlocks } from './accuracy.mjs';
import { drawChart } from './chart.mjs';
import { DOCUMENTS, fill } from './documents.mjs';
import { source } from './markdown.mjs';
import { operationBlocks } from './operations.mjs';
import { runtimeBlocks } from './runtimes.mjs';
import { speedBlocks } from './speed.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const CHART = 'bench/results/throughput.svg';

const read = (paths) => Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'utf8')]));
const names = [
  'accuracy',
  'bench',
  'chain',
  'chart',
  'engines',
  'half',
  'inference',
  'matrix',
  'peers',
  'uses',
  'width',
];
const results = Object.fromEntries(
  names.map((name) => [name, JSON.parse(readFileSync(`bench/results/${name}.json`, 'utf8'))]),
);

const before = read([...DOCUMENTS, CHART]);
const after = {
  ...fill(read(DOCUMENTS), {
    ...speedBlocks(results),
    ...accuracyBlocks(results),
    ...runtimeBlocks(results),
    ...operationBlocks(),
    'chart-source': source(results.chart),
  }),
  [CHART]: drawChart(results.chart),
};
for (const [path, text] of Object.entries(after)) {
  const same = text === before[path];
  console.log(`${path}: ${same ? 'unchanged' : values.check ? 'out of date: npm run tables' : 'updated'}`);
  if (!same && values.check) process.exitCode = 1;
  if (!same && !values.check) writeFileSync(path, text);
}
