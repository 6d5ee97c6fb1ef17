import { describe, expect, test } from 'vitest';
import { expError } from '../../bench/exp-error.mjs';
import { backends } from '../support/backends.ts';
import { readBytes } from '../support/files.ts';

/** A sample of what npm run verify:exp does in full. */
const STRIDE = 499;
const seed = Number(globalThis.process?.env?.SEED ?? 20261122);

describe.each(backends.filter(({ name }) => name !== 'js'))('$name', ({ name }) => {
  test.each([true, false])(
    `the exp core is within 1.05 ULP (negative: %s, seed ${seed})`,
    async (negative) => {
      const module = new WebAssembly.Module(await readBytes(`dist/wasm/${name}.wasm`));
      const { worst, total } = expError(module, { negative, stride: STRIDE, offset: seed % STRIDE });
      expect(total).toBeGreaterThan(500_000);
      expect(worst).toBeLessThan(1.05);
    },
  );
});
