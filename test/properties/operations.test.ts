/** Every operation by its entry in test/operations/: what is right, what is wrong, and what is special. */

import { describe, expect, test } from 'vitest';
import * as library from '../../src/index.ts';
import { makeCall } from '../calls/call.ts';
import { makeData } from '../calls/data.ts';
import { judge, type Subject } from '../calls/judge.ts';
import { operations } from '../operations/index.ts';
import type { Form } from '../operations/operation.ts';
import { backends } from '../support/backends.ts';
import { random } from '../support/random.ts';

const SEED = 3;
const CALLS = 100;
const REGION_BYTES = 2 ** 20;

/** Mostly short rows, and some across the edges of blocks. */
function shapes(): { rows: number; cols: number; seed: number; wild: boolean }[] {
  const r = random(SEED);
  return Array.from({ length: CALLS }, (_, i) => {
    const cols = i % 30 === 0 ? 4095 + r.below(3) : 1 + r.below(i % 5 === 0 ? 300 : 40);
    return { rows: 1 + r.below(i % 10 === 0 ? 30 : 6), cols, seed: r.below(2 ** 31), wild: i % 2 === 0 };
  });
}

/** Typed arrays as plain ones. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

const textOf = (options: object = {}): string => Object.entries(options).join(' ');

const entries = Object.entries(operations);

test('every operation that is exported has an entry, and no other, and is a method of Kernels', () => {
  const exported = Object.keys(library).filter((name) => !/^load|^[A-Z_]+$/.test(name));
  expect(exported.sort()).toEqual(Object.keys(operations).sort());
  const [{ kernels }] = backends;
  const methods = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(kernels));
  const named = Object.keys(methods).filter((name) => typeof methods[name].value === 'function');
  const others = ['constructor', 'alloc', 'free', 'close'];
  expect(named.filter((name) => !others.includes(name)).sort()).toEqual(exported);
});

test.each(entries)('%s says what is right, in one way, and has forms, which call it', (name, entry) => {
  const { right, fault, forms = {} } = entry;
  expect([right, fault].filter(Boolean)).toHaveLength(1);
  for (const form of Object.values(forms)) expect(calledBy(form)).toContain(name);
  // This one gives a promise: its results are those of fitTemperature, which a test of threads compares.
  if (name !== 'fitTemperatureBatches') expect(Object.keys(forms)).not.toHaveLength(0);
});

function calledBy(form: Form): Set<string> {
  const called = new Set<string>();
  const [{ kernels }] = backends;
  const record = new Proxy(kernels, {
    get(target, name) {
      called.add(String(name));
      const value = target[name as keyof library.Kernels];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  form(record, makeData(3, 7, 1));
  return called;
}

describe.each(backends)('$name', ({ kernels, bound }) => {
  const subject = kernels as unknown as Subject;
  const inMemory = async (use: (region: Uint8Array) => Promise<void>): Promise<void> => {
    const floats = kernels.alloc(REGION_BYTES / 4);
    await use(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
    kernels.free(floats);
  };

  test.each(entries)(
    `%s: right within the bounds; the same bits wherever arrays lie, and in parts (seed ${SEED})`,
    (name, operation) =>
      inMemory(async (region) => {
        for (const shape of shapes()) {
          const call = makeCall(name, operation, shape, region);
          expect(await judge(subject, call, bound), JSON.stringify(shape)).toBe('');
        }
      }),
  );

  test.each(entries)(
    `%s: wrong arguments are refused by name, and nothing is written (seed ${SEED})`,
    (name, operation) =>
      inMemory(async (region) => {
        for (const shape of shapes()) {
          const call = makeCall(name, operation, { ...shape, hostile: true }, region);
          expect(await judge(subject, call, bound), `${call.wrong}, ${JSON.stringify(shape)}`).toBe('');
        }
      }),
  );

  const special = entries.flatMap(([name, { special = [] }]) =>
    special.map((of) => ({ name, text: `${of.args.join('; ')} ${textOf(of.options)}`, ...of })),
  );
  test.each(special)('$name: $text', ({ name, args, options, gives }) => {
    const { [name]: run } = subject as Record<string, (...all: unknown[]) => unknown>;
    expect(plain(run.call(subject, ...args, ...(options ? [options] : [])))).toEqual(plain(gives));
  });
});
