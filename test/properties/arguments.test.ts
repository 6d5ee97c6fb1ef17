/**
 * Wrong arguments: the class of the error, a message that names operation, argument, wanted and given, and not
 * one byte written, whether what would be written to lies in the kernels' memory or elsewhere.
 */

import { describe, expect, test } from 'vitest';
import { type CrossEntropyOptions, type Kernels, loadSync, type RowsOptions } from '../../src/index.ts';
import { backends } from '../support/backends.ts';
import { memories } from '../support/memories.ts';

/** Four rows of three, which every call gets unless a case changes something. */
const X = [2, 1, 0.1, -1, 0, 1, 3, 3, 3, -5, 2, 0.5];
const COLS = 3;
const LABELS = [0, 2, 1, 1];

/** Where the arrays of a call lie. Around each there is room, so that views may overlap. */
interface Arrays {
  x: Float32Array;
  out: Float32Array;
  labels: Int32Array;
  /** One element of the result a row. */
  perRow: Float32Array;
  /** All of it: the elements of x begin at 16, those of out at 40. */
  around: Float32Array;
}

const placements: Record<string, (k: Kernels) => Arrays> = {
  'ordinary memory': () => lay(new Float32Array(96), new Int32Array(32)),
  "the kernels' memory": (k) => {
    const floats = k.alloc(96);
    return lay(floats, k.alloc(32, 'i32'));
  },
};

function lay(around: Float32Array, integers: Int32Array): Arrays {
  around.fill(7);
  const x = around.subarray(16, 16 + X.length);
  x.set(X);
  const labels = integers.subarray(8, 8 + LABELS.length);
  labels.set(LABELS);
  return { x, labels, around, out: around.subarray(40, 40 + X.length), perRow: around.subarray(80, 84) };
}

type ErrorClass = typeof TypeError | typeof RangeError;

/** What is wrong: arguments in place of the right ones, the error and the text after the operation's name. */
interface Case {
  name: string;
  x?: unknown;
  labels?: unknown;
  options?: unknown;
  error: ErrorClass;
  message: string;
}

type Cases = (arrays: Arrays) => Case[];

const cols: Cases = () => [
  ...['3', null, 3n, [3], {}].map((value) => wrongType('cols', value, 'a number')),
  ...[-3, 1.5, Number.NaN, Infinity, 2 ** 30].map((value) => ({
    ...wrongValue('cols', value, 'an integer from 0 to 2^30 − 1'),
  })),
  ...[5, 24, 0].map((value) => ({
    name: `cols ${value}`,
    options: { cols: value },
    error: RangeError,
    message: `must be a multiple of cols, ${value}, but is 12`,
  })),
];

const scale: Cases = () => [
  ...['temperature', 'beta'].flatMap((name) => [
    ...['1', null, 1n, [1], true].map((value) => wrongType(name, value, 'a number')),
    ...[-1, Number.NaN, -Infinity, -5e-324].map((value) => wrongValue(name, value, 'at least 0')),
  ]),
  ...[
    { temperature: 1, beta: 1 },
    { temperature: 0, beta: Number.NaN },
  ].map((options) => ({
    name: 'temperature and beta',
    options,
    error: TypeError,
    message: 'give temperature or beta = 1/temperature, not both',
  })),
];

const options: Cases = () =>
  [null, 3, 'mean', true, Symbol('x')].map((value) => ({
    name: `options ${String(value)}`,
    options: value,
    error: TypeError,
    message: 'options must be an object, but is ',
  }));

/** The logits under the name that the operation has for them. */
const logits =
  (argument: string): Cases =>
  () => [
    ...[undefined, null, 3, '1,2', {}, new Int32Array(12), new Int16Array(12), new ArrayBuffer(48)].map(
      (x) => ({
        name: `${argument} ${Object.prototype.toString.call(x)}`,
        x: x ?? null,
        error: TypeError,
        message: `${argument} must be a Float32Array, other floats or an array of numbers, but is `,
      }),
    ),
    ...['1', null, undefined, 1n, [1]].map((value) => ({
      name: `${argument} with ${String(value)} in it`,
      x: [1, 2, value],
      error: TypeError,
      message: `${argument}[2] must be a number, but is `,
    })),
    {
      name: `${argument} with a hole`,
      // biome-ignore lint/suspicious/noSparseArray: what is tested
      x: [1, , 3],
      error: TypeError,
      message: `${argument}[1] must be a number, but is undefined`,
    },
  ];

