/**
 * Where data lies must not matter: ordinary arrays or the kernels' memory, in place or not, shared memory or
 * plain, rows that fit into the scratch or not. The same bits, and memory that does not grow.
 */

import { describe, expect, test } from 'vitest';
import { type Kernels, loadSync } from '../../src/index.ts';
import { ARRAYS, type Data, makeData, placeData, resultsOf } from '../calls/data.ts';
import { forms } from '../operations/index.ts';
import type { Form } from '../operations/operation.ts';
import { backends } from '../support/backends.ts';
import { firstDifference } from '../support/compare.ts';
import { type MemoryKind, memories } from '../support/memories.ts';
import { random } from '../support/random.ts';

const ROWWISE = ['softmax', 'logSoftmax', 'logSumExp'] as const;

interface Rows {
  x: Float32Array;
  labels: Int32Array;
  cols: number;
}

function makeRows(rows: number, cols: number): Rows {
  const r = random(rows * cols);
  return {
    x: Float32Array.from({ length: rows * cols }, () => 6 * r.normal()),
    labels: Int32Array.from({ length: rows }, () => (r.next() < 0.1 ? -100 : r.below(cols))),
    cols,
  };
}

/** Kernels with pieces for the largest arrays below; on shared memory each piece has a buffer object of its own. */
class Bench {
  readonly k: Kernels;
  readonly #pieces: [number, number][] = [];
  readonly #apart: boolean;
  readonly #buffers: ArrayBufferLike[] = [];

  constructor(backend: Kernels['backend'], kind: MemoryKind, maxBytes: number, length: number) {
    const memory = kind.create(1);
    this.k = loadSync({ backend, memory, maxBytes });
    this.#apart = kind.name === 'shared';
    for (let i = 0; i < 3; i++) {
      this.#pieces.push([this.k.alloc(length).byteOffset, length]);
      memory.grow(1);
      this.#buffers.push(memory.buffer);
    }
  }

