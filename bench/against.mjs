// npm run bench:against -- DIST: this build beside another build of the package, interleaved in one process, its data in
// kernel memory: by how much this one is faster. What the other one does not know, or computes wrong, is left out.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, makeOracle } from './check.mjs';
import { readOptions } from './cli.mjs';
import { backends, loadBackends } from './contenders.mjs';
import { makeInput, operationsAt, shapeText } from './data.mjs';
import { describeRun, preemptions } from './machine.mjs';
import { measure } from './measure.mjs';
import { formatTime, printBusy } from './report.mjs';

const options = readOptions('bench:against', { allowPositionals: true });
const [folder] = options.positionals;
const file = resolve(folder ?? '', 'index.js');
if (!folder || !existsSync(file)) {
  console.error('bench:against: expected the folder dist/ of another build, such as ../other/dist');
  process.exit(2);
}
const names = options.backends ?? ['simd', 'relaxed-simd'];
const { loadSync: loadOther } = await import(pathToFileURL(file).href);
const builds = [loadBackends(names), loadBackends(names, loadOther)].map(({ kernels }) => kernels);

const { machine, engine, commit } = describeRun(options.command);
console.log(`${machine}\n${engine}\ncommit ${commit} against ${file}`);
console.log(
  'Medians over the rounds of the ratio of throughput, and median times of a call, the other build first.',
);
preemptions();
const start = performance.now();
for (const sizes of options.shapes) {
  const input = makeInput(sizes);
  for (const operation of options.operations ?? operationsAt(sizes)) {
    const oracle = makeOracle(input, operation);
    const cells = [];
    for (const name of names) {
      const pair = builds.map((kernels) => inPlace(kernels, name, input, operation));
      const [ours, other] = await Promise.all(pair.map((contender) => isRight(contender, oracle, input)));
      if (!ours) process.exitCode = 1;
      if (ours && other) cells.push(`${name} ${compare(await measure(pair, options.effort))}`);
      else cells.push(`${name} ${ours ? 'not in the other build' : 'WRONG'}`);
      for (const { free } of pair) free();
    }
    console.log(`${`${operation} ${shapeText(input)}`.padEnd(40)} ${cells.join('   ')}`);
  }
}
printBusy(preemptions(), (performance.now() - start) / 1000);

function inPlace(kernels, name, input, operation) {
  const [contender] = backends(new Map([[name, kernels.get(name)]]), input, [operation]);
  return contender;
}

async function isRight(contender, oracle, input) {
  try {
    const { wrong, beyond } = await check(contender, oracle, input);
    return wrong.length === 0 && beyond.length === 0;
  } catch {
    return false;
  }
}

/** How many times as fast the first is. */
function compare([ours, other]) {
  const ratios = Float64Array.from(ours.rounds, (ns, round) => other.rounds[round] / ns).sort();
  const ratio = ratios[ratios.length >> 1].toFixed(2);
  return `${ratio}x (${formatTime(other.median)}, ${formatTime(ours.median)})`.padEnd(30);
}
