// Do the tests notice a small mistake? Makes one at a time in a copy of the tree and runs the tests until one fails.
//   node tools/mutation/run.mjs assembly|src [--count 30] [--seed 1] [--file row.ts [--line 318]]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, prepare } from './build.mjs';
import { whyEquivalent } from './equivalent.mjs';
import { mutantsOf } from './mutants.mjs';

/** What is mutated is one backend's, or the same for all: the tests of one notice, and those of none. */
const ONE_BACKEND = "^(?!'(js|relaxed-simd)' )";

/** What is mutated, and the tests that ought to notice, a group at a time, the quickest first. */
const PARTS = {
  assembly: {
    files: readdirSync(new URL('../../assembly', import.meta.url)).filter((name) => name.endsWith('.ts')),
    groups: [
      ['operations'],
      ['properties', 'cross-entropy', 'elementwise', 'gradients', 'select', 'mask', 'calibration'],
      ['edge-cases', 'accuracy', 'stats'],
      ['sample', 'chain', 'decoding', 'axis', 'half'],
    ],
    // The recorded bits, and those of `js`, come after all others: they cannot tell wrong from other.
    last: ['reproducible', 'fallback'],
  },
  src: {
    files: ['load.ts', 'handle.ts'].concat(
      ['arguments', 'memory', 'ops'].flatMap((folder) =>
        readdirSync(new URL(`../../src/${folder}`, import.meta.url), { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.ts'))
          .map((name) => `${folder}/${name}`),
      ),
    ),
    groups: [
      ['operations'],
      ['arguments', 'newcomers', 'options', 'labels', 'tensors', 'overlap', 'elements', 'new-arrays'],
      ['elementwise', 'gradients', 'mask', 'adapters', 'train', 'unusual-arrays', 'half', 'axis'],
      ['load', 'properties', 'select', 'cross-entropy', 'calibration', 'sample', 'chain', 'decoding'],
      ['edge-cases', 'stats', 'arena', 'reproducible'],
      ['fallback', 'copies'],
    ],
  },
};

/** The tests that are about a file, where they don't have its name. */
const ABOUT = [
  { files: /ops\/(verify-draft|beam-step)\.ts$/, tests: ['decoding'] },
  {
    files: /ops\/(sample\/|adjust-logits|shared\/(adjust|touched|chances))|assembly\/(mass|quantile)/,
    tests: ['chain', 'decoding'],
  },
  { files: /memory\/elements\.ts$/, tests: ['elements'] },
  { files: /memory\/lanes\.ts$|assembly\/(lane|any-axis|alone|tile|transpose)/, tests: ['axis'] },
  { files: /allow\.ts$|masked\.ts$/, tests: ['mask', 'chain'] },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    file: { type: 'string' },
    line: { type: 'string' },
  },
});
const part = positionals[0];
if (!Object.hasOwn(PARTS, part)) throw new Error(`mutate: say one of ${Object.keys(PARTS).join(', ')}`);
const { files, groups, last } = PARTS[part];

