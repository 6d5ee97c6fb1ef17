/** A short name for all bits that a backend gives over a seeded corpus, per operation and form of it. Runs anywhere. */

import type { Kernels } from '../../src/index.ts';
import { makeData, resultsOf } from '../calls/data.ts';
import { forms, rowForms } from '../operations/index.ts';
import { bitsOf } from '../support/compare.ts';
import { random } from '../support/random.ts';
import { drawSample } from './reproduce.ts';

const SEED = 2024;
const SAMPLES = 1500;
/** Rows × columns for every form of every operation: short rows, and some across the edges of blocks. */
const SHAPES: readonly [number, number][] = [
  [60, 37],
  [3, 5003],
];

/**
 * Entries of `rowForms` over many random calls, then those of `forms` (`form: …`) over a few shapes. The inputs are
 * part of the record: where they differ, an engine's corpus is at fault and not the kernels.
 */
export async function digests(kernels: Kernels): Promise<Record<string, string>> {
  const r = random(SEED);
  const samples = Array.from({ length: SAMPLES }, () => drawSample(r));
  const found: Record<string, string> = { inputs: await digest(samples.map(({ x }) => x)) };
  for (const { name, run } of rowForms) {
    found[name] = await digest(samples.map(({ x, labels, call }) => run(kernels, x, labels, call)));
  }
  for (const [name, form] of Object.entries(forms)) {
    const results = SHAPES.flatMap(([rows, cols]) => resultsOf(kernels, form, makeData(rows, cols, SEED)));
    found[`form: ${name}`] = await digest(results);
  }
  return found;
}

/** By what browsers have, too: node:crypto they have not. */
async function digest(parts: readonly Float32Array[]): Promise<string> {
  const bits = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bits.set(bitsOf(part), at);
    at += part.length;
  }
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bits));
  return Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
