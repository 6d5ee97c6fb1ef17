/** What an operation makes lies in an ArrayBuffer of its own, as its type says, wherever its arguments lie. */
import { afterAll, expect, test } from 'vitest';
import { loadSync } from '../../src/index.ts';
import { makeData, placeData } from '../calls/data.ts';
import { forms } from '../operations/index.ts';

const k = loadSync();
afterAll(() => k.close());

test.each(Object.entries(forms))('%s', (_, form) => {
  const { inside, free } = placeData(k, makeData(4, 12, 7));
  const given = new Set<unknown>(Object.values(inside));
  const results = [form(k, inside)].flat().filter((result) => ArrayBuffer.isView(result));
  for (const result of results) {
    if (given.has(result)) continue;
    const { buffer } = result;
    expect(buffer).not.toBe(k.memory.buffer);
    expect(Object.prototype.toString.call(buffer)).toBe('[object ArrayBuffer]');
  }
  free();
});