/** An array to write to: as long as `length`, or `x`'s own elements if `mayBeX`. */
const written =
  (argument: string, of: string, length: number, mayBeX: boolean): Cases =>
  ({ around, x }) => [
    ...[null, 3, [1, 2], new Float64Array(length), new Int32Array(length), new ArrayBuffer(4 * length)].map(
      (value) => wrongType(argument, value, 'a Float32Array or half precision'),
    ),
    ...[0, 1, length - 1, length + 1, 96].map((n) => ({
      name: `${argument} of ${n}`,
      options: { [argument]: around.subarray(0, n) },
      error: RangeError,
      message: `${argument} must have ${length} elements, but has ${n}`,
    })),
    ...[-11, -1, 1, 2, 3, 11, ...(mayBeX ? [] : [0])]
      .filter((shift) => shift < X.length && shift > -length)
      .map((shift) => {
        const from = 16 + shift;
        const [a, b] = [around.subarray(from, from + length), x];
        return {
          name: `${argument} ${shift} elements behind ${of}`,
          options: { [argument]: a },
          error: RangeError,
          message:
            `${argument} and ${of} must ${mayBeX ? 'be the same elements or not overlap' : 'not overlap'}, but ` +
            `${argument} has bytes ${a.byteOffset} to ${a.byteOffset + a.byteLength} ` +
            `and ${of} bytes ${b.byteOffset} to ${b.byteOffset + b.byteLength} of one buffer`,
        };
      }),
  ];

const labels: Cases = ({ around, labels: right }) => [
  ...[undefined, null, 3, '0', {}, new Map(), new ArrayBuffer(16), new Set([1])].map((value) => ({
    name: `target ${Object.prototype.toString.call(value)}`,
    labels: value ?? null,
    error: TypeError,
    message: 'target must be an Int32Array, another integer array or an array of integers, but is ',
  })),
  ...['1', null, undefined, {}].map((value) => ({
    name: `target with ${String(value)} in it`,
    labels: [0, 0, value, 0],
    error: TypeError,
    message: 'target[2] must be an integer, but is ',
  })),
  ...[0.5, Number.NaN, Infinity, 2 ** 31, 2n ** 31n, -(2n ** 63n)].map((value) => ({
    name: `target with ${value} in it`,
    labels: [0, 0, 0, value],
    error: RangeError,
    message: `target must be a 32-bit integer in each row, but is ${value}${typeof value === 'bigint' ? 'n' : ''} in row 3`,
  })),
  ...[0, 3, 5].map((n) => ({
    name: `target of ${n}`,
    labels: new Int32Array(n),
    error: RangeError,
    message: `target must have one label per row, 4, but has ${n}`,
  })),
  ...[-1, 3, 100, -101, 2 ** 31 - 1, -(2 ** 31)].flatMap((value) =>
    [0, 2, 3].map((row) => ({
      name: `label ${value} in row ${row}`,
      labels: LABELS.map((label, i) => (i === row ? value : label)),
      error: RangeError,
      message: `target must be in [0, 3) or ignoreIndex (-100), but is ${value} in row ${row}`,
    })),
  ),
  {
    name: 'label -100 with another ignoreIndex',
    labels: [0, -100, 1, 1],
    options: { ignoreIndex: -1 },
    error: RangeError,
    message: 'target must be in [0, 3) or ignoreIndex (-1), but is -100 in row 1',
  },
  {
    name: 'gradient over target',
    options: { gradient: new Float32Array(right.buffer, right.byteOffset - 16, 12) },
    error: RangeError,
    message: 'gradient and target must not overlap, but gradient has bytes ',
  },
  {
    name: 'gradient over target, of the same size',
    x: around.subarray(0, 4),
    options: { cols: 1, gradient: new Float32Array(right.buffer, right.byteOffset, 4) },
    labels: right,
    error: RangeError,
    message: 'gradient and target must not overlap, but gradient has bytes ',
  },
];

const losses: Cases = () => [
  ...['', 'average', 'Mean'].map((value) => wrongValue('reduction', value, "one of 'none', 'mean', 'sum'")),
  ...[null, 1, true].map((value) => wrongType('reduction', value, "one of 'none', 'mean', 'sum'")),
  ...[null, '-100', 1n].map((value) => wrongType('ignoreIndex', value, 'a number')),
  ...[0.5, Number.NaN, 2 ** 31, -Infinity].map((value) =>
    wrongValue('ignoreIndex', value, 'a 32-bit integer'),
  ),
];

function wrongType(name: string, value: unknown, wanted: string): Case {
  return {
    name: `${name} ${typeof value} ${String(value)}`,
    options: { [name]: value },
    error: TypeError,
    message: `${name} must be ${wanted}, but is `,
  };
}

