// Values that no caller should pass, and arrays that are not what they seem.

/** What a getter of ours throws: an operation may pass it on, and must not have written anything by then. */
export class Sprung extends Error {}

const spring = () => {
  throw new Sprung();
};

/** Whatever is no number, no array and no object with properties of interest. */
export const NOTHING = {
  null: () => null,
  true: () => true,
  text: () => 'softmax',
  digits: () => '3',
  bigint: () => 3n,
  symbol: () => Symbol('s'),
  function: () => () => 3,
  'an array of an array': () => [[1]],
  'a date': () => new Date(0),
  'an object without a class': () => Object.create(null),
  'an object that springs': () => ({ valueOf: spring, toString: spring, [Symbol.toPrimitive]: spring }),
};

const floats = (n, fill = 0.5) => new Float32Array(n).fill(fill);

/** A view whose buffer has gone. */
function detached(View, n) {
  const view = new View(n);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

/** A view that reaches beyond the end of its buffer, which has shrunk. */
function shrunk(View, n) {
  const bytes = Math.max(n, 1) * View.BYTES_PER_ELEMENT;
  const buffer = new ArrayBuffer(bytes, { maxByteLength: bytes });
  const view = new View(buffer, 0, Math.max(n, 1));
  buffer.resize(0);
  return view;
}

/** Wrong for an array of `n` elements of a kind of view, where numbers will do or will not. */
function views(View, Other, n, numbers) {
  return {
    ...NOTHING,
    number: () => 3,
    'an ArrayBuffer': () => new ArrayBuffer(4 * n),
    'a DataView': () => new DataView(new ArrayBuffer(4 * n)),
    Float64Array: () => new Float64Array(n),
    BigInt64Array: () => new BigInt64Array(n),
    [Other.name]: () => new Other(n),
    'a proxy': () => new Proxy(new View(n), {}),
    'the prototype alone': () => Object.create(View.prototype),
    detached: () => detached(View, Math.max(n, 1)),
    'of a shrunk buffer': () => shrunk(View, n),
    ...(numbers
      ? {
          'an array with text': () => Array(Math.max(n, 1)).fill('1'),
          'an array with a bigint': () => Array(Math.max(n, 1)).fill(1n),
          'an array with a hole': () => Array(Math.max(n, 1)),
          'an array that springs': () => Object.defineProperty([0], 0, { get: spring }),
        }
      : { 'an array of numbers': () => Array(n).fill(0) }),
  };
}

/** Wrong for a number: all that is none, and those that `isRight` refuses. */
export function numbers(isRight) {
  const values = [
    Number.NaN,
    Infinity,
    -Infinity,
    -1,
    -5e-324,
    0.5,
    1.5,
    2 ** 31,
    2 ** 53,
    2 ** 53 + 2,
    1e308,
    -1e308,
  ];
  const wrong = values.filter((value) => !isRight(value));
  return { ...NOTHING, ...Object.fromEntries(wrong.map((value) => [String(value), () => value])) };
}

const isCount = (low, high) => (n) => Number.isInteger(n) && n >= low && n <= high;
const within = (low, high) => (n) => n >= low && n <= high;
const isInt32 = (n) => (n | 0) === n;

/** By kind of argument: wrong values of it, for operations on `[rows, cols]`. */
export const HOSTILE = {
  options: () => ({
    ...NOTHING,
    number: () => 3,
    'an array of an array': undefined,
    'a date': undefined,
    'an object without a class': undefined,
    'an object that springs': undefined,
    function: () => () => 3,
  }),
  floats: (n) => ({
    ...views(Float32Array, Int32Array, n, true),
    undefined: () => undefined,
    longer: () => floats(n + 1),
  }),
  written: (n) => ({
    ...views(Float32Array, Int32Array, n, false),
    longer: () => floats(n + 1),
    shorter: n > 0 ? () => floats(n - 1) : undefined,
  }),
  labels: (n, cols) => ({
    ...views(Int32Array, Uint8Array, n, true),
    undefined: () => undefined,
    longer: () => new Int32Array(n + 1),
    ...(n > 0 && {
      'below 0': () => new Int32Array(n).fill(-1),
      'as many as cols': () => new Int32Array(n).fill(cols),
      'an array of halves': () => Array(n).fill(0.5),
      'an array of NaN': () => Array(n).fill(Number.NaN),
      'an array of 2^32': () => Array(n).fill(2 ** 32),
    }),
  }),
  mask: (n) => ({ ...views(Uint8Array, Int8Array, n, false), longer: () => new Uint8Array(n + 1) }),
  columns: (n) => ({ ...views(Float32Array, Int32Array, n, true), longer: () => floats(n + 1) }),
  cols: (n) => ({
    ...numbers((value) => value > 0 && n % value === 0),
    'no divisor': n > 0 ? () => n + 1 : undefined,
  }),
  scale: () => numbers(within(0, Infinity)),
  share: () => numbers(within(0, 1)),
  weighing: () => numbers(within(0, 1.7e308)),
  posWeight: () => ({ ...NOTHING, 'an array of text': () => ['1'] }),
  reduction: () => ({ ...NOTHING, number: () => 3, Mean: () => 'Mean' }),
  index: () => numbers(isInt32),
  k: (cols) => ({ ...numbers(isCount(1, cols)), none: () => 0, 'one too many': () => cols + 1 }),
  count: () => numbers(isCount(0, Number.MAX_SAFE_INTEGER)),
  bins: () => ({ ...numbers(isCount(1, 1e6)), none: () => 0 }),
  batches: (cols) => ({
    ...NOTHING,
    function: undefined,
    number: () => 3,
    undefined: () => undefined,
    'a list': () => [],
    'a function that springs': () => spring,
    'nothing to iterate over': () => () => 3,
    'no batch': () => () => [undefined],
    'an empty batch': () => () => [{}],
    'no batches': () => () => [],
    'a wrong label': () => () => [{ logits: floats(cols), labels: [cols] }],
    'a batch without labels': () => () => [{ logits: floats(cols) }],
    'a batch that springs': () => () => [Object.defineProperty({}, 'logits', { get: spring })],
    'a second batch with a special value': () => () => [
      { logits: floats(cols), labels: [0] },
      { logits: floats(cols, Number.NaN), labels: [0] },
    ],
  }),
  stats: () => ({
    ...NOTHING,
    number: () => 3,
    undefined: () => undefined,
    'an empty object': () => ({}),
    'plain arrays': () => ({ max: [0], sum: [1] }),
  }),
};

/** An option that throws when it is read. */
export function sprung(options, name) {
  const copy = { ...options };
  delete copy[name];
  return Object.defineProperty(copy, name, { get: spring, enumerable: true });
}
