/** A short name for all bits that a backend gives over a seeded corpus, per operation. */

import { createHash } from 'node:crypto';
import type { Kernels } from '../src/index.ts';
import { bitsOf } from './compare.ts';
import { operations } from './operations.ts';
import { random } from './random.ts';
import { drawSample } from './reproduce.ts';

const SEED = 2024;
const SAMPLES = 1500;

/** The inputs are part of the record: where they differ, an engine's corpus is at fault and not the kernels. */
export function digests(kernels: Kernels): Record<string, string> {
  const r = random(SEED);
  const samples = Array.from({ length: SAMPLES }, () => drawSample(r));
  const digest = (parts: Iterable<Float32Array>): string => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(bitsOf(part));
    return hash.digest('hex').slice(0, 16);
  };
  const found: Record<string, string> = { inputs: digest(samples.map(({ x }) => x)) };
  for (const { name, run } of operations) {
    found[name] = digest(samples.map(({ x, labels, call }) => run(kernels, x, labels, call)));
  }
  return found;
}
