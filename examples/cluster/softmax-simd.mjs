// The command line of the package softmax-simd, in a process of its own.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const manifest = createRequire(import.meta.url).resolve('softmax-simd/package.json');
const { bin } = createRequire(import.meta.url)(manifest);
const CLI = join(dirname(manifest), bin['softmax-simd']);

/**
 * What `softmax-simd ARGS…` prints.
 * @throws Error with what it says on stderr, if it fails
 */
export function softmaxSimd(args, { cwd, signal } = {}) {
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...{ cwd, signal },
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (code === 0) resolve(texts.stdout);
      else reject(new Error(texts.stderr.trim() || `softmax-simd ${args[0]} ended with ${code ?? killedBy}`));
    });
  });
}
