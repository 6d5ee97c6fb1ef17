import { describe, expect, test } from 'vitest';
import { Arena } from '../../src/memory/arena.ts';
import type { Host } from '../../src/memory/host.ts';
import { crossEntropy } from '../../src/ops/cross-entropy.ts';
import { logSoftmax, logSumExp, softmax } from '../../src/ops/softmax.ts';
import { ACCURACY } from '../../src/raw/accuracy.ts';
import { createJs } from '../../src/raw/index.ts';
import { BLOCK_COLS } from '../../src/raw/sizes.ts';

const memory: { buffer: ArrayBufferLike } = { buffer: new SharedArrayBuffer(1 << 22) };
const kernels = createJs(memory);
// Byte offsets; x and out are no multiples of 8.
const X = 68;
const OUT = (1 << 20) + 20;
const LABELS = 2 << 20;
const LOSSES = (2 << 20) + (1 << 19);
const GRADIENT = 3 << 20;

const Inf = Infinity;

const f32 = (offset: number, n: number) => new Float32Array(memory.buffer, offset, n);

function run(
  kernel: 'softmaxF32' | 'logSoftmaxF32' | 'logSumExpF32',
  x: ArrayLike<number>,
  cols: number,
  beta = 1,
): number[] {
  const rows = cols === 0 ? 1 : x.length / cols;
  f32(X, x.length).set(x);
  kernels[kernel](X, OUT, rows, cols, beta);
  return [...f32(OUT, kernel === 'logSumExpF32' ? rows : x.length)];
}

function runLoss(
  x: ArrayLike<number>,
  label: number,
  beta = 1,
  scale = 1,
): { loss: number; gradient: number[] } {
  f32(X, x.length).set(x);
  new Int32Array(memory.buffer, LABELS, 1)[0] = label;
  kernels.crossEntropyF32(X, LABELS, 0, 0, LOSSES, GRADIENT, 1, x.length, beta, -100, scale, 0, 0);
  return {
    loss: new Float64Array(memory.buffer, LOSSES, 1)[0],
    gradient: [...f32(GRADIENT, x.length)],
  };
}

/** The number of float32 values between two; NaN equals NaN. */
function steps(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) === Number.isNaN(b) ? 0 : Inf;
  const bits = new Int32Array(new Float32Array([a, b]).buffer);
  const [p, q] = [...bits].map((i) => (i < 0 ? -(i & 0x7fffffff) : i));
  return Math.abs(p - q);
}

function worstSteps(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let worst = 0;
  for (let i = 0; i < want.length; i++) worst = Math.max(worst, steps(got[i], want[i]));
  return worst;
}

/** The formulas in float64, finite x and beta: far more exact than float32. */
function oracle(x: Float32Array, beta: number, label: number) {
  const max = x.reduce((a, b) => Math.max(a, b), -Inf);
  const top = x.indexOf(max);
  const e = Array.from(x, (v) => Math.exp(beta * (v - max)));
  const others = e.reduce((sum, v, i) => (i === top ? sum : sum + v), 0);
  const total = 1 + others;
  const logTotal = Math.log1p(others);
  return {
    softmax: e.map((v) => v / total),
    logSoftmax: Array.from(x, (v) => beta * (v - max) - logTotal),
    logSumExp: beta * max + logTotal,
    loss: beta * (max - x[label]) + logTotal,
    gradient: e.map((v, i) =>
      i === label
        ? (-beta * e.reduce((sum, w, j) => (j === label ? sum : sum + w), 0)) / total
        : (beta * v) / total,
    ),
  };
}

