// One call of an operation, made up from a few small numbers: its arrays, each with guards around it, and its options.
import { HOSTILE, sprung } from './hostile.mjs';
import { OPERATIONS } from './operations.mjs';

export const IGNORED = -100;
const GUARD = 64;
const PATTERN = 0xa5;
const SPECIAL = [Number.NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45, 0, -0];

/** Numbers from 0 to 1. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (random, n) => Math.floor(random() * n);

/** Lays arrays into buffers of every kind, and tells afterwards which bytes have changed. */
class Places {
  #region;
  #top = GUARD;
  #pieces = [];

  /** @param {Uint8Array} region of the kernels' memory, for those arrays that are to lie there */
  constructor(region) {
    this.#region = region;
  }

  /** @param {string} kind 'inside' the kernels' memory, or a buffer of its own */
  lay(kind, values, View, shift) {
    const bytes = values.length * View.BYTES_PER_ELEMENT;
    const whole = 2 * GUARD + bytes + 16;
    const room = kind === 'inside' && this.#region !== undefined && this.#top + whole <= this.#region.length;
    let at = GUARD + (View.BYTES_PER_ELEMENT === 1 ? shift : 4 * (shift % 4));
    let around;
    if (room) {
      around = this.#region.subarray(this.#top, this.#top + whole);
      this.#top += whole + (64 - (whole % 64));
    } else if (kind === 'shared') around = new Uint8Array(new SharedArrayBuffer(whole));
    else if (kind === 'resizable')
      around = new Uint8Array(new ArrayBuffer(whole, { maxByteLength: whole + 64 }));
    else around = new Uint8Array(whole);
    around.fill(PATTERN);
    at += around.byteOffset;
    const view = new View(around.buffer, at, values.length);
    view.set(values);
    this.#pieces.push({ around, view, before: undefined, mayChange: false });
    return view;
  }

