// The full test suite on a runtime, or in a browser: vitest's projects `node` and `browser` (vitest.config.ts).
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browsers } from './browsers.mjs';
import { commands, missingRuntime, versionOfRuntime } from './hosts.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Generous: some minutes on a machine that does nothing else. */
const LIMIT_MS = 1_800_000;

/** @param {string[]} command @returns {Promise<{ passed: number, failed: number, skipped: number, failures: string[] }>} */
async function vitest([file, ...args], project, folder, env = {}) {
  const report = join(folder, `${randomUUID()}.json`);
  const vitestArgs = ['node_modules/vitest/vitest.mjs', 'run', '--project', project, '--reporter=json'];
  const child = spawn(file, [...args, ...vitestArgs, `--outputFile.json=${report}`], {
    ...{ cwd: root, stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT_MS },
    env: { ...process.env, ...env },
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  let found;
  try {
    found = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    throw new Error(`vitest left no report: ${errors.slice(-2000)}`);
  }
  const files = found.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.length,
  );
  const failures = [
    ...files.map(({ name, message }) => `${name}: ${message}`),
    ...found.testResults.flatMap(({ assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]?.split('\n')[0]}`),
    ),
  ];
  if (code !== 0 && failures.length === 0)
    failures.push(`vitest ended with code ${code}: ${errors.slice(-2000)}`);
  return { passed: found.numPassedTests, failed: failures.length, skipped: found.numPendingTests, failures };
}

function onRuntime(runtime, options = []) {
  const { command } = commands[runtime];
  return {
    ...{ runtime, missing: missingRuntime(runtime), version: () => versionOfRuntime(runtime) },
    run: (folder) => vitest([...command, ...options], 'node', folder),
  };
}

function inBrowser(runtime) {
  const { path, version } = browsers[runtime];
  return {
    ...{ runtime, version, missing: path ? undefined : 'apt-get: .ci/apt-packages' },
    run: (folder) => vitest([process.execPath], 'browser', folder, { TEST_BROWSER: runtime }),
  };
}

export const suites = [
  onRuntime('Node 20'),
  onRuntime('Node 24'),
  onRuntime('Bun', ['--bun']),
  onRuntime('Deno'),
  inBrowser('Chromium'),
];