/** Reproducible uniform numbers in 0…1. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const u = uniform(7);
const normal = () => (u() + u() + u() + u() - 2) * 1.7;
const families: Record<string, () => number> = {
  normal,
  'offset 1e4': () => 1e4 + normal(),
  'offset -1e4': () => -1e4 + normal(),
  '90 to 100': () => 90 + 10 * u(),
  'spread 200': () => (u() - 0.5) * 200,
  'one-hot': () => (u() < 0.1 ? 30 : 0),
  'all equal': () => 3.25,
  subnormal: () => normal() * 1e-40,
  huge: () => (u() - 0.5) * 6.8e38,
};
const lengths = [1, 2, 3, 4, 5, 7, 8, 16, 31, 64, 65, 127, 1000, 4095, 4096, 4097, 10000, 50257];

describe.each(Object.entries(families))('%s', (_, draw) => {
  test.each([1, 0.37, 25, 1e-38, 1e-300, 1e300, 5e-324])('within 1 step at beta %s', (beta) => {
    for (const cols of lengths) {
      if (cols > 1000 && beta !== 1 && beta !== 0.37) continue;
      const x = Float32Array.from({ length: cols }, draw);
      const label = Math.floor(u() * cols);
      const want = oracle(x, beta, label);
      expect(worstSteps(run('softmaxF32', x, cols, beta), want.softmax)).toBeLessThanOrEqual(
        ACCURACY.steps.js,
      );
      expect(worstSteps(run('logSoftmaxF32', x, cols, beta), want.logSoftmax)).toBeLessThanOrEqual(
        ACCURACY.steps.js,
      );
      const lse = run('logSumExpF32', x, cols, beta)[0];
      if (Math.abs(want.logSumExp) >= 1)
        expect(steps(lse, want.logSumExp)).toBeLessThanOrEqual(ACCURACY.steps.js);
      else expect(Math.abs(lse - want.logSumExp)).toBeLessThan(2 ** -24);
      const { loss, gradient } = runLoss(x, label, beta);
      expect(steps(loss, want.loss)).toBeLessThanOrEqual(ACCURACY.steps.js);
      expect(worstSteps(gradient, want.gradient)).toBeLessThanOrEqual(ACCURACY.steps.js);
    }
  });
});

/** A host with room for so many bytes at a time; longer rows go in parts. */
function createHost(bytes: number): Host {
  const arena = new Arena(new WebAssembly.Memory({ initial: 0, maximum: 64 }), 1 << 22);
  const raw = createJs(arena);
  const scratch = { start: arena.allocBytes('test', bytes), bytes };
  return { raw, alone: raw, manyElements: 0, arena, scratch };
}

const whole = createHost(1 << 20);
const byOneBlock = createHost(BLOCK_COLS * 4 + 1024);
const byTwoBlocks = createHost(2 * BLOCK_COLS * 4 + 1024);

/** Every result for a row, one after the other. */
function resultsOf(host: Host, x: Float32Array, label: number, beta: number): Float64Array {
  const gradient = new Float32Array(x.length);
  const target = [label];
  const all = [
    softmax(host, x, { beta }),
    logSoftmax(host, x, { beta }),
    logSumExp(host, x, { beta }),
    [crossEntropy(host, x, target, { beta }) as number],
    [crossEntropy(host, x, target, { beta, gradient }) as number],
    gradient,
  ];
  const results = new Float64Array(3 * x.length + 3);
  let at = 0;
  for (const result of all) {
    results.set(result, at);
    at += result.length;
  }
  return results;
}

/** Where the results of a row in parts differ from those of the whole row. */
function differences(x: Float32Array, label: number, beta: number): number[] {
  const want = resultsOf(whole, x, label, beta);
  return [byOneBlock, byTwoBlocks].map((host) => {
    const got = resultsOf(host, x, label, beta);
    return got.findIndex((value, i) => !Object.is(value, want[i]));
  });
}

