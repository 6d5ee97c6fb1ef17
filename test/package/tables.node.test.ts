/** The documents' tables are those of the recorded results, and no block is left behind. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import { fill } from '../../tools/tables/documents.mjs';

const root = new URL('../../', import.meta.url);

test('npm run tables would change nothing', () => {
  const script = fileURLToPath(new URL('tools/tables/run.mjs', root));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ status, output: stdout + stderr }).toMatchObject({ status: 0 });
});

describe('blocks', () => {
  const block = (name: string, text = ''): string => `<!-- generated:${name} -->\n${text}<!-- /generated -->`;

  test('are written, the same again', () => {
    const once = fill({ 'A.md': `a ${block('x', 'old\n')} b`, 'B.md': block('y') }, { x: '1\n2', y: '$1' });
    expect(once).toEqual({ 'A.md': `a ${block('x', '1\n2\n')} b`, 'B.md': block('y', '$1\n') });
    expect(fill(once, { x: '1\n2', y: '$1' })).toEqual(once);
  });

  test('that nobody generates, or no document has, or that do not end, are errors', () => {
    expect(() => fill({ 'A.md': block('x') }, {})).toThrow("A.md: nobody generates 'x'");
    expect(() => fill({ 'A.md': block('x') }, { x: '', y: '' })).toThrow("no document has the block 'y'");
    for (const half of ['<!-- generated:x -->\n', '<!-- /generated -->', '<!-- generated:x y -->\n']) {
      const text = `${half}${block('x')}`;
      expect(() => fill({ 'A.md': text }, { x: '' }), half).toThrow('A.md: a marker without its other half');
    }
  });
});

test('the bounds that README.md names are those that are tested', () => {
  const { steps, reducedLoss, gradient } = ACCURACY;
  const text = readFileSync(new URL('README.md', root), 'utf8').replaceAll(/\s+/g, ' ');
  expect(steps.simd).toBe(steps['relaxed-simd']);
  expect(text).toContain(
    `are within ${steps.simd} on \`simd\` and \`relaxed-simd\` and within ${steps.js} on \`js\``,
  );
  expect(text).toContain(`Reduced losses are within ${reducedLoss}, gradients within ${gradient} · 2^-23`);
});
