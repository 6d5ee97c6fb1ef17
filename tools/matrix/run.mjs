// Runs the library, as the package that a user installs, on every host and every path through it; then the full test
// suite on some of them. `npm run test:matrix -- [--require] [--save] [--only REGEXP] [--smoke | --suites]`
//   --require  what is not installed fails, rather than being skipped (also with CI=true)
//   --save     records the run in bench/results/matrix.json, from which `npm run tables` makes tables; the suites
//              fail if other results are not in theirs already
//   --only     hosts whose name and path match
//   --smoke    without the suites; --suites: nothing else
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeRun } from '../../bench/machine.mjs';
import { makeConsumer } from './consumer.mjs';
import { hosts, projects } from './hosts.mjs';
import { serve } from './server.mjs';
import { suites } from './suite.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
// So that browsers end, too.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const flag = { type: 'boolean', default: false };
const { values: options } = parseArgs({
  options: {
    ...{ require: flag, save: flag, smoke: flag, suites: flag },
    only: { type: 'string', default: '' },
  },
});
if (options.save && (options.only || options.smoke || options.suites))
  throw new Error('--save records every host: not a part of them');
const required = options.require || process.env.CI === 'true';
const wanted = new RegExp(options.only);
/** Suites at once: each keeps one core busy. */
const AT_ONCE = 2;

const recorded = JSON.parse(readFileSync('test/digests.json', 'utf8'));

/** @typedef {{ runtime: string, version?: string, path: string, backend?: string, threads?: number, memory?: string,
 *   fused?: boolean, bundler?: string, firstResultMs?: number, digests?: number, passed?: number, seconds?: number,
 *   result: 'ok' | 'failed' | 'skipped', problems: string[] }} Row */

/** What a report says that it should not. @param {import('./hosts.mjs').Expected | undefined} expected */
function judge(report, expected) {
  const problems = [...report.problems];
  if (expected === undefined) return { problems, digests: 0 };
  for (const [key, wanted] of Object.entries({ reason: undefined, threadsReason: undefined, ...expected })) {
    const found = report[key];
    if (key === 'threadsReason' && wanted === undefined && found === report.reason) continue;
    const right = wanted instanceof RegExp ? wanted.test(found) : found === wanted;
    if (!right) problems.push(`${key} is ${found}, should be ${wanted}`);
  }
  let digests = 0;
  const backends = expected.backend === 'js' ? ['js'] : ['simd', 'js'];
  for (const backend of problems.length ? [] : backends) {
    for (const [operation, digest] of Object.entries(recorded[backend])) {
      digests++;
      const found = report.digests[backend]?.[operation];
      if (found !== digest) problems.push(`${backend}, ${operation}: digest ${found}, recorded is ${digest}`);
    }
  }
  return { problems, digests };
}

/** @param {import('./hosts.mjs').Host} host @returns {Promise<Row>} */
async function smokeOn(host, setting) {
  const { runtime, path, expected, bundler } = host;
  const version = await host.version();
  const row = { runtime, version, path, bundler };
  try {
    const report = await host.run(setting);
    const { problems, digests } = judge(report, expected);
    const { backend, threads, memory, fused, firstResultMs } = report;
    const found = {
      backend,
      threads,
      memory,
      fused: backend === 'relaxed-simd' ? fused : undefined,
      firstResultMs,
    };
    return { ...row, ...found, digests, result: problems.length ? 'failed' : 'ok', problems };
  } catch (error) {
    return { ...row, result: 'failed', problems: [error.message] };
  }
}

/** @returns {Promise<Row>} */
async function suiteOn({ runtime, version, run }, folder) {
  const row = { runtime, version: await version(), path: 'full test suite' };
  const start = performance.now();
  try {
    const { passed, failures } = await run(folder);
    const seconds = (performance.now() - start) / 1000;
    return { ...row, passed, seconds, result: failures.length ? 'failed' : 'ok', problems: failures };
  } catch (error) {
    return { ...row, result: 'failed', problems: [error.message] };
  }
}

/** @type {Row[]} */
const rows = [];

/** Prints a row, and keeps it. @param {Row} row */
function add(row) {
  const {
    runtime,
    version = '',
    path,
    backend,
    threads,
    memory,
    fused,
    firstResultMs,
    passed,
    seconds,
  } = row;
  const how = fused === undefined ? '' : fused ? ', fused' : ', not fused';
  const found = backend && `${backend}${how}, ${threads} thread${threads > 1 ? 's' : ''}, ${memory} memory`;
  const tests = passed === undefined ? '' : `${passed} tests, ${seconds.toFixed(0)} s`;
  const first = firstResultMs === undefined ? '' : `${firstResultMs.toFixed(0)} ms`;
  const cells = [runtime.padEnd(10), version.padEnd(14), path.padEnd(32), (found || tests || '').padEnd(46)];
  console.log(`${cells.join(' ')} ${first.padStart(7)}  ${row.result}`);
  for (const problem of row.problems.slice(0, 20)) console.log(`    ${problem}`);
  rows.push(row);
}

function skip(runtime, path, why) {
  const problems = [`not installed: ${why}`];
  add({ runtime, path, result: required ? 'failed' : 'skipped', problems });
}

const matches = ({ runtime, path = 'full test suite' }) => wanted.test(`${runtime}, ${path}`);
const folder = mkdtempSync(join(tmpdir(), 'matrix-'));
try {
  if (!options.suites) {
    await makeConsumer(folder);
    const server = await serve(folder);
    const go = async (list) => {
      for (const host of list.filter(matches)) {
        if (host.missing) skip(host.runtime, host.path, host.missing);
        else add(await smokeOn(host, { folder, server }));
      }
    };
    // First results are timed beside nothing else; where nobody reads them, the projects start at once.
    if (options.smoke) await Promise.all([go(hosts), go(projects)]);
    else await go([...hosts, ...projects]);
    server.close();
  }
  if (!options.smoke) {
    const queue = suites.filter(matches);
    const work = async () => {
      for (let suite = queue.shift(); suite; suite = queue.shift()) {
        if (suite.missing) skip(suite.runtime, 'full test suite', suite.missing);
        else add(await suiteOn(suite, folder));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const count = (result) => rows.filter((row) => row.result === result).length;
const digests = rows.reduce((sum, row) => sum + (row.digests ?? 0), 0);
console.log(`\n${digests} digests compared with those of Node in test/digests.json`);
console.log(`matrix: ${count('ok')} ok, ${count('failed')} failed, ${count('skipped')} skipped`);
if (options.save) {
  const results = { ...describeRun('npm run test:matrix -- --save'), rows };
  writeFileSync('bench/results/matrix.json', `${JSON.stringify(results, null, 1)}\n`);
  console.log('written: bench/results/matrix.json');
}
process.exitCode = count('failed') || rows.length === 0 ? 1 : 0;