function wrongValue(name: string, value: number | string, wanted: string): Case {
  return {
    name: `${name} ${value}`,
    options: { [name]: value },
    error: RangeError,
    message: `${name} must be ${wanted}, but is ${typeof value === 'string' ? `'${value}'` : value}`,
  };
}

interface Checked {
  name: string;
  cases: Cases[];
  run(k: Kernels, arrays: Arrays, x: unknown, labels: unknown, options: unknown): unknown;
}

/** Options with defaults, or what is given in their place. */
function withDefaults(defaults: object, given: unknown): object {
  return typeof given === 'object' && given !== null ? { ...defaults, ...given } : (given as object);
}

const rowwise = (name: 'softmax' | 'logSoftmax' | 'logSumExp', length: number): Checked => ({
  name,
  cases: [options, cols, scale, logits('x'), written('out', 'x', length, name !== 'logSumExp')],
  run: (k, { out, perRow }, x, _, given) =>
    k[name](
      x as Float32Array,
      withDefaults({ cols: COLS, out: name === 'logSumExp' ? perRow : out }, given) as RowsOptions,
    ),
});

const operations: Checked[] = [
  rowwise('softmax', 12),
  rowwise('logSoftmax', 12),
  rowwise('logSumExp', 4),
  {
    name: 'crossEntropy',
    cases: [
      ...[options, cols, scale, logits('logits'), labels, losses],
      written('gradient', 'logits', 12, true),
    ],
    run: (k, { out }, x, target, given) =>
      k.crossEntropy(
        x as Float32Array,
        target as Int32Array,
        withDefaults({ cols: COLS, gradient: out }, given) as CrossEntropyOptions & { reduction: 'none' },
      ),
  },
];

/** The error of a call, if it throws one. */
function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

type Resizable = ArrayBuffer & { resize(bytes: number): void };
const Resizable = ArrayBuffer as unknown as new (bytes: number, o: { maxByteLength: number }) => Resizable;

