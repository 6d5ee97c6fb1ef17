/** 256 bits: what V8 joins of the kernels' loops under its flag, as Node 24 prints them, and the module that sets it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { WIDENED } from '../../src/raw/wasm/widened.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const nodes = ['node24', 'node26'].map((name) => path(`tools/runtimes/node_modules/${name}/bin/node`));

/** Functions with hot loops: how many instructions on 256 bits are in each at least, where as good as all are joined. */
const LOOPS = {
  'lanes/maxima': 28,
  'lanes/twoMaxima': 25,
  // By both methods.
  'lanes/expSums': 280,
  'lanes/clampedSums': 300,
  'lanes/scaleLanes': 55,
  'lane-select/argmaxes': 45,
  'row/maxima': 40,
  // By both methods.
  'row/sumOf': 500,
  'row/scale': 35,
  'doubles/exponentials': 270,
  'elementwise/sigmoidF32': 180,
  'elementwise/logSigmoidF32': 450,
  'elementwise/binaryCrossEntropyF32': 700,
  // Sums and gradients.
  'target/pass': 400,
  'half/widenHalves': 130,
  // By both formats.
  'half/narrowHalves': 700,
};

/** Of each function of a binary, optimized under the flag, how many instructions are on 256 bits. */
function countWide(binary: string): Map<string, number> {
  const names = [...readFileSync(path(`build/${binary}.wat`), 'utf8').matchAll(/^ \(func \$(\S+)/gm)];
  const script = `
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(require('fs').readFileSync(${JSON.stringify(path(`build/${binary}.wasm`))}));
    new WebAssembly.Instance(module, { env: { memory, scratch: 0 } });`;
  const flags = [
    'no-liftoff',
    'no-wasm-lazy-compilation',
    'experimental-wasm-revectorize',
    'print-wasm-code',
  ];
  const printed = execFileSync(nodes[0], [...flags.map((flag) => `--${flag}`), '--eval', script], {
    encoding: 'latin1',
    maxBuffer: 2 ** 28,
  });
  const counts = new Map<string, number>();
  for (const code of printed.split('--- WebAssembly code ---')) {
    const [, index] = /^name: wasm-function\[(\d+)\]$/m.exec(code) ?? [];
    if (index === undefined) continue;
    counts.set(names[Number(index)][1].replace('assembly/', ''), code.match(/\bymm\d/g)?.length ?? 0);
  }
  return counts;
}

describe.runIf(nodes.every((node) => existsSync(node)))('V8 with its flag', () => {
  test.each(['simd', 'relaxed-simd'])('%s: the hot loops are joined', { timeout: 60_000 }, (binary) => {
    const counts = countWide(`${binary}-wide`);
    const lost = Object.entries(LOOPS).filter(([name, least]) => !((counts.get(name) ?? 0) >= least));
    expect(lost.map(([name]) => `${name}: ${counts.get(name)}`)).toEqual([]);
  });

  test.each(nodes)(
    '%s: every kernel is optimized under the flag, and the process lives',
    { timeout: 60_000 },
    (node) => {
      const flags = ['no-liftoff', 'no-wasm-lazy-compilation', 'experimental-wasm-revectorize'];
      for (const name of ['simd', 'relaxed-simd'].flatMap((each) => [
        `${each}-wide`,
        `${each}-wide-shared`,
      ])) {
        const file = JSON.stringify(path(`dist/wasm/${name}.wasm`));
        const script = `new WebAssembly.Module(require('fs').readFileSync(${file})); console.log('optimized')`;
        const args = [...flags.map((flag) => `--${flag}`), '--eval', script];
        expect(execFileSync(node, args, { encoding: 'utf8' }), name).toBe('optimized\n');
      }
    },
  );

  test.each(nodes)("%s: 'softmax-simd/wide' finds the same bits, and sets it", (node) => {
    for (const load of [
      `await import(${JSON.stringify(path('dist/wide.js'))})`,
      `require(${JSON.stringify(path('dist/commonjs/wide.js'))})`,
    ]) {
      const found = execFileSync(
        node,
        ['--eval', `(async () => { const { wide, reason } = ${load}; console.log(wide, reason); })()`],
        { encoding: 'utf8' },
      );
      expect(found).toBe('true undefined\n');
    }
  });

  test.each(nodes)('%s: --wide prints what it prints without', (node) => {
    const files = ['logits', 'labels'].map((name) => path(`sample/${name}.npy`));
    const evaluate = (...more: string[]): string =>
      execFileSync(node, [path('dist/cli.js'), ...more, 'eval', ...files, '--json'], { encoding: 'utf8' });
    expect(evaluate('--wide')).toBe(evaluate());
  });
});

test('what it leaves for the library is for copies of its own version', () => {
  const { name, version } = JSON.parse(readFileSync(path('package.json'), 'utf8'));
  expect(WIDENED.description).toBe(`${name} ${version} wide`);
});

test("elsewhere 'softmax-simd/wide' says why not", async () => {
  const { wide, reason } = await import('../../src/wide.ts');
  if (!wide) expect(reason).toMatch(/Node\.js|processor|x64/);
});

test('--wide where there is none is an error that says why', () => {
  const args = [path('dist/cli.js'), 'info', '--json'];
  const facts = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  const { status, stderr } = spawnSync(process.execPath, [...args, '--wide'], { encoding: 'utf8' });
  expect(status).toBe(facts.features.wide ? 0 : 2);
  if (!facts.features.wide) expect(stderr).toContain(`--wide: ${facts.whyNotWide}`);
});
