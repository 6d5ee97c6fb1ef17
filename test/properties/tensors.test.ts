/** Tensors of other libraries in the place of arrays: their data, and their shape unless another is given. */
import { describe, expect, test } from 'vitest';
import type { Floats, Kernels, Labels } from '../../src/index.ts';
import { backends } from '../support/backends.ts';
import { random } from '../support/random.ts';

const r = random(20);
const DIMS = [2, 5, 3];
const x = Float32Array.from({ length: 30 }, () => Math.fround(3 * r.normal()));
const positive = Float32Array.from(x, Math.exp);
/** Labels along the last axis, and along axis 1. */
const LABELS = { last: [0, 1, 2, 1, 0, 2, 2, 1, 0, 0], middle: [4, 0, 1, 3, 2, 2] };

type Layout = { cols?: number; shape?: readonly number[]; axis?: number };
type Call = (k: Kernels, x: Floats, layout: Layout, labels: Labels, p: Floats) => unknown;

const CALLS: Record<string, Call> = {
  softmax: (k, t, o) => k.softmax(t, o),
  'softmax, masked': (k, t, o) => k.softmax(t, { ...o, mask: new Uint8Array(30).fill(1, 0, 25) }),
  logSoftmax: (k, t, o) => k.logSoftmax(t, o),
  logSumExp: (k, t, o) => k.logSumExp(t, o),
  argmax: (k, t, o) => k.argmax(t, o),
  hardmax: (k, t, o) => k.hardmax(t, o),
  topK: (k, t, o) => k.topK(t, 2, o),
  sample: (k, t, o) => k.sample(t, { ...o, seed: 1 }),
  rowStats: (k, t, o) => k.rowStats(t, o),
  crossEntropy: (k, t, o, labels) => k.crossEntropy(t, labels, o),
  'crossEntropy of probabilities': (k, t, o, _, p) => k.crossEntropy(t, p, o),
  nllLoss: (k, t, o, labels) => k.nllLoss(t, labels, o),
  tokenLogProbs: (k, t, o, labels) => k.tokenLogProbs(t, labels, o),
  perplexity: (k, t, o, labels) => k.perplexity(t, labels, o),
  binaryCrossEntropy: (k, t, o, _, p) => k.binaryCrossEntropy(t, p, o),
  calibration: (k, t, o, labels) => k.calibration(t, labels, o),
  fitTemperature: (k, t, o, labels) => k.fitTemperature(t, labels, o),
  softmaxGradient: (k, t, o, _, p) => k.softmaxGradient(p, t, o),
};

describe.each(backends)('$name', ({ kernels: k }) => {
  describe.each(Object.entries(CALLS))('%s', (_, call) => {
    test.each([
      ['dims', { dims: DIMS }],
      ['shape', { shape: DIMS }],
    ])('a tensor with %s', (_name, own) => {
      const logits = { data: x, type: 'float32', ...own };
      const labels = (values: number[]) => ({
        data: BigInt64Array.from(values, BigInt),
        dims: [values.length],
      });
      const p = { data: positive, ...own };
      const { last, middle } = LABELS;
      expect(call(k, logits, {}, labels(last), p)).toEqual(call(k, x, { cols: 3 }, last, positive));
      const along = { shape: DIMS, axis: 1 };
      const expected = call(k, x, along, middle, positive);
      expect(call(k, logits, { axis: 1 }, labels(middle), p)).toEqual(expected);
      expect(call(k, logits, { axis: -2 }, labels(middle), p)).toEqual(expected);
      // What the options say goes.
      expect(call(k, logits, { cols: 5 }, labels(middle), p)).toEqual(
        call(k, x, { cols: 5 }, middle, positive),
      );
      expect(call(k, logits, { shape: [6, 5] }, labels(middle), p)).toEqual(
        call(k, x, { cols: 5 }, middle, positive),
      );
    });
  });

  test('elementwise', () => {
    expect(k.sigmoid({ data: x, dims: DIMS })).toEqual(k.sigmoid(x));
    expect(k.sigmoidGradient({ data: positive, dims: DIMS }, { data: x, dims: DIMS })).toEqual(
      k.sigmoidGradient(positive, x),
    );
  });

  test('half precision, by the type that a tensor names', () => {
    const codes = Uint16Array.from({ length: 30 }, (_, i) => 0x3c00 + 37 * i);
    for (const type of ['float16', 'bfloat16'] as const) {
      const expected = k.softmax(codes, { dtype: type, cols: 3 });
      expect(k.softmax({ data: codes, dims: DIMS, type })).toEqual(expected);
      expect(k.softmax({ data: codes, shape: DIMS, dtype: type })).toEqual(expected);
      expect(k.crossEntropy({ data: codes, dims: DIMS, type }, { data: codes, dims: DIMS, type })).toEqual(
        k.crossEntropy(codes, codes, { dtype: type, cols: 3 }),
      );
    }
  });

  test('in place: data of the kernels\u2019 memory, and what it must not overlap', () => {
    const data = k.alloc(30);
    data.set(x);
    const tensor = { data, dims: DIMS };
    expect(k.softmax(tensor, { out: data })).toBe(data);
    expect(data).toEqual(k.softmax(x, { cols: 3 }));
    const labels = { data: new Int32Array(10), dims: [10] };
    const gradient = new Float32Array(labels.data.buffer, 0, 10);
    expect(() => k.crossEntropy({ data: x.slice(0, 10), dims: [10, 1] }, labels, { gradient })).toThrow(
      /gradient and target must not overlap/,
    );
    k.free(data);
  });

  test.each([
    [
      'dimensions that are not the data',
      { data: x, dims: [2, 3] },
      {},
      RangeError,
      /product of shape.*\[2, 3\]/,
    ],
    ['no dimensions', { data: x.slice(0, 1), dims: [] }, {}, RangeError, /shape must be of at least one/],
    [
      'an axis outside',
      { data: x, dims: DIMS },
      { axis: 3 },
      RangeError,
      /axis must be an integer from -3 to 2/,
    ],
    ['both', { data: x, dims: DIMS }, { cols: 3, axis: 1 }, TypeError, /give cols, or shape and axis/],
    ['sizes that are none', { data: x, dims: [2, 7.5, 2] }, {}, RangeError, /shape\[1\]/],
    [
      'integers',
      { data: new Int32Array(30), dims: DIMS },
      {},
      TypeError,
      /x must be .* but is Int32Array\(30\)/,
    ],
  ])('%s', (_, tensor, options, error, message) => {
    expect(() => k.softmax(tensor, options)).toThrow(error);
    expect(() => k.softmax(tensor, options)).toThrow(message);
  });
});
