/** `--help` of every command ends with examples, and each of them runs. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { useFolder } from '../support/folder.ts';
import { npyOf } from './npy-file.ts';

const { at, run } = useFolder('help');
const COMMANDS = ['info', 'apply', 'sample', 'eval', 'merge', 'calibrate', 'bench'];

/** The files that examples name. */
beforeAll(() => {
  const sample = (name: string): string => resolve('sample', name);
  for (const name of ['logits.npy', 'test.npy', 'part-0.npy']) copyFileSync(sample('logits.npy'), at(name));
  for (const name of ['labels.npy', 'test-labels.npy']) copyFileSync(sample('labels.npy'), at(name));
  const bytes = readFileSync(sample('labels.npy'));
  const labels = Array.from({ length: 256 }, (_, row) => bytes.readInt32LE(bytes.length - 1024 + 4 * row));
  const hot = labels.flatMap((label) => Array.from({ length: 256 }, (_, i) => Number(i === label)));
  writeFileSync(at('one-hot.npy'), npyOf('|u1', [256, 256], hot));
  writeFileSync(
    at('padded.npy'),
    npyOf(
      '<i4',
      [256],
      labels.map((label, row) => (row % 9 ? label : -1)),
    ),
  );
  const pixels = Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => (i * 37) % 11);
  writeFileSync(at('pictures.npy'), npyOf('<f4', [2, 3, 4, 5], pixels));
  for (const [i, rows] of ['0:128', '128:128'].entries())
    run('eval', 'logits.npy', 'labels.npy', '--rows', rows, '--partial', `shard-${i}.json`);
  writeFileSync(at('shards.txt'), 'shard-0.json\nshard-1.json\n');
});

it('of the program: its commands', () => {
  const { code, out } = run('--help');
  expect(code).toBe(0);
  const listed = [...out.matchAll(/^ {2}(\w+) .*\[options\]/gm)].map(([, name]) => name);
  expect(listed).toEqual(COMMANDS);
});

describe.each(COMMANDS)('of %s', (command) => {
  it('has examples, all of which run', () => {
    const { code, out } = run(command, '--help');
    expect(code).toBe(0);
    const [, examples = ''] = out.split('\nExamples:\n');
    const lines = [...examples.matchAll(/^ {2}# .+\n {2}softmax-simd (.+)$/gm)].map(([, line]) => line);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line.split(' ')[0]).toBe(command);
      const words = line.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
      expect(run(...words), line).toMatchObject({ code: 0 });
    }
  });

  it('fits a terminal', () => {
    for (const line of run(command, '--help').out.split('\n'))
      expect(line.length, line).toBeLessThanOrEqual(120);
  });
});