describe('same bits', () => {
  test.each([4700, 8192, 8193, 12288, 50257])('whole row or parts, %i columns', (cols) => {
    for (const [name, draw] of Object.entries(families)) {
      for (const beta of [1, 0.3, 0, Inf]) {
        const x = Float32Array.from({ length: cols }, draw);
        for (const label of [0, BLOCK_COLS, cols - 1, x.indexOf(x.reduce((a, b) => Math.max(a, b)))]) {
          expect(differences(x, label, beta), name).toEqual([-1, -1]);
        }
      }
    }
  });
  const specials: Record<string, (x: Float32Array) => unknown> = {
    'one NaN': (x) => x.set([NaN], 5000),
    'one Infinity': (x) => x.set([Inf], 5000),
    'nothing but −Infinity': (x) => x.fill(-Inf),
    '−Infinity but for one': (x) => x.fill(-Inf).set([3], 5000),
    '−Infinity but for one, and NaN': (x) => x.fill(-Inf).set([3, NaN], 5000),
    'NaN and −Infinity': (x) => x.fill(-Inf).set([NaN], 5000),
  };
  test.each(Object.entries(specials))('whole row or parts, %s', (_, change) => {
    for (const beta of [1, 0, Inf]) {
      const x = Float32Array.from({ length: 9000 }, normal);
      change(x);
      for (const label of [0, 5000, 8999]) {
        expect(differences(x, label, beta)).toEqual([-1, -1]);
      }
    }
  });
  test.each([2, 3, 10, 64, 1000, 5000])(
    'batch or row by row, in place or not, any offset, %i columns',
    (cols) => {
      const rows = Math.min(700, Math.floor(20000 / cols));
      const x = Float32Array.from({ length: rows * cols }, normal);
      for (const kernel of ['softmaxF32', 'logSoftmaxF32'] as const) {
        const batch = run(kernel, x, cols);
        const single: number[] = [];
        for (let row = 0; row < rows; row++) {
          for (const v of run(kernel, x.subarray(row * cols, (row + 1) * cols), cols)) single.push(v);
        }
        expect(single).toEqual(batch);
        const at = X + 4;
        f32(at, x.length).set(x);
        kernels[kernel](at, at, rows, cols, 1);
        expect([...f32(at, x.length)]).toEqual(batch);
      }
    },
  );
  test('gradient in place of the logits', () => {
    const x = Float32Array.from({ length: 5000 }, normal);
    const { loss, gradient } = runLoss(x, 17, 0.7, 0.25);
    kernels.crossEntropyF32(X, LABELS, 0, 0, LOSSES, X, 1, 5000, 0.7, -100, 0.25, 0, 0);
    expect(new Float64Array(memory.buffer, LOSSES, 1)[0]).toBe(loss);
    expect([...f32(X, 5000)]).toEqual(gradient);
  });
  test('nothing is written beside out', () => {
    f32(OUT - 4, 13).fill(7);
    run('softmaxF32', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 11);
    expect([f32(OUT - 4, 1)[0], f32(OUT + 44, 1)[0]]).toEqual([7, 7]);
  });
});

describe('parts of a row', () => {
  test('the summand to skip is neither summed nor written', () => {
    f32(X, 3).set([1, 900, 1]);
    f32(OUT, 3).set([7, 7, 7]);
    kernels.expSumF32(X, OUT, LOSSES, 3, 1, 1, 1);
    const sum = new Float64Array(memory.buffer, LOSSES, 1)[0];
    const [y0, left, y2] = f32(OUT, 3);
    expect([y0 + y2, left]).toEqual([sum, 7]);
    expect(kernels.logTotalF32(kernels.totalF32(sum, 1, 1), 1, 1)).toBeCloseTo(Math.LN2, 15);
  });
  test('the first index of a value, or of NaN', () => {
    f32(X, 5).set([3, 2, NaN, 2, NaN]);
    expect([2, NaN, 1].map((value) => kernels.indexOfF32(X, 5, value))).toEqual([1, 2, -1]);
    expect(kernels.indexOfF32(X, 2, NaN)).toBe(-1);
  });
  test('softplus and sigmoid', () => {
    expect(kernels.softplus(0)).toBeCloseTo(Math.LN2, 15);
    expect(kernels.sigmoid(0)).toBe(0.5);
  });
});

describe('one column', () => {
  test.each([1, 0, 0.3, 1e-300, 1e300, Inf])('is certain, at beta %s', (beta) => {
    const x = [0, -0, 1, -7.5, 3e38, 1e-45, -Inf, NaN, Inf];
    const isDefined = x.map((v) => Number.isFinite(v) || (v === Inf && beta === Inf));
    expect(run('softmaxF32', x, 1, beta)).toEqual(isDefined.map((is) => (is ? 1 : NaN)));
    expect(run('logSoftmaxF32', x, 1, beta)).toEqual(isDefined.map((is) => (is ? 0 : NaN)));
    for (const [i, v] of x.entries()) {
      const want = isDefined[i] ? 0 : NaN;
      expect(runLoss([v], 0, beta)).toEqual({ loss: want, gradient: [want] });
    }
  });
});

