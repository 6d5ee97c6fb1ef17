/** Arrays that are not quite what they seem: of derived classes, proxies, and those that change when they are read. */

import { describe, expect, test } from 'vitest';
import { loadSync, softmax } from '../../src/index.ts';
import { makeCall } from '../calls/call.ts';
import { type Data, makeData, resultsOf } from '../calls/data.ts';
import type { Kind } from '../calls/kinds.ts';
import { forms, operations } from '../operations/index.ts';
import { backends } from '../support/backends.ts';
import { firstDifference } from '../support/compare.ts';

/** What TypeScript's ES2022 does not know of. */
type Growing = ArrayBuffer & { grow?(bytes: number): void; resize?(bytes: number): void };

/** Classes whose constructors take something else than their parents' do, as `subarray` and `slice` would have to know. */
class Floats extends Float32Array {
  constructor(_name: string, values: Float32Array) {
    super(values);
  }
}
class Labels extends Int32Array {
  constructor(_name: string, values: Int32Array) {
    super(values);
  }
}
class Bytes extends Uint8Array {
  constructor(_name: string, values: Uint8Array) {
    super(values);
  }
}

/** Not of those arrays that the variants themselves take parts of. */
function derived({ x, p, labels, weight, ...others }: Data): Data {
  const [a, b, c] = [x, p, weight].map((values) => new Floats('', values));
  return { ...others, x: a, p: b, weight: c, labels: new Labels('', labels) };
}

/** Kinds of arguments that are float32. */
const FLOATS: readonly Kind[] = ['logits', 'logProbs', 'shares'];

describe.each(backends)('$name', ({ name, kernels: k }) => {
  test('of derived classes: the same bits, whatever their constructors', () => {
    const small = loadSync({ backend: name, maxBytes: 2 ** 20 });
    for (const [kernels, rows, cols] of [
      [k, 4, 7],
      [k, 3, 200],
      [small, 2, 70_001],
    ] as const) {
      const plain = makeData(rows, cols, 5);
      const other = derived(makeData(rows, cols, 5));
      for (const [text, form] of Object.entries(forms)) {
        const wanted = resultsOf(kernels, form, plain);
        const found = resultsOf(kernels, (by, data) => [form(by, data)].flat().map(toPlain), other);
        for (const [i, values] of wanted.entries()) {
          expect(firstDifference(found[i], values), `${text} of ${cols}, result ${i}`).toBe(-1);
        }
      }
    }
    small.close();
  });

  test('of a derived class as mask, out or gradient: it is what comes back', () => {
    const small = loadSync({ backend: name, maxBytes: 2 ** 20 });
    for (const [kernels, n] of [
      [k, 300],
      [small, 70_001],
    ] as const) {
      const { x, p, mask } = makeData(1, n, 3);
      const given = new Bytes('', mask);
      const out = new Floats('', x);
      const check = (found: Float32Array, wanted: Float32Array) =>
        expect(firstDifference(new Float32Array(found), wanted)).toBe(-1);
      expect(kernels.softmax(x, { out })).toBe(out);
      check(out, kernels.softmax(x));
      check(kernels.logSoftmax(x, { mask: given, out }), kernels.logSoftmax(x, { mask }));
      check(kernels.softmaxFrom(x, kernels.rowStats(x), { out }), kernels.softmax(x));
      check(kernels.softmaxGradient(p, x, { out }), kernels.softmaxGradient(p, x));
      const wanted = new Float32Array(n);
      for (const target of [Int32Array.of(3), p]) {
        kernels.crossEntropy(x, target, { gradient: out });
        kernels.crossEntropy(x, target, { gradient: wanted });
        check(out, wanted);
      }
      kernels.binaryCrossEntropy(x, p, { gradient: out });
      kernels.binaryCrossEntropy(x, p, { gradient: wanted });
      check(out, wanted);
    }
    small.close();
  });

  test('proxies and objects with the prototype alone: refused, by name', () => {
    const fakes = [new Proxy(Float32Array.of(1, 2), {}), Object.create(Float32Array.prototype)];
    for (const [name, operation] of Object.entries(operations)) {
      const [[argument, kind]] = Object.entries(operation.args);
      if (!FLOATS.includes(kind)) continue;
      const { args, options } = makeCall(name, operation, { rows: 1, cols: 2, seed: 1, wild: false });
      const { [name]: run } = k as unknown as Record<string, (...all: unknown[]) => unknown>;
      for (const fake of fakes) {
        expect(() => run.call(k, ...Object.values({ ...args, [argument]: fake }), options)).toThrow(
          new TypeError(
            `${name}: ${argument} must be a typed array itself, not a proxy of one, but is an object (Float32Array)`,
          ),
        );
      }
    }
    const [out] = fakes;
    expect(() => k.softmax([1, 2], { out })).toThrow('softmax: out must be a typed array itself');
    const stats = k.rowStats([1, 2]);
    expect(() => k.mergeStats({ ...stats, max: out }, stats)).toThrow(
      'mergeStats: a.max must be a typed array',
    );
  });

  test('statistics whose buffers have gone: refused, by name', () => {
    const gone = new Float32Array(1);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    const stats = { max: gone, sum: new Float64Array(0) };
    expect(() => k.mergeStats(stats, stats)).toThrow('mergeStats: a.max must be attached');
  });

  test('arrays of numbers are read once, and proxies of them will do', () => {
    expect(k.softmax(new Proxy([1, 1], {}))).toEqual(Float32Array.of(0.5, 0.5));
    let reads = 0;
    const changing = Object.defineProperty([1, 1], 1, { get: () => (reads++ === 0 ? 1 : 'x') });
    expect(k.softmax(changing)).toEqual(Float32Array.of(0.5, 0.5));
    reads = 0;
    const label = Object.defineProperty([0], 0, { get: () => (reads++ === 0 ? 1 : 9) });
    expect(k.crossEntropy([1, 1], label)).toBe(k.crossEntropy([1, 1], [1]));
  });

  test('views that track the length of their buffers, shared or not', () => {
    // Hosts without resizable buffers take these for fixed ones.
    for (const Buffer of [ArrayBuffer, SharedArrayBuffer]) {
      const Resizable = Buffer as unknown as new (bytes: number, options: object) => Growing;
      const buffer = new Resizable(12, { maxByteLength: 64 });
      const x = new Float32Array(buffer);
      x.set([1, 2, 3]);
      expect(k.softmax(x)).toEqual(k.softmax([1, 2, 3]));
      buffer.grow?.(16);
      buffer.resize?.(16);
      expect(k.softmax(x)).toEqual(k.softmax([...x]));
    }
  });

  test('statistics with a beta that is none', () => {
    const stats = k.rowStats([1, 2, 3]);
    for (const beta of [-1, Number.NaN, -Infinity]) {
      for (const call of [
        () => k.softmaxFrom([1, 2, 3], { ...stats, beta }),
        () => k.mergeStats(stats, { ...stats, beta }),
      ]) {
        expect(call).toThrow(RangeError);
        expect(call).toThrow(/(stats|b)\.beta must be at least 0, but is/);
      }
    }
    expect(k.softmaxFrom([1, 2, 3], { ...stats, sum: Float64Array.of(3), beta: 0 })).toHaveLength(3);
  });

  test('a count as large as may be, or larger', () => {
    for (const cols of [2 ** 30 - 1, 2 ** 30, 2 ** 32 + 3, 2 ** 53, 1e308]) {
      expect(() => k.softmax([1, 2, 3], { cols })).toThrow(RangeError);
    }
    expect(k.softmax([], { cols: -0 })).toHaveLength(0);
    expect(() => k.topK([1, 2], -0)).toThrow(RangeError);
    expect(k.sample([1, 2], { seed: -0 })).toEqual(k.sample([1, 2], { seed: 0 }));
  });
});

