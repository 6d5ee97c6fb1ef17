/** Results that can be compared by equality: the same bits however a call is made, and on every machine. */

import { describe, expect, test } from 'vitest';
import { loadSync } from '../../src/index.ts';
import recorded from '../digests.json' with { type: 'json' };
import { rowForms } from '../operations/index.ts';
import { backends } from '../support/backends.ts';
import { firstDifference } from '../support/compare.ts';
import { longCols, longestCols } from '../support/families.ts';
import { random } from '../support/random.ts';
import { digests } from './digest.ts';
import { differences, drawSample, makePieces } from './reproduce.ts';

const SEED = 7;

describe.each(backends)('$name', ({ name, kernels }) => {
  test(`the same bits however a call is made (seed ${SEED})`, () => {
    const r = random(SEED);
    const pieces = makePieces(kernels);
    for (let i = 0; i < 1000; i++) {
      expect(differences(kernels, drawSample(r), pieces, r)).toEqual([]);
    }
    kernels.free(pieces.source);
    kernels.free(pieces.target);
  });

  test.each([...longCols, longestCols])('long rows of %i: copied = in the memory', (cols) => {
    const r = random(SEED);
    const rows = cols === longestCols ? 1 : 2;
    kernels.free(kernels.alloc(2 * rows * cols + 64));
    const view = kernels.alloc(rows * cols);
    const out = kernels.alloc(rows * cols);
    const x = Float32Array.from({ length: rows * cols }, () => 5 * r.normal());
    view.set(x);
    const labels = Int32Array.from({ length: rows }, () => r.below(cols));
    for (const { name: operation, shape, run } of rowForms) {
      for (const options of [{}, { temperature: 0.7 }]) {
        const call = { cols, ...options };
        const copied = run(kernels, x, labels, call);
        const within = run(kernels, view, labels, call, shape === 'rows' ? out.subarray(0, rows) : out);
        expect(firstDifference(copied, within), operation).toBe(-1);
      }
    }
    kernels.free(view);
    kernels.free(out);
  });

  test('rows that do not fit into the scratch: the same bits as in one piece', () => {
    const r = random(SEED);
    const small = loadSync({ backend: name, maxBytes: 2 ** 20 });
    for (const cols of [...longCols, 8 * 4096, 24 * 4096 + 1]) {
      const rows = 2;
      const x = Float32Array.from({ length: rows * cols }, () => 5 * r.normal());
      if (cols % 2 === 1) x[cols - 1] = Number.NaN;
      const labels = Int32Array.from({ length: rows }, () => r.below(cols));
      for (const { name: operation, run } of rowForms) {
        for (const options of [{}, { temperature: 0.7 }, { temperature: 0 }, { temperature: Infinity }]) {
          const call = { cols, ...options };
          const at = firstDifference(run(small, x, labels, call), run(kernels, x, labels, call));
          expect(at, `${operation} of ${cols}, ${JSON.stringify(options)}`).toBe(-1);
        }
      }
    }
    small.close();
  });

  // relaxed-simd may differ between machines, with and without fused multiply-add.
  if (name !== 'relaxed-simd') {
    test('the recorded bits (to record: npm run digests -- --record)', async () => {
      expect(await digests(kernels)).toEqual(recorded[name]);
    });
  }
});
