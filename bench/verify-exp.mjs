// npm run verify:exp: the exp core over every float32 whose result is neither 0 nor 1, on each kind of binary.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expError } from './exp-error.mjs';

const RELAXED = Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];
const VARIANTS = {
  simd: { binary: 'simd', flags: [] },
  'relaxed-simd, fused': { binary: 'relaxed-simd', flags: RELAXED },
  'relaxed-simd, not fused': { binary: 'relaxed-simd', flags: [...RELAXED, '--no-enable-fma3'] },
};
/** The bound that the kernels' own bounds are built on. */
const LIMIT = 1.05;

const name = process.argv[2];
if (name === undefined) {
  let failed = false;
  for (const [variant, { flags }] of Object.entries(VARIANTS)) {
    const args = [...flags, fileURLToPath(import.meta.url), variant];
    failed = spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0 || failed;
  }
  process.exit(failed ? 1 : 0);
}

const file = new URL(`../dist/wasm/${VARIANTS[name].binary}.wasm`, import.meta.url);
const module = new WebAssembly.Module(readFileSync(file));
for (const negative of [true, false]) {
  const start = performance.now();
  const { worst, at, total } = expError(module, { negative });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const range = negative ? 'x < 0' : 'x > 0';
  console.log(
    `${name.padEnd(24)} ${range}: worst ${worst.toFixed(4)} ULP at x = ${at}, of ${total} (${seconds} s)`,
  );
  if (!(worst <= LIMIT)) process.exitCode = 1;
}
