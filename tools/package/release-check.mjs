// What has to hold before a release: npm run release:check. It stops at nothing, and ends with a list.
//   --record  records the SHA-256 of each .wasm in SHA256SUMS, and no more: it has to be committed before the rest
//   --save    the run of the matrix is recorded, as by npm run test:matrix -- --save
// That file is committed, so that whoever has a package can tell whether its binaries are those of a commit
// (sha256sum --check), and whoever builds that commit whether they get the same.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
const SUMS = 'SHA256SUMS';
const flag = { type: 'boolean', default: false };
const { values } = parseArgs({ options: { record: flag, save: flag } });
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** @param {string} command */
function run(command) {
  console.log(`\n$ ${command}`);
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
  if (status !== 0) throw new Error(`ended with code ${status}`);
}

/** Builds from nothing. */
function build() {
  for (const path of ['dist', 'build', 'src/raw/wasm/binaries.ts', 'src/threads/worker-source.ts']) {
    rmSync(path, { recursive: true, force: true });
  }
  run('npm run -s build');
  return hashes();
}

/** @returns {Record<string, string>} the SHA-256 of every file in dist/ */
function hashes() {
  const files = readdirSync('dist', { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map(({ parentPath, name }) => `${parentPath}/${name}`).sort();
  return Object.fromEntries(
    paths.map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

function buildTwice() {
  const [first, second] = [build(), build()];
  const differ = Object.keys({ ...first, ...second }).filter((path) => first[path] !== second[path]);
  if (differ.length) throw new Error(differ.join(', '));
}

/** Of the last build, as sha256sum prints them. */
const sums = () =>
  Object.entries(hashes())
    .filter(([path]) => path.endsWith('.wasm'))
    .map(([path, sum]) => `${sum}  ${path}\n`)
    .join('');

if (values.record) {
  buildTwice();
  writeFileSync(SUMS, sums());
  console.log(`\n${readFileSync(SUMS, 'utf8')}written: ${SUMS}`);
  process.exit();
}

/** Each throws an error that says what is wrong. @type {Record<string, () => void>} */
const checks = {
  'nothing is uncommitted'() {
    const changes = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
    if (changes) throw new Error(`\n${changes}`);
  },
  'CHANGELOG.md begins with the version of package.json'() {
    const [, newest] = /^## \[?([^\]\s]+)/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
    if (newest !== version) throw new Error(`it begins with '${newest}', package.json says '${version}'`);
  },
  'package-lock.json has it too'() {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    for (const found of [lock.version, lock.packages[''].version]) {
      if (found !== version) throw new Error(`it says ${found}, not ${version}`);
    }
  },
  'two clean builds have the same bytes': buildTwice,
  [`the binaries are those of ${SUMS}`]() {
    const recorded = existsSync(SUMS) ? readFileSync(SUMS, 'utf8') : '';
    if (sums() !== recorded) throw new Error('they are not: npm run release:check -- --record');
  },
  'formatter, linter, types': () => run('npm run -s check'),
  'API reference': () => run('npm run -s docs'),
  // All of npm test is part of it: the suite on Node 20.
  'tests: every runtime, browser and bundler': () =>
    run(`node tools/matrix/run.mjs --require${values.save ? ' --save' : ''}`),
};

let failed = 0;
const list = Object.entries(checks).map(([name, check]) => {
  try {
    check();
    return `ok      ${name}`;
  } catch (error) {
    failed++;
    return `FAILED  ${name}: ${error.message}`;
  }
});
console.log(`\n${list.join('\n')}`);
console.log(
  failed ? `\nNot to be released: ${failed} of ${list.length} failed` : `\nReady: npm publish ${version}`,
);
process.exitCode = failed ? 1 : 0;
