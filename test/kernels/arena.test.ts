/** The kernels' memory: pieces from it, growth, other owners of the same memory, and the end of it. */

import { describe, expect, test } from 'vitest';
import { type Kernels, type LoadOptions, loadSync } from '../../src/index.ts';
import { LANE_SCRATCH_BYTES } from '../../src/raw/sizes.ts';
import { rowForms } from '../operations/index.ts';
import { backends } from '../support/backends.ts';
import { firstDifference } from '../support/compare.ts';
import { memories } from '../support/memories.ts';
import { type Random, random } from '../support/random.ts';

const PAGE = 65536;

const kinds = [
  { name: 'shared memory of its own', options: (): LoadOptions => ({}) },
  { name: 'js', options: (): LoadOptions => ({ backend: 'js' }) },
  ...memories.map(({ name, create }) => ({
    name: `${name} memory given`,
    options: (): LoadOptions => ({ memory: create(2) }),
  })),
];

const bytes = (view: ArrayBufferView): [number, number] => [
  view.byteOffset,
  view.byteOffset + view.byteLength,
];

/** A view of the same place, after growth may have detached it. */
const anew = (k: Kernels, [start, end]: [number, number]): Int32Array =>
  new Int32Array(k.memory.buffer, start, (end - start) / 4);

describe.each(kinds)('$name', ({ options }) => {
  test('alloc gives views inside memory: of the type and length asked for, in whole cache lines, not at 0', () => {
    const k = loadSync(options());
    for (const length of [0, 1, 15, 16, 17, 1000, 100_000]) {
      const floats = k.alloc(length);
      const integers = k.alloc(length, 'i32');
      for (const [view, type] of [
        [k.alloc(length, 'f32'), Float32Array],
        [integers, Int32Array],
        [floats, Float32Array],
      ] as const) {
        expect(view).toBeInstanceOf(type);
        if (view.byteLength === 0) continue;
        expect(view.length).toBe(length);
        expect(view.buffer).toBe(k.memory.buffer);
        expect(view.byteOffset % 64).toBe(0);
        expect(view.byteOffset).toBeGreaterThan(0);
      }
    }
  });

  test('free takes back what alloc gave, once', () => {
    const k = loadSync(options());
    const view = k.alloc(16);
    const place = view.byteOffset;
    k.free(view);
    expect(k.alloc(16, 'i32').byteOffset).toBe(place);
    const wanted = 'free: view must be a view from alloc, not yet freed, but is ';
    expect(() => k.free(view)).toThrow(new RangeError(`${wanted}Float32Array(16)`));
    const other = k.alloc(16);
    const foreign = [
      new Float32Array(16),
      other.subarray(0, 16),
      new Float32Array(other.buffer, other.byteOffset, 16),
      loadSync(options()).alloc(16),
    ];
    for (const stranger of foreign) expect(() => k.free(stranger)).toThrow(RangeError);
    for (const nothing of [undefined, null, 64, [1, 2], 'view', {}]) {
      expect(() => k.free(nothing as unknown as Float32Array)).toThrow(TypeError);
      expect(() => k.free(nothing as unknown as Float32Array)).toThrow(
        'free: view must be a view from alloc',
      );
    }
    k.free(other);
  });

  test('alloc refuses what is no count or no type', () => {
    const k = loadSync(options());
    const before = k.memory.buffer.byteLength;
    for (const length of ['16', null, undefined, 16n, [16]]) {
      const call = () => k.alloc(length as unknown as number);
      expect(call).toThrow(TypeError);
      expect(call).toThrow('alloc: length must be a number, but is ');
    }
    for (const length of [-1, 1.5, Number.NaN, Infinity, -Infinity]) {
      const call = () => k.alloc(length);
      expect(call).toThrow(
        new RangeError(`alloc: length must be an integer of at least 0, but is ${length}`),
      );
    }
    for (const type of ['f64', 'F32', '', null, 32]) {
      const call = () => k.alloc(16, type as 'f32');
      expect(call).toThrow(TypeError);
      expect(call).toThrow("alloc: type must be 'f32', 'i32', 'f16' or 'bf16', but is ");
    }
    expect(k.memory.buffer.byteLength).toBe(before);
  });

  test('more than there can be: RangeError, and everything is as before', () => {
    const k = loadSync(options());
    const view = k.alloc(4);
    view.set([1, 2, 3, 4]);
    const before = k.memory.buffer.byteLength;
    for (const length of [2 ** 30, 2 ** 40, Number.MAX_SAFE_INTEGER, 1e300]) {
      expect(() => k.alloc(length)).toThrow(RangeError);
      expect(() => k.alloc(length)).toThrow(
        /^alloc: \S+ bytes in one piece are needed, .* maxBytes 4294967296/,
      );
    }
    expect(k.memory.buffer.byteLength).toBe(before);
    expect([...view]).toEqual([1, 2, 3, 4]);
    k.free(view);
    expect(k.alloc(4).byteOffset).toBe(view.byteOffset);
  });

  test.each([1, 2, 3])(
    'pieces do not overlap, keep their contents and grow together again (seed %i)',
    (seed) => {
      const r = random(seed);
      const k = loadSync(options());
      /** What should be there: each piece with its place and the number that fills it. */
      const model = new Map<Float32Array | Int32Array, { place: [number, number]; mark: number }>();
      for (let step = 0; step < 600; step++) {
        if (r.next() < 0.45 && model.size > 0) {
          const view = [...model.keys()][r.below(model.size)];
          k.free(view);
          model.delete(view);
        } else {
          const length = 1 + r.below(r.next() < 0.95 ? 500 : 60_000);
          const view = r.next() < 0.5 ? k.alloc(length) : k.alloc(length, 'i32');
          const place = bytes(view);
          for (const { place: other } of model.values()) {
            expect(place[1] <= other[0] || other[1] <= place[0]).toBe(true);
          }
          model.set(view, { place, mark: step });
          anew(k, place).fill(step);
        }
        if (step % 20 !== 0) continue;
        for (const { place, mark } of model.values()) {
          expect(anew(k, place).every((value) => value === mark)).toBe(true);
        }
      }
      const before = k.memory.buffer.byteLength;
      const places = [...model.values()].map(({ place }) => place);
      const largest = Math.max(...places.map(([, end]) => end)) - Math.min(...places.map(([start]) => start));
      for (const view of model.keys()) k.free(view);
      // All of it in one piece, which fits only if no seam is left.
      expect(() => k.alloc(largest / 4)).not.toThrow();
      expect(k.memory.buffer.byteLength).toBe(before);
    },
  );

  test('maxBytes is kept, and used to the last line', () => {
    const given = options();
    const start = given.memory?.buffer.byteLength ?? 0;
    const k = loadSync({ ...given, maxBytes: 2 ** 20 });
    const pieces: Float32Array[] = [];
    let sum = 0;
    for (const length of [4096, 16]) {
      const fill = (): void => {
        for (; ; sum += length * 4) pieces.push(k.alloc(length));
      };
      expect(fill).toThrow(/^alloc: .* maxBytes 1048576\)$/);
    }
    // All but the scratch, a quarter, that for lanes, and the line at address 0 in memory that was empty.
    expect(sum).toBe(2 ** 20 - 2 ** 18 - LANE_SCRATCH_BYTES - (start === 0 ? 64 : 0));
    expect(k.memory.buffer.byteLength - start).toBe(2 ** 20);
    for (const piece of pieces) k.free(piece);
    expect(() => k.alloc(sum / 4)).not.toThrow();
    expect(k.memory.buffer.byteLength - start).toBe(2 ** 20);
    expect(k.softmax([1, 1])).toEqual(new Float32Array([0.5, 0.5]));
  });

  test('what is free at the end counts when memory grows', () => {
    const k = loadSync({ ...options(), maxBytes: 2 ** 20 });
    const room = 2 ** 20 - 2 ** 18 - LANE_SCRATCH_BYTES - 64;
    k.free(k.alloc(room / 8));
    expect(() => k.alloc(room / 4)).not.toThrow();
  });
});

