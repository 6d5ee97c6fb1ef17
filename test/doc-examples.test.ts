/** The @example of every public function: what its comments say comes out. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as library from '../src/index.ts';

const source = readFileSync(new URL('../src/functions.ts', import.meta.url), 'utf8');
const blocks = [...source.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text]) => text.replace(/^ \* ?/gm, ''));

/** Whether a value is what a comment shows, to its last digit. */
function check(value: unknown, comment: string): void {
  const [, type, list] = /^(?:(\w+) )?\[?([^\]]*)\]?$/.exec(comment) ?? [];
  if (type) expect(Object.prototype.toString.call(value)).toBe(`[object ${type}]`);
  const got = typeof value === 'number' ? [value] : Array.from(value as ArrayLike<number>);
  const shown = list.split(',').map((text) => text.trim());
  expect(got.length).toBe(shown.length);
  shown.forEach((text, i) => {
    const half = 0.5 * 10 ** -(text.split('.')[1]?.length ?? 0);
    const tolerance = Number.isInteger(got[i]) ? 0 : half * 1.0001;
    expect(Math.abs(got[i] - Number(text)), `${got[i]} for ${comment}`).toBeLessThanOrEqual(tolerance);
  });
}

it('there is one for every function', () => {
  const functions = new Set(source.match(/(?<=^export function )\w+/gm));
  const used = blocks.map((text) => /import \{ (\w+) \}/.exec(text)?.[1]);
  expect([...functions].sort()).toEqual([...new Set(used)].sort());
});

it.each(blocks.map((text) => [/import \{ (\w+) \}/.exec(text)?.[1], text]))('%s', (_, text = '') => {
  const lines = text.split('\n').filter((line) => !line.startsWith('import'));
  let checks = 0;
  const code = lines.map((line) => {
    const shown = /^(?!const )(.*); \/\/ (.*)$/.exec(line);
    if (!shown) return line;
    checks++;
    return `check(${shown[1]}, ${JSON.stringify(shown[2])});`;
  });
  const run = new Function('check', ...Object.keys(library), code.join('\n'));
  run(check, ...Object.values(library));
  expect(checks).toBeGreaterThan(0);
});