describe.each(backends)('$name', ({ name, kernels }) => {
  describe.each(Object.entries(placements))('in %s', (_, place) => {
    describe.each(operations)('$name', ({ name: op, cases, run }) => {
      const arrays = place(kernels);
      const { around, x, labels: right } = arrays;
      const all = cases.flatMap((some) => some(arrays));

      test.each(all)('$name', ({ x: given = x, labels: target = right, options = {}, error, message }) => {
        const before = around.slice();
        const buffer = new Uint8Array(right.buffer, right.byteOffset - 32, 128);
        const beforeLabels = buffer.slice();
        const thrown = caught(() => run(kernels, arrays, given, target, options));
        expect(thrown).toBeInstanceOf(error);
        const text = (thrown as Error).message;
        expect(text.startsWith(`${op}: `), text).toBe(true);
        expect(text).toContain(message);
        expect(around).toEqual(before);
        expect(buffer).toEqual(beforeLabels);
      });

      test('the same call without anything wrong', () => {
        const before = around.slice();
        run(kernels, arrays, x, right, {});
        expect(around).not.toEqual(before);
        expect([...x]).toEqual(X.map(Math.fround));
        around.set(before);
      });
    });
  });

  test('a view whose buffer has gone, after thousands of calls', () => {
    const labels = new Int32Array(1);
    for (let i = 0; i < 20_000; i++) {
      const cols = 2 + (i % 60);
      // Code that engines have compiled for both kinds of views is not the code that they begin with.
      const x =
        i % 3 ? new Float32Array(cols) : new Float32Array(new Resizable(4 * cols, { maxByteLength: 400 }));
      expect(kernels.crossEntropy(x, labels), `${i}`).toBeGreaterThan(0);
      if (i % 500 !== 0) continue;
      structuredClone(x.buffer, { transfer: [x.buffer] });
      expect(() => kernels.crossEntropy(x, labels)).toThrow('logits must be attached to its memory');
    }
  });

  test('a view that its buffer has shrunk away from: TypeError, not an empty array', () => {
    const buffer = new Resizable(64, { maxByteLength: 64 });
    const x = new Float32Array(buffer, 0, 16);
    const labels = new Int32Array(buffer, 0, 16);
    const mask = new Uint8Array(buffer, 0, 16);
    expect(kernels.softmax(x)).toHaveLength(16);
    buffer.resize(4);
    expect(() => kernels.softmax(x)).toThrow('softmax: x must be attached to its memory');
    expect(() => kernels.topK(x, 1)).toThrow('topK: x must be attached to its memory');
    expect(() => kernels.softmax([], { out: x })).toThrow('softmax: out must be attached to its memory');
    expect(() => kernels.softmax([], { mask })).toThrow('softmax: mask must be attached to its memory');
    expect(() => kernels.crossEntropy([], labels, { cols: 0 })).toThrow('target must be attached');
    expect(kernels.softmax(new Float32Array(buffer, 0, 0))).toHaveLength(0);
  });

  test.each([null, '1', -0.1, 1.1, Number.NaN])('sample: topP and minP of %s', (value) => {
    const error = typeof value === 'number' ? RangeError : TypeError;
    for (const option of ['topP', 'minP']) {
      const call = () => kernels.sample(X, { [option]: value });
      expect(call).toThrow(error);
      expect(call).toThrow(`sample: ${option} must be `);
    }
  });

  test('softmaxFrom: out over the statistics', () => {
    const buffer = new ArrayBuffer(256);
    const max = new Float32Array(buffer, 0, 4).fill(3);
    const sum = new Float64Array(buffer, 64, 4).fill(2);
    const blocks = new Float64Array(buffer, 128, 4).fill(2);
    for (const [from, name] of [
      [0, 'max'],
      [60, 'sum'],
      [120, 'blocks'],
    ] as const) {
      const before = new Uint8Array(buffer).slice();
      const out = new Float32Array(buffer, from, 12);
      const call = () => kernels.softmaxFrom(X, { max, sum, blocks }, { cols: COLS, out });
      expect(call).toThrow(RangeError);
      expect(call).toThrow(`softmaxFrom: out and stats.${name} must not overlap`);
      expect(new Uint8Array(buffer)).toEqual(before);
    }
  });

  test('two buffers of one shared memory overlap', () => {
    const k = loadSync({ backend: name, memory: memories[0].create() });
    const x = k.alloc(1000);
    x.fill(1);
    k.alloc(2 ** 22);
    expect(x.buffer).not.toBe(k.memory.buffer);
    const now = (from: number, to: number) =>
      new Float32Array(k.memory.buffer, x.byteOffset + 4 * from, to - from);
    expect(() => k.softmax(x.subarray(0, 500), { out: now(1, 501) })).toThrow(RangeError);
    expect(() => k.logSumExp(x.subarray(0, 500), { cols: 1, out: now(499, 999) })).toThrow(
      'must not overlap',
    );
    expect([...x].every((value) => value === 1)).toBe(true);
    expect(() => k.softmax(x.subarray(0, 500), { out: now(500, 1000) })).not.toThrow();
    expect(() => k.softmax(x.subarray(0, 500), { out: now(0, 500) })).not.toThrow();
    expect(x[0]).toBeCloseTo(1 / 500, 8);
    expect(x[500]).toBe(x[499]);
  });
});

describe('a call that is right at the edge', () => {
  const [{ kernels: k }] = backends;

  test('undefined options are defaults', () => {
    const wanted = k.softmax(X);
    const given = { cols: undefined, temperature: undefined, beta: undefined, out: undefined };
    expect(k.softmax(X, given)).toEqual(wanted);
    expect(k.softmax(X, undefined)).toEqual(wanted);
    const loss = { reduction: undefined, ignoreIndex: undefined, gradient: undefined };
    expect(k.crossEntropy(X, [1], loss)).toBe(k.crossEntropy(X, [1]));
  });

  test('views that touch, and views of different buffers at the same offsets', () => {
    const all = Float32Array.from({ length: 8 }, (_, i) => i);
    const wanted = k.softmax([0, 1, 2, 3]);
    expect(k.softmax(all.subarray(0, 4), { out: all.subarray(4) })).toEqual(wanted);
    expect(k.softmax(new Float32Array([0, 1, 2, 3]), { out: all.subarray(0, 4) })).toEqual(wanted);
  });

  test('labels at both ends of the range, and ignoreIndex inside it', () => {
    expect(k.crossEntropy(X, [0, 2, 0, 2], { cols: 3 })).toBeGreaterThan(0);
    const some = k.crossEntropy(X, [0, 2, 1, 0], { cols: 3, reduction: 'none', ignoreIndex: 0 });
    expect([some[0], some[3]]).toEqual([0, 0]);
    expect(some[1]).toBeGreaterThan(0);
  });

  test('zeros of both signs', () => {
    for (const nothing of [-0, 0]) {
      expect([...k.softmax([1, 2], { temperature: nothing })]).toEqual([0, 1]);
      expect([...k.softmax([1, 2], { beta: nothing })]).toEqual([0.5, 0.5]);
    }
  });
});
