// Browsers as programs that open an address: what a page has to tell it sends to a server itself.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The first of the commands that is installed. @param {string[]} commands */
function find(...commands) {
  for (const command of commands) {
    try {
      return execFileSync('which', [command], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {}
  }
}

/** WebKitGTK's own browser lies beside its library. */
function findMiniBrowser() {
  try {
    const files = execFileSync('dpkg', ['-L', 'libwebkit2gtk-4.1-0'], { encoding: 'utf8', stdio: 'pipe' });
    return files.split('\n').find((path) => path.endsWith('/MiniBrowser'));
  } catch {}
}

const chromium = find('chromium', 'chromium-browser', 'google-chrome');
const firefox = find('firefox-esr', 'firefox');
const webkit = find('xvfb-run') && findMiniBrowser();

/** @type {Record<string, { path?: string, version(): string, open(profile: string, url: string): string[] }>} */
export const browsers = {
  Chromium: {
    path: chromium,
    version: () => versionOf(chromium),
    open: (profile, url) => [
      ...[chromium, '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      // A test page counts as hidden: its timers and workers are to run all the same.
      ...['--disable-renderer-backgrounding', '--disable-background-timer-throttling'],
      ...['--remote-debugging-port=0', `--user-data-dir=${profile}`, url],
    ],
  },
  Firefox: {
    path: firefox,
    version: () => versionOf(firefox),
    open: (profile, url) => {
      // Neither welcome nor update.
      const settings = {
        'browser.aboutwelcome.enabled': false,
        'datareporting.policy.dataSubmissionEnabled': false,
      };
      const lines = Object.entries(settings).map(([name, value]) => `user_pref('${name}', ${value});`);
      writeFileSync(join(profile, 'user.js'), lines.join('\n'));
      return [firefox, '--headless', '--no-remote', '--profile', profile, url];
    },
  },
  WebKitGTK: {
    path: webkit,
    version: () => versionOfPackage('libwebkit2gtk-4.1-0'),
    open: (_, url) => ['xvfb-run', '-a', webkit, url],
  },
};

/** The upstream part of a Debian package's version. */
function versionOfPackage(name) {
  const line = execFileSync('dpkg-query', ['-W', name], { encoding: 'utf8' });
  return line.split('\t')[1].split('-')[0];
}

function versionOf(path) {
  const text = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return /[\d.]+/.exec(text)?.[0] ?? '';
}

/** Groups of processes that would outlive this one. @type {Set<number>} */
const groups = new Set();
process.on('exit', () => groups.forEach(endGroup));

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {}
}

/** Opens an address in a browser with a profile of its own. @param {{ args?: string[], env?: object }} [more] */
export function openBrowser(name, url, { args = [], env = {} } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'browser-'));
  const [command, ...rest] = browsers[name].open(profile, url);
  const child = spawn(command, [...args, ...rest], {
    // A group of its own, to be ended as a whole; a home of its own, for what WebKit leaves there.
    ...{ detached: true, stdio: 'ignore' },
    env: { ...process.env, HOME: profile, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', ...env },
  });
  if (child.pid) groups.add(child.pid);
  const ended = new Promise((resolve) => child.on('close', resolve).on('error', resolve));
  return {
    ended,
    async close() {
      endGroup(child.pid);
      await ended;
      groups.delete(child.pid);
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