describe('growth', () => {
  test('views of shared memory stay valid, and operations use them', () => {
    const k = loadSync({ memory: memories[0].create(1) });
    const x = k.alloc(3);
    x.set([0, 0, 0]);
    const labels = k.alloc(1, 'i32');
    const out = k.alloc(3);
    const before = k.memory.buffer;
    k.alloc(2 ** 22);
    expect(k.memory.buffer).not.toBe(before);
    expect(x.buffer).toBe(before);
    expect(k.softmax(x, { out })).toBe(out);
    const third = Math.fround(1 / 3);
    expect([...out]).toEqual([third, third, third]);
    // The new buffer shows the same elements.
    expect([...new Float32Array(k.memory.buffer, out.byteOffset, 3)]).toEqual([...out]);
    labels[0] = 2;
    expect(k.crossEntropy(x, labels)).toBeCloseTo(Math.log(3), 6);
  });

  describe.each(backends)('views of plain memory that grew, $name', ({ name }) => {
    const k = loadSync({ backend: name, memory: memories[1].create(1) });
    const x = k.alloc(6);
    const labels = k.alloc(2, 'i32');
    const place = bytes(x);
    const part = x.subarray(3);
    const partOfLabels = labels.subarray(1);
    const empty = k.alloc(0);
    anew(k, place).fill(0);
    k.alloc(2 ** 22);
    const calls: Record<string, (gone: Float32Array) => unknown> = {
      'softmax: x': (gone) => k.softmax(gone),
      'softmax: out': (out) => k.softmax([1, 2, 3, 4, 5, 6], { cols: 3, out }),
      'logSoftmax: x': (gone) => k.logSoftmax(gone, { cols: 3 }),
      'logSoftmax: out': (out) => k.logSoftmax([1, 2, 3], { out }),
      'logSumExp: x': (gone) => k.logSumExp(gone),
      'logSumExp: out': (out) => k.logSumExp([1, 2], { cols: 1, out }),
      'crossEntropy: logits': (gone) => k.crossEntropy(gone, []),
      'crossEntropy: gradient': (gradient) => k.crossEntropy([1, 2], [0], { gradient }),
    };

    test.each(Object.keys(calls))('%s: TypeError', (argument) => {
      for (const gone of [x, part, empty]) {
        expect(() => calls[argument](gone)).toThrow(TypeError);
        expect(() => calls[argument](gone)).toThrow(`${argument} must be attached to its memory`);
      }
    });

    test('crossEntropy: target: TypeError', () => {
      for (const gone of [labels, partOfLabels]) {
        expect(() => k.crossEntropy([1, 2], gone)).toThrow(TypeError);
        expect(() => k.crossEntropy([1, 2], gone)).toThrow('crossEntropy: target must be attached');
      }
    });

    test('taken anew they work, and free takes the old ones', () => {
      const now = new Float32Array(k.memory.buffer, ...([place[0], 6] as const));
      expect(k.softmax(now, { cols: 2, out: now })).toBe(now);
      expect([...now]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
      k.free(x);
      k.free(labels);
      expect(k.alloc(6).byteOffset).toBe(place[0]);
    });
  });

  test('arrays sent away are refused too; empty ones are not', () => {
    const k = loadSync();
    const sent = new Float32Array(4);
    structuredClone(sent, { transfer: [sent.buffer] });
    expect(() => k.softmax(sent)).toThrow('softmax: x must be attached to its memory');
    expect(k.softmax(new Float32Array(0))).toEqual(new Float32Array(0));
    expect(k.softmax(k.alloc(0))).toEqual(new Float32Array(0));
  });
});

/** Numbers that no operation would write. */
const mark = (view: Int32Array): Int32Array => view.fill(0x5eed5eed);
const isMarked = (view: Int32Array): boolean => view.every((value) => value === 0x5eed5eed);

/** Results of all operations on data in and out of the memory, in pieces and in rows longer than the scratch. */
function work(k: Kernels, r: Random): Float32Array {
  const results: Float32Array[] = [];
  for (const cols of [1, 5, 77, 70_001]) {
    const rows = cols > 1000 ? 1 : 2 + r.below(20);
    const x = Float32Array.from({ length: rows * cols }, () => 5 * r.normal());
    const labels = Int32Array.from({ length: rows }, () => r.below(cols));
    const view = k.alloc(rows * cols);
    const place = bytes(view);
    for (const { run, shape } of rowForms) {
      const within = new Float32Array(k.memory.buffer, place[0], rows * cols);
      within.set(x);
      const copied = run(k, x, labels, { cols });
      const out = shape === 'elements' ? within : undefined;
      expect(firstDifference(run(k, within, labels, { cols }, out), copied)).toBe(-1);
      results.push(copied);
    }
    k.free(view);
  }
  const all = new Float32Array(results.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const result of results) {
    all.set(result, at);
    at += result.length;
  }
  return all;
}

describe.each(memories)('$name memory of the caller', ({ create }) => {
  test.each(backends)('$name: only pages got by growing are touched', ({ name }) => {
    const memory = create(3);
    mark(new Int32Array(memory.buffer));
    const k = loadSync({ backend: name, memory, maxBytes: 2 ** 21 });
    const first = memory.grow(2) * PAGE;
    mark(new Int32Array(memory.buffer, first, (2 * PAGE) / 4));
    const wanted = work(loadSync({ backend: name }), random(1));
    expect(firstDifference(work(k, random(1)), wanted)).toBe(-1);
    const second = memory.grow(1) * PAGE;
    mark(new Int32Array(memory.buffer, second, PAGE / 4));
    expect(firstDifference(work(k, random(1)), wanted)).toBe(-1);
    for (let i = 0; i < 6; i++) mark(k.alloc(40_000, 'i32'));
    k.close();
    const places = [
      [0, 3 * PAGE],
      [first, 2 * PAGE],
      [second, PAGE],
    ];
    for (const [start, length] of places) {
      expect(isMarked(new Int32Array(memory.buffer, start, length / 4))).toBe(true);
    }
  });

  test.each(backends)('$name: several kernels over one memory do not disturb each other', ({ name }) => {
    const memory = create(1);
    const others = backends.map(({ name: backend }) => loadSync({ backend, memory, maxBytes: 2 ** 21 }));
    const k = loadSync({ backend: name, memory, maxBytes: 2 ** 21 });
    const all = [k, ...others];
    const wanted = all.map(({ backend }) => work(loadSync({ backend }), random(2)));
    const kept: [number, number][] = [];
    for (let round = 0; round < 3; round++) {
      for (const [i, each] of all.entries()) {
        const view = each.alloc(30_000, 'i32');
        for (const [start, end] of kept) {
          expect(view.byteOffset >= end || view.byteOffset + 120_000 <= start).toBe(true);
        }
        kept.push(bytes(mark(view)));
        expect(firstDifference(work(each, random(2)), wanted[i])).toBe(-1);
      }
    }
    for (const place of kept) expect(isMarked(anew(k, place))).toBe(true);
  });

  test('a view from one kernel is used by another', () => {
    const memory = create(1);
    const [a, b] = [loadSync({ memory }), loadSync({ memory })];
    b.alloc(2 ** 20);
    const view = b.alloc(2 ** 21);
    view.set([1, 1, 2, 2]);
    const x = view.subarray(0, 4);
    expect(a.softmax(x, { cols: 2, out: x })).toBe(x);
    expect([...view.subarray(0, 4)]).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(() => a.softmax(x, { out: view.subarray(1, 5) })).toThrow(RangeError);
  });

  test('memory that cannot grow so far: a smaller scratch, or a RangeError', () => {
    const tight = loadSync({ memory: create(1, 10) });
    expect(tight.softmax([1, 1])).toEqual(new Float32Array([0.5, 0.5]));
    for (const pages of [1, 4]) {
      expect(() => loadSync({ memory: create(1, pages) })).toThrow(
        /^loadSync: \d+ bytes in one piece are needed, but the memory cannot grow so far/,
      );
    }
    const k = loadSync({ memory: create(1, 20), maxBytes: 2 ** 20 });
    expect(() => k.alloc(2 ** 18)).toThrow(/^alloc: /);
    expect(() => k.alloc(2 ** 16)).not.toThrow();
  });
});
