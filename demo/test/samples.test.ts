/** The overconfident classifier's files: made by the example, the same bytes again, and mended by one temperature. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSync } from 'softmax-simd';
import { expect, test } from 'vitest';
import { ROOT } from './page.ts';

const SAMPLE = join(ROOT, 'demo/sample');

test('the example writes the bytes of the sample', () => {
  const folder = mkdtempSync(join(tmpdir(), 'overconfident-'));
  execFileSync(process.execPath, [join(ROOT, 'examples/overconfident.mjs'), folder]);
  for (const file of ['logits.npy', 'labels.npy']) {
    expect(readFileSync(join(folder, file)).equals(readFileSync(join(SAMPLE, file))), file).toBe(true);
  }
  rmSync(folder, { recursive: true });
});

test('a fitted temperature more than halves its calibration error, also on rows it was not fitted to', () => {
  const k = loadSync({ backend: 'simd' });
  const [rows, cols] = [1500, 5];
  const logits = new Float32Array(readFileSync(join(SAMPLE, 'logits.npy')).buffer.slice(-4 * rows * cols));
  const labels = new Int32Array(readFileSync(join(SAMPLE, 'labels.npy')).buffer.slice(-4 * rows));
  const half = rows / 2;
  const { temperature } = k.fitTemperature(logits.subarray(0, half * cols), labels.subarray(0, half), {
    cols,
  });
  const error = (t: number): number =>
    k.calibration(logits.subarray(half * cols), labels.subarray(half), { cols, temperature: t }).ece;
  expect(error(1)).toBeGreaterThan(0.15);
  expect(error(temperature)).toBeLessThan(error(1) / 2);
});
