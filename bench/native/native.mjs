// The C kernel as a contender: built with the compiler at hand, run as a child that times its own calls.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('softmax.c', import.meta.url));
const folder = fileURLToPath(new URL('../../build/native/', import.meta.url));

/**
 * @param {number} width float32 lanes of a vector: 4, 8 or 16
 * @param {boolean} [exact] with the kernels' own exp and compensated sum
 * @returns {{ name: string, binary: string, compiler: string }}
 */
export function buildNative(width, exact = false) {
  if (process.arch !== 'x64') throw new Error(`its intrinsics are x86-64, this is ${process.arch}`);
  const compilers = process.env.CC ? [process.env.CC] : ['clang', 'gcc'];
  const compiler = compilers.find((name) => spawnSync(name, ['--version']).status === 0);
  if (!compiler) throw new Error(`no C compiler (${compilers.join(', ')})`);
  mkdirSync(folder, { recursive: true });
  const binary = `${folder}softmax-${width}${exact ? '-exact' : ''}`;
  const march = width === 16 ? 'x86-64-v4' : 'x86-64-v3';
  const args = ['-O3', `-march=${march}`, `-DWIDTH=${width}`, ...(exact ? ['-DEXACT'] : [])];
  const { status, stderr } = spawnSync(compiler, [...args, source, '-lm', '-o', binary], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
  const name = `C, ${width * 32}-bit${exact ? ', exact' : ''}`;
  return { name, binary, compiler: `${version}, ${args.join(' ')}` };
}

/**
 * @param {{ name: string, binary: string }} built
 * @returns {Promise<import('../contenders.mjs').Candidate[]>}
 */
export async function native({ name, binary }, { x, rows, cols, shape }, operation) {
  if (operation !== 'softmax' || shape) return [];
  const files = mkdtempSync(`${tmpdir()}/softmax-simd-`);
  writeFileSync(`${files}/x`, x);
  const args = [rows, cols, `${files}/x`, `${files}/y`].map(String);
  const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { done, value } = await lines.next();
    if (done) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}`);
    return value;
  };
  await nextLine(); // 'ready'
  const bytes = readFileSync(`${files}/y`);
  const probabilities = new Float32Array(bytes.buffer, bytes.byteOffset, x.length);
  rmSync(files, { recursive: true });
  const timeCalls = async (calls) => {
    child.stdin.write(`${calls}\n`);
    return Number(await nextLine()) / 1e6;
  };
  const free = () => {
    child.stdin.end();
  };
  const contender = { name, operation, placement: 'in place', run: () => {}, timeCalls, free };
  return [{ ...contender, probabilities: () => probabilities }];
}
