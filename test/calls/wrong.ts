/** Values that no caller should pass, and arrays that are not what they seem. */

/** What a getter of ours throws: an operation may pass it on, and must not have written anything by then. */
export class Sprung extends Error {}

const spring = (): never => {
  throw new Sprung();
};

/** Wrong values by what they are; `undefined` where there is none of the sort. */
export type Wrong = Record<string, (() => unknown) | undefined>;

/** Whatever is no number, no array and no object with properties of interest. */
export const NOTHING: Record<string, () => unknown> = {
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

/** What TypeScript's ES2022 does not know of. */
const Resizable = ArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(bytes: number): void };

type View = typeof Float32Array | typeof Int32Array | typeof Uint8Array | typeof BigInt64Array;
type Other = View | typeof Int8Array | typeof Float64Array;

export const floats = (n: number, fill = 0.5): Float32Array => new Float32Array(n).fill(fill);

/** A view whose buffer has gone. */
function detached(View: View, n: number): ArrayBufferView {
  const view = new View(n);
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}

/** A view that reaches beyond the end of its buffer, which has shrunk. */
function shrunk(View: View, n: number): ArrayBufferView {
  const bytes = n * View.BYTES_PER_ELEMENT;
  const buffer = new Resizable(bytes, { maxByteLength: bytes });
  const view = new View(buffer, 0, n);
  buffer.resize(0);
  return view;
}

/** Wrong for an array of `n` elements of a kind of view, where numbers will do or will not. */
function views(View: View, Other: Other, n: number, numbers: boolean): Wrong {
  const some = Math.max(n, 1);
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
    detached: () => detached(View, some),
    'of a shrunk buffer': () => shrunk(View, some),
    ...(numbers
      ? {
          'an array with text': () => Array(some).fill('1'),
          'an array with a bigint': () => Array(some).fill(1n),
          'an array with a hole': () => Array(some),
          'an array that springs': () => Object.defineProperty([0], 0, { get: spring }),
        }
      : { 'an array of numbers': () => Array(n).fill(0) }),
  };
}

/** Float64 is right where floats are read; half precision is, if something says which. */
const otherFloats = (n: number): Wrong => ({
  Float64Array: undefined,
  'a Uint16Array without dtype': () => new Uint16Array(n),
});

/** For an array that is read: `n` elements. */
export const wrongFloats = (n: number): Wrong => ({
  ...views(Float32Array, Int32Array, n, true),
  ...otherFloats(n),
  undefined: () => undefined,
  longer: () => floats(n + 1),
});

/** For an array that is written to, or may be left out. */
export const wrongOut = (n: number): Wrong => ({
  ...views(Float32Array, Int32Array, n, false),
  longer: () => floats(n + 1),
  shorter: n > 0 ? () => floats(n - 1) : undefined,
});

export const wrongLabels = (n: number, cols: number): Wrong => ({
  ...views(Int32Array, Float64Array, n, true),
  BigInt64Array: undefined,
  'an array with a bigint': undefined,
  undefined: () => undefined,
  longer: () => new Int32Array(n + 1),
  ...(n > 0 && {
    'BigInt64Array, too large': () => new BigInt64Array(n).fill(2n ** 32n),
    'BigUint64Array, too large': () => new BigUint64Array(n).fill(2n ** 64n - 1n),
    'Uint32Array, too large': () => new Uint32Array(n).fill(2 ** 32 - 1),
    'Uint8Array, longer': () => new Uint8Array(n + 1),
    'an array of bigints, too large': () => Array(n).fill(2n ** 70n),
    'a detached BigInt64Array': () => detached(BigInt64Array, n),
    'a detached Uint8Array': () => detached(Uint8Array, n),
    'a BigInt64Array of a shrunk buffer': () => shrunk(BigInt64Array, n),
    'below 0': () => new Int32Array(n).fill(-1),
    'as many as cols': () => new Int32Array(n).fill(cols),
    'an array of halves': () => Array(n).fill(0.5),
    'an array of NaN': () => Array(n).fill(Number.NaN),
    'an array of 2^32': () => Array(n).fill(2 ** 32),
  }),
});

export const wrongMask = (n: number): Wrong => ({
  ...views(Uint8Array, Int8Array, n, false),
  longer: () => new Uint8Array(n + 1),
});

/** For one number a column. */
export const wrongColumns = (cols: number): Wrong => ({
  ...views(Float32Array, Int32Array, cols, true),
  ...otherFloats(cols),
  longer: () => floats(cols + 1),
});

