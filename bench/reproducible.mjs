// Random rows of mixed lengths, specials included, called in every way that must not change a bit:
//   npm run reproducible -- [--rows 1e6] [--seed 1]
import { parseArgs } from 'node:util';
import { loadBackends } from './accuracy/backends.mjs';
import { importTypeScript } from './accuracy/typescript.mjs';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1e6' }, seed: { type: 'string', default: '1' } },
});
const wanted = Number(values.rows);
const seed = Number(values.seed);
const { differences, drawSample, makePieces, ways, random } = await importTypeScript(
  'test/properties/reproduce.ts',
);
console.log(`seed ${seed}, ways to call: ${Object.keys(ways).join(', ')}; and along an axis`);
let total = 0;
for (const { name, kernels } of loadBackends()) {
  const r = random(seed);
  const pieces = makePieces(kernels);
  let rows = 0;
  let elements = 0;
  let different = 0;
  while (rows < wanted) {
    const sample = drawSample(r);
    for (const text of differences(kernels, sample, pieces, r)) {
      if (different++ < 10) console.log(`${name}: ${text}`);
    }
    rows += sample.labels.length;
    elements += sample.x.length;
  }
  console.log(`${name.padEnd(14)} ${rows} rows, ${elements} elements: ${different} results differ`);
  total += different;
}
process.exitCode = total > 0 ? 1 : 0;