const root = fileURLToPath(new URL('../..', import.meta.url));
if (!existsSync(`${root}build/simd.wasm`)) throw new Error('mutate: npm run build comes first');
const tree = mkdtempSync(`${tmpdir()}/softmax-mutants-`);
process.on('exit', () => {
  endTests();
  rmSync(tree, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
const NOT_COPIED = new Set(['.git', 'node_modules', 'bench']);
for (const name of readdirSync(root)) {
  if (!NOT_COPIED.has(name)) cpSync(`${root}${name}`, `${tree}/${name}`, { recursive: true });
}
symlinkSync(`${root}node_modules`, `${tree}/node_modules`);
const isBuilt = part === 'assembly';
if (isBuilt) prepare(tree);

const tests = readdirSync(`${root}test`, { recursive: true }).map(
  (path) => `test/${path.replaceAll('\\', '/')}`,
);

/** The group of processes that runs the tests, if it does. */
let running;
function endTests() {
  try {
    if (running) process.kill(-running, 'SIGKILL');
  } catch {
    // They are gone.
  }
  running = undefined;
}

/** How long tests took that all passed, in milliseconds. */
const took = new Map();

/** @returns {Promise<string>} the first test in files of these names that fails, or '' */
async function failureOf(names) {
  const report = `${tree}/report.json`;
  rmSync(report, { force: true });
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--bail=1',
    '--reporter=json',
    `--outputFile=${report}`,
    ...['-t', ONE_BACKEND],
  ];
  const paths = names.flatMap((name) => tests.filter((path) => path.endsWith(`/${name}.test.ts`)));
  if (paths.length === 0) return '';
  // A mutant may loop for ever, in a process that the tests' own has started.
  const run = spawn(process.execPath, [...args, ...paths], { cwd: tree, detached: true, stdio: 'ignore' });
  running = run.pid;
  const start = Date.now();
  const timer = setTimeout(endTests, 4 * (took.get(`${paths}`) ?? 75_000) + 20_000);
  const [status] = await once(run, 'exit');
  clearTimeout(timer);
  endTests();
  if (status === 0) {
    const { numPassedTests } = JSON.parse(readFileSync(report, 'utf8'));
    if (numPassedTests === 0) throw new Error(`mutate: no test of ${names} is of one backend`);
    took.set(`${paths}`, Date.now() - start);
    return '';
  }
  if (!existsSync(report)) return 'no end';
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  for (const { name, assertionResults, message } of testResults) {
    const failed = assertionResults.find((result) => result.status === 'failed');
    if (failed || message) {
      const why = (failed?.failureMessages[0] ?? message).split('\n')[0];
      return `${name.split('/').at(-1)}: ${failed?.fullName ?? ''}: ${why.slice(0, 100)}`;
    }
  }
  return `exit ${status}`;
}

/** Numbers from 0 to 1, by Park and Miller. */
function randomFrom(seed) {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

const broken = await failureOf(['load']);
if (broken) throw new Error(`mutate: a test fails without any mistake: ${broken}`);

const random = randomFrom(Number(values.seed));
const mutants = files
  .filter((name) => !values.file || name === values.file)
  .flatMap((name) => mutantsOf(`${part}/${name}`, readFileSync(`${root}${part}/${name}`, 'utf8')))
  .filter(({ line }) => !values.line || line === Number(values.line))
  .map((mutant) => ({ mutant, key: random() }))
  .sort((a, b) => a.key - b.key);
console.log(`${mutants.length} mutants of ${part}; a sample of ${values.count} (seed ${values.seed})`);

const found = { killed: 0, survived: 0, equivalent: 0, unmade: 0 };
/** Caught by nothing but the record of bits: the results are others, and within every bound. */
let byBits = 0;
for (const { mutant } of mutants) {
  if (found.killed + found.survived >= Number(values.count)) break;
  const why = whyEquivalent(mutant);
  const text = `${mutant.file}:${mutant.line} ${mutant.kind}: ${mutant.from}  =>  ${mutant.to}`;
  if (why) {
    found.equivalent++;
    console.log(`equivalent ${text}\n         ${why}`);
    continue;
  }
  writeFileSync(`${tree}/${mutant.file}`, mutant.text);
  const made = isBuilt ? await build(tree) : 'built';
  let failure = '';
  if (made === 'built') {
    // The test of the same name comes first.
    const own = [mutant.file.replace(/.*\/|\.ts$/g, '')];
    for (const about of ABOUT) if (about.files.test(mutant.file)) own.push(...about.tests);
    const done = new Set();
    for (const group of [own, ...groups]) {
      failure ||= await failureOf(group.filter((name) => !done.has(name)));
      for (const name of group) done.add(name);
    }
    if (!failure && last) {
      failure = await failureOf(last);
      if (failure) byBits++;
    }
  }
  writeFileSync(`${tree}/${mutant.file}`, readFileSync(`${root}${mutant.file}`));
  const outcome = made !== 'built' ? 'unmade' : failure ? 'killed' : 'survived';
  found[outcome]++;
  console.log(`${outcome.padEnd(8)} ${text}`);
  console.log(`         ${made !== 'built' ? made : failure || 'NO TEST FAILS'}`);
}
const counted = found.killed + found.survived;
console.log(
  `${part}: ${found.killed} of ${counted} killed (${((100 * found.killed) / counted).toFixed(1)} %), ${byBits} of them ` +
    `by the recorded bits alone; not counted: ${found.equivalent} that change nothing, ${found.unmade} of the same binary, or none`,
);
