/** Whether the build notices that something it made, or made it from, is no longer what it was. */

import { rmSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { isUpToDate, writeRecord } from '../../tools/build/up-to-date.mjs';
import { useFolder } from '../support/folder.ts';

const folder = useFolder('up-to-date');
let record: string;
let source: string;
let made: string;

beforeEach(() => {
  [record, source, made] = ['record.json', 'source', 'made'].map((name) => folder.at(name));
  writeFileSync(source, 'a');
  writeFileSync(made, Buffer.of(1, 2));
  writeRecord(
    record,
    new Map<string, string | Buffer>([
      [source, 'a'],
      [made, Buffer.of(1, 2)],
    ]),
  );
});

test('as recorded, however often it was written', () => {
  expect(isUpToDate(record)).toBe(true);
  writeFileSync(source, 'b');
  writeFileSync(source, 'a');
  expect(isUpToDate(record)).toBe(true);
});

test.each(['source', 'made'])('%s is another', (name) => {
  writeFileSync(folder.at(name), 'b');
  expect(isUpToDate(record)).toBe(false);
});

test.each(['source', 'made', 'record.json'])('%s is gone', (name) => {
  rmSync(folder.at(name));
  expect(isUpToDate(record)).toBe(false);
});

test('half a record', () => {
  writeFileSync(record, '{"');
  expect(isUpToDate(record)).toBe(false);
});

test('a source that changed after it was read', () => {
  writeRecord(record, new Map([[source, 'what was read']]));
  expect(isUpToDate(record)).toBe(false);
});
