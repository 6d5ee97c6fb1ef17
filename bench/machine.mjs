// What the numbers were taken on.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

const root = new URL('..', import.meta.url);

/** The first word of each requested field of /proc/cpuinfo, or nothing where there is no such file. */
function cpuinfo() {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    const field = (name) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1] ?? '';
    const features = ['fma', 'avx2', 'avx512f', 'asimd', 'sve'];
    const flags = (field('flags') || field('Features')).split(' ');
    const identity = field('cpu family') && `family ${field('cpu family')} model ${field('model')}`;
    return [identity, features.filter((name) => flags.includes(name)).join(' ')].filter(Boolean);
  } catch {
    return [];
  }
}

function caches() {
  const sizes = [];
  for (let index = 0; index < 4; index++) {
    const folder = `/sys/devices/system/cpu/cpu0/cache/index${index}`;
    try {
      const read = (name) => readFileSync(`${folder}/${name}`, 'utf8').trim();
      if (read('type') !== 'Instruction') sizes.push(`L${read('level')} ${read('size')}`);
    } catch {}
  }
  return sizes;
}

function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

function engine() {
  const { versions } = process;
  if (versions.bun) return `Bun ${versions.bun}`;
  if (versions.deno) return `Deno ${versions.deno} (V8 ${versions.v8})`;
  return `Node ${versions.node} (V8 ${versions.v8})`;
}

/** @param {string} command as a user types it @param {(number | 'auto')[]} threads of our backends, in turn */
export function describeRun(command, threads = [1]) {
  // But for the results, of which runs of one commit write several.
  const code = ['src', 'assembly', 'bench', ':!bench/results', ':!bench/RESULTS.md'];
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', ...code) !== '';
  return {
    machine: [
      os.cpus()[0]?.model.trim() ?? os.arch(),
      ...cpuinfo(),
      ...caches(),
      `${os.type()} ${os.arch()}`,
    ].join(', '),
    engine: engine(),
    commit: (git('rev-parse', '--short=12', 'HEAD') || 'unknown') + (changed ? ' (changed)' : ''),
    command,
    date: new Date().toISOString(),
    cores: os.availableParallelism(),
    threads,
  };
}

/**
 * How often the system took the processor away since the last call. Long calls pay for it, short ones slip
 * through, so that ratios taken on a busy machine are worth little.
 */
export function preemptions() {
  const now = process.resourceUsage().involuntaryContextSwitches;
  const count = now - seen;
  seen = now;
  return count;
}
let seen = 0;
