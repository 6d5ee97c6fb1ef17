// npm run bench: our backends against naive JS and a plain copy. Writes bench/results/bench.json; chart.json for a
// --chart, threads.json for a sweep over --threads.
import { readOptions } from './cli.mjs';
import { backends, copy, loadBackends, loadThreads, naive } from './contenders.mjs';
import { COUNTING_RULE, operationsAt, SWEEP } from './data.mjs';
import { runGrid } from './grid.mjs';
import { describeRun, preemptions } from './machine.mjs';
import {
  printBusy,
  printErrors,
  printHead,
  printLosses,
  printRows,
  readResults,
  writeResults,
} from './report.mjs';

const options = readOptions('bench');
const { chart } = options;
const name = options.threads ? 'threads' : chart ? 'chart' : 'bench';
const { kernels, skipped } = options.threads
  ? await loadThreads(options.backends, options.threads)
  : loadBackends(options.backends);
const run = describeRun(options.command, options.threads);
printHead(run, skipped);
const earlier = options.add ? readResults(name, run) : undefined;

preemptions();
const start = performance.now();
const { rows, wrong, beyond } = await runGrid({
  shapes: chart ? SWEEP : options.shapes,
  operationsAt: (shape) => options.operations ?? (chart ? ['softmax'] : operationsAt(shape)),
  effort: options.effort,
  contenders: (input, operations) => [
    copy(input),
    ...operations.flatMap((operation) => naive(input, operation)),
    ...backends(kernels, input, operations).filter(({ placement }) => !chart || placement === 'in place'),
  ],
  report: printRows,
});
const seconds = (performance.now() - start) / 1000;
const preempted = preemptions();
printLosses(rows);
printBusy(preempted, seconds);
printErrors(wrong, beyond);
writeResults(name, { ...run, countingRule: COUNTING_RULE, skipped, wrong, beyond, rows }, earlier);
process.exitCode = wrong.length ? 1 : 0;