describe('edge cases', () => {
  const third = Math.fround(1 / 3);
  const ln2 = Math.fround(Math.LN2);
  // x, beta, softmax, logSoftmax, logSumExp
  const cases: [number[], number, number[], number[], number][] = [
    [[1, NaN, 2], 1, [NaN, NaN, NaN], [NaN, NaN, NaN], NaN],
    [[NaN, Inf, -Inf], 1, [NaN, NaN, NaN], [NaN, NaN, NaN], NaN],
    [[NaN, -Inf], 1, [NaN, NaN], [NaN, NaN], NaN],
    [[NaN, 1], 0, [NaN, NaN], [NaN, NaN], NaN],
    [[NaN, 1], Inf, [NaN, NaN], [NaN, NaN], NaN],
    [[NaN, Inf], Inf, [NaN, NaN], [NaN, NaN], NaN],
    [[1, Inf, 2], 1, [NaN, NaN, NaN], [NaN, NaN, NaN], Inf],
    [[1, Inf], 0, [NaN, NaN], [NaN, NaN], Inf],
    [[-Inf, 0, 0], 1, [0, 0.5, 0.5], [-Inf, -ln2, -ln2], ln2],
    [[-Inf, -Inf], 1, [NaN, NaN], [NaN, NaN], -Inf],
    [[-Inf, -Inf], 0, [NaN, NaN], [NaN, NaN], -Inf],
    [[-Inf, -Inf], Inf, [NaN, NaN], [NaN, NaN], -Inf],
    [[1, 3, 3, -Inf], Inf, [0, 0.5, 0.5, 0], [-Inf, -ln2, -ln2, -Inf], Inf],
    [[-1, -3, -1], Inf, [0.5, 0, 0.5], [-ln2, -Inf, -ln2], -Inf],
    [[0, 0, -1], Inf, [0.5, 0.5, 0], [-ln2, -ln2, -Inf], ln2],
    [[Inf, 1, Inf, -Inf], Inf, [0.5, 0, 0.5, 0], [-ln2, -Inf, -ln2, -Inf], Inf],
    [[1e-45, 0], Inf, [1, 0], [0, -Inf], Inf],
    [[3e38, -3e38], 0, [0.5, 0.5], [-ln2, -ln2], ln2],
    [[1, -Inf, 900], 0, [0.5, 0, 0.5], [-ln2, -Inf, -ln2], ln2],
    [[3.4e38, -3.4e38], 1e300, [1, 0], [0, -Inf], Inf],
    [[5, 5, 5], 1e300, [third, third, third], Array(3).fill(Math.fround(-Math.log(3))), Inf],
    [[-7.5], 1, [1], [0], -7.5],
    [[-7.5], 0, [1], [0], 0],
    [[-7.5], Inf, [1], [0], -Inf],
    [[Inf], Inf, [1], [0], Inf],
    [[Inf], 1, [NaN], [NaN], Inf],
    [[], 1, [], [], -Inf],
  ];
  test.each(cases)('x = %o, beta = %s', (x, beta, softmax, logSoftmax, logSumExp) => {
    expect(run('softmaxF32', x, x.length, beta)).toEqual(softmax);
    expect(run('logSoftmaxF32', x, x.length, beta)).toEqual(logSoftmax);
    expect(run('logSumExpF32', x, x.length, beta)).toEqual([logSumExp]);
    // Rows beside it are untouched by it.
    if (x.length > 0) {
      const alone = run('softmaxF32', Array(x.length).fill(1), x.length, beta);
      expect(run('softmaxF32', [...x, ...Array(x.length).fill(1), ...x], x.length, beta)).toEqual([
        ...softmax,
        ...alone,
        ...softmax,
      ]);
    }
  });
  test('NaN in any place of a long row', () => {
    for (const at of [0, 1, 4095, 4096, 8999]) {
      const x = new Float32Array(9000);
      x[at] = NaN;
      for (const kernel of ['softmaxF32', 'logSoftmaxF32', 'logSumExpF32'] as const) {
        expect(run(kernel, x, 9000).every(Number.isNaN)).toBe(true);
      }
    }
  });
  test('zero rows', () => {
    f32(OUT, 4).fill(7);
    kernels.softmaxF32(X, OUT, 0, 4, 1);
    kernels.logSumExpF32(X, OUT, 0, 4, 1);
    expect([...f32(OUT, 4)]).toEqual([7, 7, 7, 7]);
  });
});

