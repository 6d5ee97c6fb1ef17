// Runs scripts of the explorer in demo/, whose dependencies are its own and are installed when they are first needed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('../demo', import.meta.url)));

/** @param {...string} args */
function npm(...args) {
  const { status } = spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync('node_modules/vite')) npm('ci', '--ignore-scripts');
for (const script of process.argv.slice(2)) npm('run', '-s', script);