  /** A view of the i-th piece. */
  piece(i: number, length: number): Float32Array {
    return new Float32Array(this.#buffer(i), this.#pieces[i][0], length);
  }

  integers(i: number, length: number): Int32Array {
    return new Int32Array(this.#buffer(i), this.#pieces[i][0], length);
  }

  #buffer(i: number): ArrayBufferLike {
    return this.#apart ? this.#buffers[i] : this.k.memory.buffer;
  }
}

type Place = 'array' | 'piece' | 'same' | 'none';

/** Runs over each place for x, and each for the result; `wanted` says what comes out. */
function everyPlacement(bench: Bench, { x, labels, cols }: Rows, wanted: Results): void {
  const { k } = bench;
  const xs: Record<string, () => Float32Array> = {
    array: () => x.slice(),
    piece: () => {
      const view = bench.piece(0, x.length);
      view.set(x);
      return view;
    },
  };
  const target = (place: Place, source: Float32Array, length: number): Float32Array | undefined => {
    if (place === 'none') return undefined;
    if (place === 'same') return source;
    return (place === 'array' ? new Float32Array(length) : bench.piece(1, length)).fill(7);
  };
  for (const [xPlace, makeX] of Object.entries(xs)) {
    for (const place of ['array', 'piece', 'same', 'none'] as const) {
      const where = `x: ${xPlace}, result: ${place}`;
      for (const op of ROWWISE) {
        if (op === 'logSumExp' && place === 'same') continue;
        const source = makeX();
        const out = target(place, source, wanted[op].length);
        const result = k[op](source, { ...wanted.scale, cols, out });
        if (out !== undefined) expect(result, where).toBe(out);
        expect(firstDifference(result, wanted[op]), `${op}, ${where}`).toBe(-1);
        if (place !== 'same') expect(firstDifference(source, x), `x after ${op}, ${where}`).toBe(-1);
      }
      for (const labelsPlace of ['array', 'piece', 'numbers'] as const) {
        const source = makeX();
        const gradient = target(place, source, x.length);
        let given: Int32Array | number[] = labels.slice();
        if (labelsPlace === 'numbers') given = [...labels];
        if (labelsPlace === 'piece') {
          given = bench.integers(2, labels.length);
          given.set(labels);
        }
        const call = { ...wanted.scale, cols, gradient, reduction: 'none' as const };
        const losses = k.crossEntropy(source, given, call);
        const text = `crossEntropy, ${where}, labels: ${labelsPlace}`;
        expect(firstDifference(losses, wanted.losses), text).toBe(-1);
        if (gradient) expect(firstDifference(gradient, wanted.gradient), text).toBe(-1);
        expect([...given]).toEqual([...labels]);
      }
    }
  }
}

interface Results {
  scale: object;
  softmax: Float32Array;
  logSoftmax: Float32Array;
  logSumExp: Float32Array;
  losses: Float32Array;
  gradient: Float32Array;
}

/** All results in place, in memory with room for everything: what every other way must give. */
function inPlace(k: Kernels, { x, labels, cols }: Rows, scale: object): Results {
  const view = k.alloc(x.length);
  const place = view.byteOffset;
  const lies = k.alloc(labels.length, 'i32');
  lies.set(labels);
  const within = (): Float32Array => {
    const again = new Float32Array(k.memory.buffer, place, x.length);
    again.set(x);
    return again;
  };
  const call = { ...scale, cols };
  const softmax = k.softmax(within(), { ...call, out: within() }).slice();
  const logSoftmax = k.logSoftmax(within(), { ...call, out: within() }).slice();
  const logSumExp = k.logSumExp(within(), call);
  const gradient = within();
  const losses = k.crossEntropy(gradient, lies, { ...call, gradient, reduction: 'none' });
  const results = { scale, softmax, logSoftmax, logSumExp, losses, gradient: gradient.slice() };
  k.free(view);
  k.free(lies);
  return results;
}

const scales = [{}, { temperature: 0.7 }, { temperature: 0 }, { beta: 0 }];

describe.each(backends)('$name', ({ name, kernels }) => {
  describe.each(memories)('$name memory', (kind) => {
    test.each([
      [1, 1],
      [3, 7],
      [2, 4097],
      // More than fits into the scratch at once, and rows larger than a block of it.
      [2500, 33],
      [3, 70_003],
    ])('%i × %i in every placement', (rows, cols) => {
      const data = makeRows(rows, cols);
      const bench = new Bench(name, kind, 2 ** 25, data.x.length);
      const before = bench.k.memory.buffer.byteLength;
      for (const scale of scales) everyPlacement(bench, data, inPlace(kernels, data, scale));
      expect(bench.k.memory.buffer.byteLength).toBe(before);
    });

    test.each([
      [3, 7],
      [2, 4097],
      [400, 33],
      [2, 70_003],
    ])('%i × %i, every form of every operation, with arrays here or there', (rows, cols) => {
      const k = loadSync({ backend: name, memory: kind.create(), maxBytes: 2 ** 25 });
      const data = makeData(rows, cols, rows + cols);
      const wanted = resultsOfAll(kernels, data);
      for (const names of SOME) {
        const { inside, free } = placeData(k, data, names);
        const before = k.memory.buffer.byteLength;
        expectSame(k, wanted, inside, names.join());
        expect(k.memory.buffer.byteLength).toBe(before);
        free();
      }
    });

    test.each([65_536, 70_001, 98_305])('rows of %i, longer than a small scratch', (cols) => {
      const data = makeRows(2, cols);
      const bench = new Bench(name, kind, 2 ** 22, data.x.length);
      // With 1 MiB, nothing of this fits: only copies from and to arrays.
      const small = loadSync({ backend: name, memory: kind.create(), maxBytes: 2 ** 20 });
      const before = small.memory.buffer.byteLength;
      for (const scale of scales) {
        const wanted = inPlace(kernels, data, scale);
        everyPlacement(bench, data, wanted);
        expectCopied(small, data, wanted);
      }
      expect(small.memory.buffer.byteLength).toBe(before);
    });
  });

  test('every form of every operation, in little memory: rows larger than its scratch', () => {
    const small = loadSync({ backend: name, maxBytes: 2 ** 20 });
    const data = makeData(2, 66_001, 1);
    const wanted = resultsOfAll(kernels, data);
    expectSame(small, wanted, data, 'small');
    small.close();
  });

  test('every form of every operation, at any alignment', () => {
    const data = makeData(3, 37, 1);
    const wanted = resultsOfAll(kernels, data);
    for (let shift = 0; shift < 16; shift++) {
      const { inside, free } = placeData(kernels, data, ARRAYS, shift);
      expectSame(kernels, wanted, inside, `${shift} elements behind`);
      free();
    }
  });

  test.each([2 ** 20 + 3, 1_100_001])('a row of %i', (cols) => {
    const data = makeRows(1, cols);
    data.labels[0] = cols - 1;
    const k = loadSync({ backend: name });
    const before = k.memory.buffer.byteLength;
    for (const scale of [{}, { temperature: 0.7 }]) expectCopied(k, data, inPlace(kernels, data, scale));
    expect(k.memory.buffer.byteLength).toBe(before);
  });

  /** What a long row may have in it, at the edges of the parts by which it is copied. */
  const BLOCK = 4096;
  const COLS = 18 * BLOCK + 5;
  const edges = [0, BLOCK - 1, BLOCK, 15 * BLOCK - 1, 15 * BLOCK, COLS - 1];
  const special: Record<string, (row: Float32Array, at: number) => void> = {
    'NaN in it': (row, at) => row.fill(NaN, at, at + 1),
    '+Infinity in it': (row, at) => row.fill(Infinity, at, at + 1),
    'NaN and +Infinity in it': (row, at) => row.fill(NaN, at, at + 1).fill(Infinity, COLS - 2, COLS - 1),
    'a single finite element': (row, at) => row.fill(-Infinity).fill(3, at, at + 1),
    'NaN and -Infinity': (row, at) => row.fill(-Infinity).fill(NaN, at, at + 1),
    'only -Infinity': (row) => row.fill(-Infinity),
    'a large element': (row, at) => row.fill(3e38, at, at + 1),
    'all equal': (row) => row.fill(-2.5),
    'only zeros of both signs': (row, at) => row.fill(0).fill(-0, at),
    subnormals: (row) => {
      for (let i = 0; i < COLS; i++) row[i] = (i % 50) * 2 ** -149;
    },
    'the lower end': (row, at) => row.fill(-3.4e38).fill(-3.39e38, at, at + 2),
  };
  test.each(Object.keys(special))('long rows: %s', (what) => {
    const small = loadSync({ backend: name, maxBytes: 2 ** 20 });
    for (const at of edges) {
      const data = makeRows(1, COLS);
      special[what](data.x, at);
      for (const label of [at, (at + BLOCK) % COLS]) {
        data.labels[0] = label;
        for (const scale of at === BLOCK ? scales : [{}]) {
          expectCopied(small, data, inPlace(kernels, data, scale));
        }
      }
    }
  });

  test('memory stays flat for data of any size', () => {
    const k = loadSync({ backend: name });
    const before = k.memory.buffer.byteLength;
    const x = new Float32Array(2 ** 21);
    for (let i = 0; i < x.length; i++) x[i] = (i % 1013) / 100;
    for (const cols of [2, 1024, 2 ** 21]) {
      const labels = new Int32Array(x.length / cols).fill(1);
      for (const op of ROWWISE) k[op](x, { cols });
      k.crossEntropy(x, labels, { cols, gradient: new Float32Array(x.length) });
    }
    expect(k.memory.buffer.byteLength).toBe(before);
  });

  test('numbers give what the same floats give', () => {
    const data = makeRows(4, 9);
    const numbers = [...data.x];
    for (const op of ROWWISE) {
      expect(firstDifference(kernels[op](numbers, { cols: 9 }), kernels[op](data.x, { cols: 9 }))).toBe(-1);
    }
    const wanted = kernels.crossEntropy(data.x, data.labels, { cols: 9 });
    expect(kernels.crossEntropy(numbers, [...data.labels], { cols: 9 })).toBe(wanted);
  });
});

/** The arrays that lie in the memory while the others don't. */
const SOME = [[], ['x'], ['out'], ['x', 'out'], ['p', 'labels', 'weight', 'mask'], ARRAYS] as const;

type Wanted = readonly [name: string, form: Form, results: Float32Array[]][];

function resultsOfAll(k: Kernels, data: Data): Wanted {
  return Object.entries(forms).map(([text, form]) => [text, form, resultsOf(k, form, data)]);
}

/** Every form on this data gives what it should. */
function expectSame(k: Kernels, wanted: Wanted, data: Data, where: string): void {
  for (const [text, form, results] of wanted) {
    for (const [i, found] of resultsOf(k, form, data).entries()) {
      expect(firstDifference(found, results[i]), `${text}, result ${i}, ${where}`).toBe(-1);
    }
  }
}

/** Arrays in, arrays out; also in place in an array. */
function expectCopied(k: Kernels, { x, labels, cols }: Rows, wanted: Results): void {
  const call = { ...wanted.scale, cols };
  for (const op of ROWWISE) {
    expect(firstDifference(k[op](x, call), wanted[op]), op).toBe(-1);
    if (op === 'logSumExp') continue;
    const same = x.slice();
    expect(firstDifference(k[op](same, { ...call, out: same }), wanted[op]), `${op} in place`).toBe(-1);
  }
  const losses = k.crossEntropy(x, labels, { ...call, reduction: 'none' });
  expect(firstDifference(losses, wanted.losses), 'losses').toBe(-1);
  for (const same of [false, true]) {
    const source = x.slice();
    const gradient = same ? source : new Float32Array(x.length);
    const again = k.crossEntropy(source, labels, { ...call, gradient, reduction: 'none' });
    expect(firstDifference(again, wanted.losses), 'losses with gradient').toBe(-1);
    expect(firstDifference(gradient, wanted.gradient), 'gradient').toBe(-1);
  }
}