  remember() {
    for (const piece of this.#pieces) piece.before = piece.around.slice();
  }

  /** @param {unknown[]} outputs views that may have changed @returns {string} what else has */
  changed(outputs) {
    for (const { around, view, before } of this.#pieces) {
      const from = view.byteOffset - around.byteOffset;
      const isOut = outputs.includes(view);
      for (let i = 0; i < before.length; i++) {
        if (around[i] === before[i] || (isOut && i >= from && i < from + view.byteLength)) continue;
        return `byte ${i - from} of ${view.constructor.name}(${view.length}) was ${before[i]}, is ${around[i]}`;
      }
    }
    return '';
  }
}

/**
 * @param {string} op @param {object} shape `rows`, `cols`, `seed`, `wild`, and `hostile`: what shall be wrong, from 0 to 1
 * @returns the arguments and options; `wrong` says what is, if anything
 */
export function makeCall(op, shape, region) {
  const { args, options: optionKinds } = OPERATIONS[op];
  const random = randomFrom(shape.seed);
  const { rows, cols } = shape;
  const n = rows * cols;
  const places = new Places(region);
  const spread = [0.01, 1, 5, 100, 1e4][below(random, 5)];
  const offset = random() < 0.3 ? 200 * random() - 100 : 0;
  const isWild = shape.wild && random() < 0.5;

  const logit = () => {
    if (isWild && random() < 0.1) return SPECIAL[below(random, SPECIAL.length)];
    const gauss = random() + random() + random() + random() - 2;
    return Math.fround(offset + spread * gauss);
  };
  const kinds = ['inside', 'inside', 'own', 'own', 'shared', 'resizable'];
  const lay = (length, View, value) =>
    places.lay(kinds[below(random, kinds.length)], Array.from({ length }, value), View, below(random, 16));
  const numbersOr = (view) =>
    n <= 64 && random() < 0.15 && view instanceof Float32Array ? Array.from(view) : view;

  const floats = (length = n) => numbersOr(lay(length, Float32Array, logit));
  const labels = () => {
    const view = lay(rows, Int32Array, () => (random() < 0.1 ? IGNORED : below(random, cols)));
    return random() < 0.15 ? Array.from(view) : view;
  };
  const shares = (length = n) => numbersOr(lay(length, Float32Array, random));
  let firstArray;
  const make = {
    logits: () => floats(),
    // At most 0: of others a sum may cancel, of which nothing is promised.
    logProbs: () => numbersOr(lay(n, Float32Array, () => -Math.abs(logit()))),
    shares: () => shares(),
    labels,
    target: () => (random() < 0.6 ? labels() : lay(n, Float32Array, () => random() / cols)),
    weight: () => numbersOr(lay(cols, Float32Array, () => (random() < 0.1 ? 0 : 2 * random()))),
    posWeight: () => (random() < 0.5 ? 3 * random() : numbersOr(lay(cols, Float32Array, () => 3 * random()))),
    mask: () =>
      lay(random() < 0.5 ? n : cols, Uint8Array, () => (random() < 0.7 ? 1 + below(random, 255) : 0)),
    out: () =>
      firstArray instanceof Float32Array && random() < 0.4 ? firstArray : lay(n, Float32Array, () => 7),
    outRows: () => lay(rows, Float32Array, () => 7),
    scale: () => [0, Infinity, 1, 1e-30, 1e30, 0.7, 4 * random()][below(random, 7)],
    share: () => [0, 1, random()][below(random, 3)],
    weighing: () => [0, random()][below(random, 2)],
    reduction: () => ['none', 'mean', 'sum'][below(random, 3)],
    index: () => IGNORED,
    k: () => 1 + below(random, cols),
    count: () => below(random, 2 ** 31),
    bins: () => 1 + below(random, 30),
    stats: () => statsOf(),
    batches: () => batchesOf(),
    cols: () => cols,
  };
  /** Statistics that fit the rows of the first argument, or any. */
  function statsOf() {
    const data = firstArray ?? Array.from({ length: n }, logit);
    const max = new Float32Array(rows).fill(-Infinity);
    for (let i = 0; i < n; i++) max[Math.floor(i / cols)] = Math.max(max[Math.floor(i / cols)], data[i]);
    return {
      max: lay(rows, Float32Array, (_, i) => max[i]),
      sum: new Float64Array(rows).map(() => 1 + cols * random()),
    };
  }
  /** The rows in batches, given as they come. */
  function batchesOf() {
    const list = [];
    for (let from = 0; from < rows; ) {
      const count = 1 + below(random, rows - from);
      const label = () => (random() < 0.1 ? IGNORED : below(random, cols));
      list.push({ logits: floats(count * cols), labels: lay(count, Int32Array, label) });
      from += count;
    }
    return Object.assign(() => list, { list });
  }
  const hostileKinds = {
    logits: ['floats', n],
    logProbs: ['floats', n],
    shares: ['floats', n],
    labels: ['labels', rows, cols],
    target: ['labels', rows, cols],
    weight: ['columns', cols],
    posWeight: ['posWeight'],
    mask: ['mask', n],
    out: ['written', n],
    outRows: ['written', rows],
    scale: ['scale'],
    share: ['share'],
    weighing: ['weighing'],
    reduction: ['reduction'],
    index: ['index'],
    k: ['k', cols],
    count: ['count'],
    bins: ['bins'],
    stats: ['stats'],
    batches: ['batches', cols],
    cols: ['cols', n],
  };

  const given = {};
  for (const [name, kind] of Object.entries(args)) {
    given[name] = make[kind]();
    firstArray ??= given[name];
  }
  let options = {};
  for (const [name, kind] of Object.entries(optionKinds ?? {})) {
    if (name === 'beta' && options.temperature !== undefined) continue;
    if (name === 'seed' || (name === 'cols' && (rows !== 1 || args.batches)) || random() < 0.4)
      options[name] = make[kind]();
  }
  // What is wrong is one thing at a time.
  let wrong;
  const names = [
    ...Object.keys(args),
    ...Object.keys(optionKinds ?? {}),
    ...(optionKinds ? ['options'] : []),
  ];
  if (shape.hostile > 0) {
    const name = names[below(random, names.length)];
    const kind = args[name] ?? optionKinds?.[name];
    const isOption = args[name] === undefined;
    const overlaps =
      (kind === 'out' || kind === 'outRows') && random() < 0.2 && n > 1 && firstArray instanceof Float32Array;
    if (overlaps) {
      const length = kind === 'out' ? n : rows;
      const by = firstArray.byteOffset >= 4 && random() < 0.5 ? -4 : 4;
      options[name] = new Float32Array(firstArray.buffer, firstArray.byteOffset + by, length);
      // One element before it, or behind the last, does not.
      if ((by < 0 && length === 1) || (by > 0 && n === 1)) options[name] = make[kind]();
      else wrong = `${name} overlaps`;
    } else if (name !== 'options' && isOption && random() < 0.1) {
      options = sprung(options, name);
      wrong = `${name} springs`;
    } else {
      const [table, ...about] = name === 'options' ? ['options'] : hostileKinds[kind];
      // The first array decides how many rows there are, or columns.
      const isFree = given[name] === firstArray && !(options.cols > 1);
      const values = Object.entries(HOSTILE[table](...about)).filter(
        ([text, value]) => value !== undefined && !(isFree && text === 'longer'),
      );
      const [text, value] = values[below(random, values.length)];
      wrong = `${name}: ${text}`;
      if (name === 'options') options = value();
      else if (isOption) {
        if (name === 'beta') delete options.temperature;
        if (name === 'temperature') delete options.beta;
        options[name] = value();
      } else given[name] = value();
    }
  }
  places.remember();
  // To read from options that spring is not for us; what they held may not change.
  const outputs = wrong?.includes('springs') ? [] : [options?.out, options?.gradient];
  return {
    op,
    args: Object.values(given),
    options,
    hasOptions: optionKinds !== undefined,
    names,
    outputs,
    wrong,
    places,
    /** The values that are most of what the call is about. */
    data: given.batches?.list?.flatMap(({ logits }) => [...logits]) ?? Object.values(given)[0],
    rows,
    cols,
  };
}

/** The same, with copies for all arrays: what a call would be that has none of its own in the kernels' memory. */
export function copyOf({ args, options }) {
  const copies = new Map();
  const copy = (value) => {
    if (!ArrayBuffer.isView(value)) return value;
    if (!copies.has(value)) copies.set(value, value.constructor.from(value));
    return copies.get(value);
  };
  const deep = (value) => {
    if (value?.max) return { max: copy(value.max), sum: copy(value.sum) };
    if (!value?.list) return copy(value);
    const list = value.list.map(({ logits, labels }) => ({ logits: copy(logits), labels: copy(labels) }));
    return Object.assign(() => list, { list });
  };
  return {
    args: args.map(deep),
    options: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, deep(value)])),
  };
}
