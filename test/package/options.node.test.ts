/** The names of options that an operation takes are those of its type, as the declarations have it: all, and no others. */
import { expect, test } from 'vitest';
import * as library from '../../dist/index.js';
import { signatures } from '../../tools/package/signatures.mjs';
import { operations } from '../operations/index.ts';

const lines = signatures().split('\n');

/** The options of an interface, and of those that it extends. */
function membersOf(name: string): string[] {
  const at = lines.findIndex((line) => new RegExp(`^(export )?interface ${name}\\b`).test(line));
  expect(at, name).toBeGreaterThanOrEqual(0);
  const parents = /extends ([\w, ]+)/.exec(lines[at])?.[1].split(', ') ?? [];
  const own: string[] = [];
  for (let i = at + 1; lines[i]?.startsWith('  '); i++) own.push(lines[i].trim().replace(/\??:.*/, ''));
  return [...parents.flatMap((parent) => membersOf(parent.trim())), ...own];
}

/** Each function that takes options, with their type. */
const taking = lines.flatMap((line) => {
  const [, name, type] =
    /^function (\w+)[(<].*\boptions\?: (\w+)(?: & \{ out\?: Out; \})?\)/.exec(line) ?? [];
  return name ? [[name, type] as const] : [];
});

/** Right arguments before the options, where these are not those of `[1], [0]`. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  load: [],
  loadSync: [],
  topK: [[1], 1],
  softmaxFrom: [[1], library.rowStats([1])],
  fitTemperatureBatches: [() => []],
};

/** The names in the refusal of an option that no other is like. */
async function namesOf(op: string): Promise<string[]> {
  const run = (library as unknown as Record<string, (...args: unknown[]) => unknown>)[op];
  const args = ARGUMENTS[op] ?? [[1], [0]].slice(0, run.length - 1);
  try {
    await run(...args, { '????': 1 });
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return /the options are (.*)$/.exec((error as Error).message)?.[1].split(', ') ?? [];
  }
  return [];
}

test('every operation that takes options is looked at', () => {
  const wanted = Object.keys(operations).filter((name) => operations[name].options);
  expect(taking.map(([name]) => name).sort()).toEqual([...wanted, 'load', 'loadSync'].sort());
});

test.each(taking)('%s takes the options of %s', async (op, type) => {
  expect((await namesOf(op)).sort()).toEqual(membersOf(type).sort());
});
