// Errors in ULP of the exact value, worst and mean, per operation, contender, length and distribution, against
// the float64 oracle: npm run accuracy. Writes bench/results/accuracy.json; exit code 1 if one of ours is beyond the
// bound.
//   npm run accuracy -- --random 1e7 [--seed 1]
// checks random rows of all families, lengths and scales instead, and fails if one is beyond the bound.
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadBackends } from './accuracy/backends.mjs';
import { measureGrid } from './accuracy/grid.mjs';
import { naiveContenders } from './accuracy/naive.mjs';
import { loadPeers } from './accuracy/peers.mjs';
import { checkRandom } from './accuracy/random.mjs';
import { printTables } from './accuracy/tables.mjs';
import { describeRun } from './machine.mjs';

const { values } = parseArgs({
  options: { random: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);
if (values.random) {
  process.exitCode = (await checkRandom(loadBackends(), Number(values.random), seed)) > 0 ? 1 : 0;
} else {
  const backends = loadBackends();
  const ours = backends.map(({ name, kernels }) => ({
    name,
    run: {
      softmax: ({ x, options }) => kernels.softmax(x, options),
      logSoftmax: ({ x, options }) => kernels.logSoftmax(x, options),
      logSumExp: ({ x, options }) => kernels.logSumExp(x, options),
      crossEntropy: ({ x, labels, options }) =>
        kernels.crossEntropy(x, labels, { ...options, reduction: 'none' }),
    },
    ours: true,
  }));
  const contenders = [...ours, ...naiveContenders, ...(await loadPeers())];
  const cells = await measureGrid(contenders, seed);
  printTables(cells, contenders, seed);
  // Less than half a step beyond so many steps.
  const bounds = new Map(backends.map(({ name, bound }) => [name, bound + 0.5]));
  const beyond = cells.filter(({ contender, worst }) => worst > bounds.get(contender));
  for (const { operation, contender, cols, distribution, worst } of beyond) {
    console.error(`BEYOND THE BOUND: ${contender}, ${operation}, ${cols}, ${distribution}: ${worst} ULP`);
  }
  if (beyond.length > 0) process.exitCode = 1;
  mkdirSync(new URL('results', import.meta.url), { recursive: true });
  const file = new URL('results/accuracy.json', import.meta.url);
  // Four digits are enough; JSON has no Infinity.
  const short = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : String(value));
  const rows = cells.map((cell) => ({ ...cell, worst: short(cell.worst), mean: short(cell.mean) }));
  const report = { ...describeRun('npm run accuracy'), seed, unit: 'ULP of the exact value' };
  const lines = rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n');
  writeFileSync(file, `${JSON.stringify(report).slice(0, -1)},"cells":[\n${lines}\n]}\n`);
}
