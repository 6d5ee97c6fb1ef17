/** The example that trains a classifier: losses fall, and every run gives the same bits. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const run = (): string =>
  execFileSync(process.execPath, [fileURLToPath(new URL('../../examples/train.mjs', import.meta.url))], {
    encoding: 'utf8',
  });

test('SGD and Adam: the same curves and weights, bit for bit, on every run and machine', () => {
  const text = run();
  expect(run()).toBe(text);
  const digests = [...text.matchAll(/^bits (\w+)$/gm)].map(([, digest]) => digest);
  // Recorded; a change of any bit of the losses or gradients of 'simd' changes them.
  expect(digests).toEqual(['90ef89b0', '0abb4a56']);
  const ends = [...text.matchAll(/^from ([\d.]+) to ([\d.]+) nats$/gm)].map(([, from, to]) => [+from, +to]);
  expect(ends.length).toBe(2);
  for (const [from, to] of ends) {
    expect(from).toBe(1.098612);
    expect(to).toBeLessThan(0.3);
  }
});
