/** Labels of every integer kind: what an `Int32Array` of the same gives, or a refusal that names the row. */
import { describe, expect, test } from 'vitest';
import type { Kernels, Labels } from '../../src/index.ts';
import { backends } from '../support/backends.ts';
import { random } from '../support/random.ts';

const CLASSES = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
] as const;

type Make = (labels: readonly number[]) => Labels;

const kinds: [name: string, make: Make][] = [
  ...CLASSES.map((Class): [string, Make] => [
    Class.name,
    (labels) => {
      const isBig = Class.name.startsWith('Big');
      const view = new Class(labels.length) as unknown as (number | bigint)[];
      for (const [i, label] of labels.entries()) view[i] = isBig ? BigInt(label) : label;
      return view as unknown as Labels;
    },
  ]),
  ['number[]', (labels) => [...labels]],
  ['bigint[]', (labels) => labels.map(BigInt)],
  ['numbers and bigints', (labels) => labels.map((label, i) => (i % 2 ? label : BigInt(label))) as number[]],
];

const COLS = 9;

/** Everything that takes labels. */
const uses: Record<string, (k: Kernels, x: Float32Array, labels: Labels, ignoreIndex: number) => unknown> = {
  crossEntropy: (k, x, labels, ignoreIndex) => {
    const gradient = new Float32Array(x.length);
    return [k.crossEntropy(x, labels, { cols: COLS, ignoreIndex, gradient }), gradient];
  },
  nllLoss: (k, x, labels, ignoreIndex) =>
    k.nllLoss(x, labels, { cols: COLS, ignoreIndex, reduction: 'none' }),
  tokenLogProbs: (k, x, labels, ignoreIndex) => k.tokenLogProbs(x, labels, { cols: COLS, ignoreIndex }),
  perplexity: (k, x, labels, ignoreIndex) => k.perplexity(x, labels, { cols: COLS, ignoreIndex }),
  calibration: (k, x, labels, ignoreIndex) => k.calibration(x, labels, { cols: COLS, ignoreIndex }),
  fitTemperature: (k, x, labels, ignoreIndex) => k.fitTemperature(x, labels, { cols: COLS, ignoreIndex }),
};

describe.each(backends)('$name', ({ kernels: k }) => {
  test.each(kinds)('%s', (name, make) => {
    const r = random(3);
    const isSigned = !/U/.test(name);
    for (const rows of [1, 5, 300]) {
      const ignoreIndex = isSigned ? -100 : 100;
      const labels = Array.from({ length: rows }, (_, i) => (i % 5 === 3 ? ignoreIndex : r.below(COLS)));
      const x = Float32Array.from({ length: rows * COLS }, () => -5 * r.next());
      for (const [op, use] of Object.entries(uses)) {
        const given = make(labels);
        expect(use(k, x, given, ignoreIndex), op).toEqual(use(k, x, Int32Array.from(labels), ignoreIndex));
        expect(given).toEqual(make(labels));
        expect(() => use(k, x, make(labels.slice(1)), ignoreIndex)).toThrow(
          `${op}: ${op === 'crossEntropy' ? 'target' : 'labels'} must have one label per row, ${rows}`,
        );
        labels[rows - 1] = COLS;
        expect(() => use(k, x, make(labels), ignoreIndex)).toThrow(
          `must be in [0, ${COLS}) or ignoreIndex (${ignoreIndex}), but is ${COLS} in row ${rows - 1}`,
        );
        labels[rows - 1] = 0;
      }
    }
  });

  test.each([
    ['BigInt64Array, above', BigInt64Array.of(0n, 2n ** 31n), '2147483648n'],
    ['BigInt64Array, below', BigInt64Array.of(0n, -(2n ** 31n) - 1n), '-2147483649n'],
    // Of these the lower 32 bits would be right.
    ['BigInt64Array, a multiple of 2^32', BigInt64Array.of(0n, 2n ** 32n), '4294967296n'],
    ['BigInt64Array, -100 in 32 bits', BigInt64Array.of(0n, 2n ** 32n - 100n), '4294967196n'],
    ['BigUint64Array', BigUint64Array.of(0n, 2n ** 64n - 100n), '18446744073709551516n'],
    ['Uint32Array, -100 in 32 bits', Uint32Array.of(0, -100), '4294967196'],
    ['bigint[]', [0n, 2n ** 62n], '4611686018427387904n'],
    ['a bigint of a book', [0n, 10n ** 500n], 'a bigint'],
    ['number[]', [0, 2 ** 53], '9007199254740992'],
  ] as const)('%s: what int32 does not hold is refused by row', (_, labels, text) => {
    const x = new Float32Array(2 * COLS);
    for (const [op, use] of Object.entries(uses)) {
      expect(() => use(k, x, labels as Labels, -100), op).toThrow(
        new RangeError(
          `${op}: ${op === 'crossEntropy' ? 'target' : 'labels'} must be a 32-bit integer in each row, but is ${text} in row 1`,
        ),
      );
    }
  });

  test('what is written may not overlap them, though they are copied', () => {
    const buffer = new ArrayBuffer(256);
    const labels = new BigInt64Array(buffer, 0, 4);
    const x = new Float32Array(4 * COLS);
    const gradient = new Float32Array(buffer, 28, 4 * COLS);
    const call = { cols: COLS, gradient };
    expect(() => k.crossEntropy(x, labels, call)).toThrow('gradient and target must not overlap');
    expect(() => k.nllLoss(x, labels, call)).toThrow('gradient and labels must not overlap');
    const out = new Float32Array(buffer, 28, 4);
    expect(() => k.tokenLogProbs(x, labels, { cols: COLS, out })).toThrow('out and labels must not overlap');
    expect(() =>
      k.crossEntropy(x, labels, { cols: COLS, gradient: new Float32Array(buffer, 32, 4 * COLS) }),
    ).not.toThrow();
  });

  test('a view whose buffer has gone is no empty array', () => {
    for (const Class of [Uint8Array, Uint32Array, BigInt64Array]) {
      const labels = new Class(1);
      structuredClone(labels.buffer, { transfer: [labels.buffer] });
      expect(() => k.crossEntropy([], labels, { cols: 0 })).toThrow('target must be attached');
    }
  });
});