const NUMBERS = [
  ...[Number.NaN, Infinity, -Infinity, -1, -5e-324, 0.5, 1.5],
  ...[2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e308, -1e308],
];

/** Wrong for a number: all that is none, and those that `isRight` refuses. */
export function wrongNumbers(isRight: (n: number) => boolean): Wrong {
  const wrong = NUMBERS.filter((value) => !isRight(value));
  return { ...NOTHING, ...Object.fromEntries(wrong.map((value) => [String(value), () => value])) };
}

export const isCount =
  (low: number, high: number) =>
  (n: number): boolean =>
    Number.isInteger(n) && n >= low && n <= high;

export const isWithin =
  (low: number, high: number) =>
  (n: number): boolean =>
    n >= low && n <= high;

/** Options that no operation has, or few. */
export const UNKNOWN = ['temprature', 'Cols', 'rows', 'top_k', 'x', '', 'constructor', 'zLoss', 'bins'];

/** For the object of options. */
export const WRONG_OPTIONS: Wrong = {
  ...Object.fromEntries(
    ['null', 'true', 'text', 'digits', 'bigint', 'symbol', 'function'].map((name) => [name, NOTHING[name]]),
  ),
  number: () => 3,
};

export const wrongBatches = (cols: number): Wrong => ({
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
});

export const WRONG_STATS: Wrong = {
  ...NOTHING,
  number: () => 3,
  undefined: () => undefined,
  'an empty object': () => ({}),
  'plain arrays': () => ({ max: [0], sum: [1] }),
};

export const wrongBias = (cols: number): Wrong => ({
  ...NOTHING,
  number: () => 3,
  'an empty object': () => ({}),
  'ids alone': () => ({ ids: [0] }),
  'more ids than values': () => ({ ids: [0, 0], values: [1] }),
  'an id below 0': () => ({ ids: [-1], values: [1] }),
  'an id as large as cols': () => ({ ids: [cols], values: [1] }),
  'half an id': () => ({ ids: [0.5], values: [1] }),
  'NaN for a value': () => ({ ids: [0], values: [Number.NaN] }),
  'Infinity for a value': () => ({ ids: [0], values: [Infinity] }),
});

export const wrongPenalties = (rows: number, cols: number): Wrong => ({
  ...NOTHING,
  number: () => 3,
  'an empty object': () => ({}),
  'a token as large as cols': () => ({ history: [0, cols] }),
  'half a token': () => ({ history: [0.5] }),
  'a history too many': () => ({ history: Array.from({ length: rows + 1 }, () => [0]) }),
  'a history that is none': () => ({ history: Array.from({ length: Math.max(rows, 1) }, () => ({})) }),
  'no repetition': () => ({ history: [0], repetition: 0 }),
  'a negative repetition': () => ({ history: [0], repetition: -1 }),
  'an infinite frequency': () => ({ history: [0], frequency: Infinity }),
  'NaN for presence': () => ({ history: [0], presence: Number.NaN }),
  'text for presence': () => ({ history: [0], presence: '1' }),
});

export const wrongBits = (rows: number, cols: number): Wrong => {
  const words = Math.ceil(cols / 32);
  return {
    ...NOTHING,
    number: () => 3,
    'an array of numbers': () => Array(words).fill(-1),
    Uint8Array: () => new Uint8Array(words),
    Float32Array: () => new Float32Array(words),
    longer: () => new Int32Array(rows * words + words + 1).fill(-1),
    detached: () => detached(Int32Array, Math.max(words, 1)),
    ...(rows > 0 && cols > 0 && { 'nothing allowed': () => new Uint32Array(words) }),
  };
};

export const wrongXtc: Wrong = {
  ...NOTHING,
  number: () => 3,
  'an empty object': () => ({}),
  'no threshold': () => ({ probability: 1 }),
  'a probability above 1': () => ({ probability: 1.5, threshold: 0.1 }),
  'a negative threshold': () => ({ probability: 1, threshold: -0.1 }),
  'a threshold above 1': () => ({ probability: 1, threshold: 1.5 }),
};

/** Options of which one throws when it is read. */
export function sprung(options: object, name: string): object {
  const copy: Record<string, unknown> = { ...options };
  delete copy[name];
  return Object.defineProperty(copy, name, { get: spring, enumerable: true });
}