describe('crossEntropyF32', () => {
  test('a confident, right prediction', () => {
    expect(runLoss([40, 0, 0], 0).loss).toBeCloseTo(8.49670851058e-18, 29);
    expect(runLoss([200, 0], 0).loss).toBeCloseTo(1.3838965267367376e-87, 98);
    const { gradient } = runLoss([40, 0, 0], 0);
    expect(steps(gradient[0], -8.49670851058e-18)).toBeLessThanOrEqual(ACCURACY.steps.js);
  });
  // x, label, beta, loss, gradient
  const cases: [number[], number, number, number, number[]][] = [
    [[1, NaN, 2], 0, 1, NaN, [NaN, NaN, NaN]],
    [[1, Inf], 0, 1, NaN, [NaN, NaN]],
    [[-Inf, -Inf], 0, 1, NaN, [NaN, NaN]],
    [[0, -Inf, 0], 1, 1, Inf, [0.5, -1, 0.5]],
    [[0, -Inf], 0, 1, 0, [0, 0]],
    [[0, -Inf, NaN], 1, 1, NaN, [NaN, NaN, NaN]],
    [[0, -Inf, 0], 1, 0, Inf, [0, -0, 0]],
    [[5, 7], 0, 0, Math.LN2, [0, -0]],
    [[5, 7], 0, Inf, Inf, [-Inf, Inf]],
    [[5, 7], 1, Inf, 0, [0, 0]],
    [[7, 7, 1], 1, Inf, Math.LN2, [Inf, -Inf, 0]],
    [[7, Inf, Inf], 1, Inf, Math.LN2, [0, -Inf, Inf]],
    [[7, Inf, Inf], 0, Inf, Inf, [-Inf, Inf, Inf]],
    [[-3], 0, 1, 0, [0]],
  ];
  test.each(cases)('x = %o, label %i, beta %s', (x, label, beta, loss, gradient) => {
    const got = runLoss(x, label, beta);
    if (Number.isFinite(loss)) expect(got.loss).toBeCloseTo(loss, 15);
    else expect(got.loss).toBe(loss);
    expect(got.gradient.map((v) => v + 0)).toEqual(gradient.map((v) => v + 0));
  });
  test('ignored rows cost nothing and are not read', () => {
    const cols = 3;
    const rows = 1500;
    const x = Float32Array.from({ length: rows * cols }, normal);
    const labels = Int32Array.from({ length: rows }, () => (u() < 0.3 ? -100 : Math.floor(u() * cols)));
    for (let row = 0; row < rows; row++) if (labels[row] < 0) x[row * cols] = NaN;
    f32(X, x.length).set(x);
    new Int32Array(memory.buffer, LABELS, rows).set(labels);
    kernels.crossEntropyF32(X, LABELS, 0, 0, LOSSES, GRADIENT, rows, cols, 1, -100, 0.5, 0, 0);
    const losses = [...new Float64Array(memory.buffer, LOSSES, rows)];
    const gradient = [...f32(GRADIENT, rows * cols)];
    for (let row = 0; row < rows; row++) {
      const want =
        labels[row] < 0
          ? { loss: 0, gradient: [0, 0, 0] }
          : runLoss(x.subarray(row * cols, row * cols + cols), labels[row], 1, 0.5);
      expect(losses[row]).toBe(want.loss);
      expect(gradient.slice(row * cols, row * cols + cols)).toEqual(want.gradient);
    }
  });
  test('no gradient where none is asked for', () => {
    f32(GRADIENT, 3).fill(7);
    kernels.crossEntropyF32(X, LABELS, 0, 0, LOSSES, 0, 1, 3, 1, -100, 1, 0, 0);
    expect([...f32(GRADIENT, 3)]).toEqual([7, 7, 7]);
  });
});

describe('memory', () => {
  test('follows a buffer that is replaced', () => {
    const own: { buffer: ArrayBufferLike } = { buffer: new ArrayBuffer(64) };
    const on = createJs(own);
    own.buffer = new ArrayBuffer(128);
    new Float32Array(own.buffer, 64, 2).set([2, 2]);
    on.softmaxF32(64, 72, 1, 2, 1);
    expect([...new Float32Array(own.buffer, 72, 2)]).toEqual([0.5, 0.5]);
  });
  test('reaches beyond 2^31 bytes', () => {
    const own = new WebAssembly.Memory({ initial: 32770 });
    const on = createJs(own);
    const at = 2 ** 31 + 8;
    new Float32Array(own.buffer, at, 2).set([2, 2]);
    on.softmaxF32(at, at + 8, 1, 2, 1);
    expect([...new Float32Array(own.buffer, at + 8, 2)]).toEqual([0.5, 0.5]);
  });
});
