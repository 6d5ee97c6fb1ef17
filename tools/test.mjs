// Runs the tests and closes with the plain line 'N passed, N failed'.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const report = 'test-results.json';
rmSync(report, { force: true });
const args = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project=node',
  '--reporter=default',
  '--reporter=json',
];
const run = spawnSync(process.execPath, [...args, `--outputFile.json=${report}`, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
let code = run.status ?? 1;
try {
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
  } = JSON.parse(readFileSync(report, 'utf8'));
  if (failed > 0 || passed === 0) code ||= 1;
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
} catch {
  console.log('\n0 passed, 1 failed');
  code ||= 1;
}
process.exit(code);
