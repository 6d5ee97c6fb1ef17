/** Calls that a newcomer gets wrong: each is refused with the way out, or with what there is to choose from. */
import { describe, expect, test } from 'vitest';
import { type Kernels, loadSync } from '../../src/index.ts';
import { backends } from '../support/backends.ts';

/** Whatever types say: those who write JavaScript do not see them. */
type Loose = Record<Exclude<keyof Kernels, symbol>, (...args: unknown[]) => unknown>;

const x = [2, 1, 0.1, -1, 0, 1];
const floats = new Float32Array(x);
/** A tensor of TensorFlow.js, as far as it can be told by. */
const tensor = { shape: [2, 3], dtype: 'float32', data: async () => floats, dataSync: () => floats };

/** One of onnxruntime, whose data is still elsewhere. */
const onGpu = {
  dims: [2, 3],
  location: 'gpu-buffer',
  get data(): never {
    throw new Error('The data is not on CPU. Use `getData()` to download it.');
  },
};

const CASES: readonly [name: string, call: (k: Loose) => unknown, message: string][] = [
  // Logits of other kinds.
  [
    'a tensor of TensorFlow.js',
    (k) => k.softmax(tensor),
    'softmax: x must be a Float32Array, other floats or an array of numbers, but is an object (Object): ' +
      'give await x.data() or x.dataSync(), with shape: x.shape',
  ],
  [
    'a tensor of onnxruntime whose data is on a GPU',
    (k) => k.softmax(onGpu),
    'softmax: x.data must be at hand, but is not: The data is not on CPU. Use `getData()` to download it.',
  ],
  [
    'a tensor of strings',
    (k) => k.softmax({ dims: [2], data: ['a', 'b'], type: 'string' }),
    'softmax: x.data must be a typed array, but is an array of 2',
  ],
  [
    'a tensor of half precision that does not say which',
    (k) => k.softmax({ dims: [2, 3], data: new Uint16Array(6) }),
    "softmax: x is a Uint16Array: give dtype, 'float16' or 'bfloat16', to say what it holds",
  ],
  [
    'a tensor to write to',
    (k) => k.softmax(floats, { out: { dims: [2, 3], data: new Float32Array(6) } }),
    'softmax: out must be a Float32Array or half precision, but is an object (Object): give out.data',
  ],
  [
    'a forgotten await',
    (k) => k.logSoftmax(Promise.resolve(floats)),
    'logSoftmax: x must be a Float32Array, other floats or an array of numbers, but is an object (Promise): await it',
  ],
  [
    'nested arrays',
    (k) =>
      k.softmax([
        [1, 2],
        [3, 4],
      ]),
    'softmax: x[0] must be a number, but is an array of 2: flatten x.flat(), with cols: 2',
  ],
  [
    'arrays nested deeper',
    (k) => k.argmax([[[1, 2]], [[3, 4]]]),
    'argmax: x[0] must be a number, but is an array of 1: flatten x.flat(Infinity), with shape',
  ],
  [
    'rows that are arrays of their own',
    (k) => k.crossEntropy([floats, floats], [0, 1]),
    'crossEntropy: logits[0] must be a number, but is Float32Array(6): ' +
      'flatten logits.flatMap((row) => [...row]), with cols: 6',
  ],
  [
    'an ArrayBuffer',
    (k) => k.softmax(floats.buffer),
    'but is an object (ArrayBuffer): look at it through new Float32Array(x)',
  ],
  [
    'a DataView',
    (k) => k.softmax(new DataView(floats.buffer)),
    'but is DataView: copy its bytes, new Float32Array(x.buffer.slice(x.byteOffset, x.byteOffset + x.byteLength))',
  ],
  [
    'bytes, as files and sockets give them',
    (k) => k.softmax(new Uint8Array(floats.buffer)),
    'but is Uint8Array(24): copy its numbers, Float32Array.from(x), or its bytes, new Float32Array(Uint8Array.from(x).buffer)',
  ],
  ['integers', (k) => k.softmax(Int32Array.of(1, 2)), 'but is Int32Array(2): copy it, Float32Array.from(x)'],
  [
    'integers of 64 bits',
    (k) => k.softmax(BigInt64Array.of(1n, 2n)),
    'but is BigInt64Array(2): copy it, Float32Array.from(x, Number)',
  ],
  [
    'a Float32Array that went through JSON',
    (k) => k.softmax(JSON.parse(JSON.stringify(floats))),
    'but is an object (Object): copy it, Float32Array.from(Object.values(x))',
  ],
  ['a Set', (k) => k.softmax(new Set(x)), 'but is an object (Set): copy it, Float32Array.from(x)'],
  ['text', (k) => k.softmax(['1', '2']), "softmax: x[0] must be a number, but is '1': give 1"],

  // Rows and columns.
  [
    'cols for options',
    (k) => k.softmax(x, 3),
    'softmax: options must be an object, but is 3: give { cols: 3 }',
  ],
  ['out for options', (k) => k.softmax(floats, floats), 'but is Float32Array(6): give { out: it }'],
  ['cols as text', (k) => k.softmax(x, { cols: '3' }), "softmax: cols must be a number, but is '3': give 3"],
  [
    'cols that do not divide',
    (k) => k.softmax(x, { cols: 4 }),
    'softmax: the length of x must be a multiple of cols, 4, but is 6',
  ],
  [
    'missing cols',
    (k) => k.crossEntropy(new Float32Array(320), new Int32Array(32)),
    'crossEntropy: target must have one label per row, 1, but has 32: ' +
      'is cols missing? 320 elements in 32 rows have cols: 10',
  ],
  [
    'an axis without shape',
    (k) => k.softmax(x, { axis: 1 }),
    'softmax: axis is one of a shape: give shape, too',
  ],
  [
    'shape and cols',
    (k) => k.softmax(x, { shape: [2, 3], cols: 3 }),
    'give cols, or shape and axis, not both',
  ],
  [
    'the axis of another library',
    (k) => k.softmax(x, { shape: [2, 3], dim: 1 }),
    "softmax: unknown option 'dim', did you mean 'axis'?",
  ],
  ['more than there are', (k) => k.topK(x, 9), 'topK: k must be an integer from 1 to 6, but is 9'],

  // Labels.
  [
    'labels in a Float32Array, of log-probabilities',
    (k) => k.nllLoss(floats, Float32Array.of(0, 1), { cols: 3 }),
    'nllLoss: labels must be an Int32Array, another integer array or an array of integers, but is Float32Array(2): ' +
      'copy it, Int32Array.from(labels)',
  ],
  [
    'labels in a Float32Array, where probabilities may be',
    (k) => k.crossEntropy(floats, Float32Array.of(0, 1), { cols: 3 }),
    'crossEntropy: target must have 6 probabilities, but has 2: of labels give Int32Array.from(target)',
  ],
  [
    'labels that count from 1',
    (k) => k.crossEntropy(floats, [1, 3], { cols: 3 }),
    'crossEntropy: target must be in [0, 3) or ignoreIndex (-100), but is 3 in row 1',
  ],
  [
    'one-hot labels',
    (k) => k.perplexity(floats, Int32Array.of(0, 1, 0, 1, 0, 0), { cols: 3 }),
    'perplexity: labels must have one label per row, 2, but has 6: ' +
      'of one-hot rows argmax(Float32Array.from(labels), { cols: 3 }) gives the classes; ' +
      'yes-or-no labels of each element go with binaryCrossEntropy',
  ],
  [
    'one-hot rows',
    (k) => k.tokenLogProbs(floats, [[0, 1, 0]], { cols: 3 }),
    'tokenLogProbs: labels[0] must be an integer, but is an array of 3: flatten labels.flat()',
  ],
  [
    'a binary head',
    (k) => k.crossEntropy([0.3, -2], [1, 0], { cols: 1 }),
    'crossEntropy: target must be in [0, 1) or ignoreIndex (-100), but is 1 in row 0: ' +
      'yes-or-no labels of one column go with binaryCrossEntropy',
  ],
  [
    'a binary head without cols',
    (k) => k.crossEntropy([0.3, -2], [1, 0]),
    'yes-or-no labels of each element go with binaryCrossEntropy',
  ],
  [
    'integers for the target of a binary head',
    (k) => k.binaryCrossEntropy([0.3, -2], Int32Array.of(1, 0)),
    'binaryCrossEntropy: target must be a Float32Array, other floats or an array of numbers, but is Int32Array(2): ' +
      'copy it, Float32Array.from(target)',
  ],
  [
    'a promise of labels',
    (k) => k.calibration(floats, Promise.resolve([0]), { cols: 3 }),
    'but is an object (Promise): await it',
  ],
  [
    'probabilities for the logits of a temperature',
    (k) => k.fitTemperature([0.7, 0.2, 0.1, 0.1, 0.8, 0.1], [0, 1], { cols: 3 }),
    'all rows are: pass their logarithms',
  ],

  // Options.
  [
    'a misspelt option',
    (k) => k.softmax(x, { temprature: 0.7 }),
    "softmax: unknown option 'temprature', did you mean 'temperature'?",
  ],
  [
    'an option of another case',
    (k) => k.sample(x, { top_k: 3 }),
    "sample: unknown option 'top_k', did you mean 'topK'?",
  ],
  [
    'an option in few words',
    (k) => k.crossEntropy(x, [1], { smoothing: 0.1 }),
    "crossEntropy: unknown option 'smoothing', did you mean 'labelSmoothing'?",
  ],
  [
    'an option without effect',
    (k) => k.argmax(x, { temperature: 2 }),
    "argmax: option 'temperature' has no effect here; the options are cols, shape, axis",
  ],
  [
    'a temperature of elements',
    (k) => k.topK(x, 2, { temperature: 0.5 }),
    "topK: temperature has no effect on values: 'logits', but on 'probabilities' and 'logProbs'",
  ],
  [
    'a temperature of NaN',
    (k) => k.softmax(x, { temperature: Number.NaN }),
    'temperature must be at least 0, but is NaN',
  ],
  [
    'temperature and beta',
    (k) => k.softmax(x, { temperature: 2, beta: 0.5 }),
    'softmax: give temperature or beta = 1/temperature, not both',
  ],
  [
    'a reduction of another case',
    (k) => k.crossEntropy(x, [1], { reduction: 'Mean' }),
    "crossEntropy: reduction must be one of 'none', 'mean', 'sum', but is 'Mean'",
  ],
  [
    'a mask of booleans',
    (k) => k.softmax([1, 2], { mask: [true, false] }),
    'softmax: mask must be a Uint8Array, but is an array of 2: copy it, Uint8Array.from(mask), 1 = keep',
  ],
  [
    'a mask that is added',
    (k) => k.softmax([1, 2], { mask: Float32Array.of(0, -Infinity) }),
    'copy it, Uint8Array.from(mask), 1 = keep',
  ],
  [
    'an out too small',
    (k) => k.softmax(x, { out: new Float32Array(3) }),
    'softmax: out must have 6 elements, but has 3',
  ],
  [
    'an out of another type',
    (k) => k.softmax(x, { out: new Array(6) }),
    'softmax: out must be a Float32Array or half precision, but is an array of 6: make one by new Float32Array(6)',
  ],

  // Kernels.
  [
    'kernels that are closed',
    () => {
      const closed = loadSync({ backend: 'js' });
      closed.close();
      return closed.softmax(x);
    },
    'softmax: these kernels are closed: load others',
  ],
  [
    'threads at once',
    () => loadSync({ threads: 4 }),
    'loadSync: more threads than one take time to start: use load',
  ],
  [
    'a misspelt option of load',
    () => loadSync({ backends: 'simd' } as never),
    "loadSync: unknown option 'backends', did you mean 'backend'?",
  ],
];

describe.each(backends)('$name', ({ kernels }) => {
  test.each(CASES)('%s', (_, call, message) => {
    let thrown: unknown;
    try {
      call(kernels as unknown as Loose);
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof TypeError || thrown instanceof RangeError, String(thrown)).toBe(true);
    expect((thrown as Error).message).toContain(message);
  });
});

test('there are more of them than thirty', () => {
  expect(CASES.length).toBeGreaterThan(30);
});