function toPlain<T>(result: T): T | Float32Array {
  return result instanceof Float32Array ? new Float32Array(result) : result;
}

describe('options that an Object.prototype lends', () => {
  const lent = { cols: 1, temperature: 0, reduction: 'none', beta: 3, threads: 99, backend: 'none' };
  const pollute = (): void => void Object.assign(Object.prototype, lent);
  const clean = (): void => {
    for (const name of Object.keys(lent)) Reflect.deleteProperty(Object.prototype, name);
  };
  class Options {
    readonly #cols = 3;
    get cols(): number {
      return this.#cols;
    }
  }

  test('are ignored; those of a class are taken', () => {
    const k = loadSync({ backend: 'js' });
    const x = [1, 2, 3, 4, 5, 7];
    const run = () => [
      k.softmax(x),
      k.softmax(x, { cols: 3 }),
      k.softmax(x, new Options()),
      k.crossEntropy(x, [1, 1], { cols: 3 }),
      k.argmax(x, {}),
      softmax(x),
      softmax(x, { cols: 3 }),
      k.softmaxFrom([1, 2, 3], { max: Float32Array.of(3), sum: Float64Array.of(2) }),
      loadSync({ backend: 'js' }).backend,
      loadSync().threads,
    ];
    const expected = run();
    let got: unknown;
    pollute();
    try {
      got = run();
    } finally {
      clean();
    }
    expect(got).toEqual(expected);
    pollute();
    try {
      expect(() => k.softmax(x, 3 as unknown as object)).toThrow(TypeError);
      expect(() => k.softmax(x, null as unknown as object)).toThrow(TypeError);
    } finally {
      clean();
    }
  });
});
