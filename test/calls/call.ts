/** Calls of any operation, right ones and those with something wrong, from the kinds of its arguments. */

import type { Operation } from '../operations/operation.ts';
import { Draw, type Shape } from './draw.ts';
import { type Batches, type Kind, kinds } from './kinds.ts';
import { Places } from './places.ts';
import { sprung, UNKNOWN, WRONG_OPTIONS, type Wrong } from './wrong.ts';

type Named = Record<string, unknown>;

export interface Call {
  name: string;
  operation: Operation;
  rows: number;
  cols: number;
  /** Arguments by name, in order. */
  args: Named;
  options: Named;
  /** What is wrong, if anything. */
  wrong: string | undefined;
  places: Places;
  /** The arrays that may be written to. */
  outputs: unknown[];
  /** The values that are most of what the call is about. */
  data: ArrayLike<number>;
}

/**
 * @param hostile whether something shall be wrong
 * @param region of the kernels' memory, where some of the arrays are to lie
 */
export function makeCall(
  name: string,
  operation: Operation,
  shape: Shape & { hostile?: boolean },
  region?: Uint8Array,
): Call {
  const { args: argKinds, options: optionKinds = {} } = operation;
  const { rows, cols } = shape;
  const places = new Places(region);
  const draw = new Draw(shape, places);

  const args: Named = {};
  for (const [argument, kind] of Object.entries(argKinds)) {
    args[argument] = kinds[kind].make(draw);
    draw.first ??= args[argument];
  }
  const options: Named = {};
  const isRow = rows === 1 && !Object.values(argKinds).includes('batches');
  for (const [option, kind] of Object.entries(optionKinds)) {
    // At most one of them.
    if (option === 'beta' && options.temperature !== undefined) continue;
    if (operation.fits?.(option, options as never) === false) continue;
    const isNeeded = option === 'seed' || (option === 'cols' && !isRow);
    if (isNeeded || draw.random() < 0.4) options[option] = kinds[kind].make(draw);
  }
  if (operation.options && draw.random() < 0.05) options.nothing = undefined;
  const { first } = draw;
  const data = isBatches(first) ? first.list.flatMap(({ logits }) => Array.from(logits)) : first;
  const call: Call = {
    ...{ name, operation, rows, cols, args, options, places },
    wrong: undefined,
    outputs: [options.out, options.gradient],
    data: data as ArrayLike<number>,
  };
  if (shape.hostile) spoil(call, draw);
  places.remember();
  return call;
}

export function isBatches(value: unknown): value is Batches {
  return typeof value === 'function' && 'list' in value;
}

/** Makes one thing wrong. */
function spoil(call: Call, draw: Draw): void {
  const { args, options, operation, rows, cols } = call;
  const { args: argKinds, options: optionKinds } = operation;
  const { first } = draw;
  const name = draw.oneOf([
    ...Object.keys(argKinds),
    ...Object.keys(optionKinds ?? {}),
    ...(optionKinds ? ['options'] : []),
  ]);
  const isOption = name !== 'options' && args[name] === undefined;
  const kind: Kind | undefined = argKinds[name] ?? optionKinds?.[name];
  const isOut = kind === 'out' || kind === 'outRows';
  if (isOut && draw.n > 1 && first instanceof Float32Array && draw.random() < 0.2) {
    const length = kind === 'out' ? draw.n : rows;
    const by = first.byteOffset >= 4 && draw.random() < 0.5 ? -1 : 1;
    // One element before it does not overlap.
    if (by < 0 && length === 1) return;
    options[name] = new Float32Array(first.buffer, first.byteOffset + 4 * by, length);
    call.wrong = `${name} overlaps`;
    return;
  }
  if (optionKinds && draw.random() < 0.1) {
    const unknown = draw.oneOf(UNKNOWN.filter((option) => !(option in optionKinds)));
    options[unknown] = 1;
    call.wrong = `the option ${unknown}`;
    return;
  }
  if (isOption && draw.random() < 0.1) {
    call.options = sprung(options, name) as Named;
    // To read from options that spring is not for us; what they held may not change.
    call.outputs = [];
    call.wrong = `${name} springs`;
    return;
  }
  const table = kind === undefined ? WRONG_OPTIONS : kinds[kind].wrong({ rows, cols });
  const [text, make] = draw.oneOf(wrongValues(table, args[name] === first && !(Number(options.cols) > 1)));
  call.wrong = `${name}: ${text}`;
  if (name === 'options') call.options = make() as Named;
  else if (isOption) {
    if (name === 'beta') delete options.temperature;
    if (name === 'temperature') delete options.beta;
    options[name] = make();
  } else args[name] = make();
  call.outputs = name === 'options' ? [] : [options.out, options.gradient];
}

/** The first array decides how many rows there are, or columns: it may be longer where nothing else says. */
function wrongValues(table: Wrong, mayBeLonger: boolean): [string, () => unknown][] {
  return Object.entries(table).filter(
    (entry): entry is [string, () => unknown] =>
      entry[1] !== undefined && !(mayBeLonger && entry[0] === 'longer'),
  );
}

/** The same, with copies for all arrays: what a call would be that has none of its own in the kernels' memory. */
export function copyOf(call: Call): Call {
  const copies = new Map<unknown, unknown>();
  const copy = (value: unknown): unknown => {
    if (!ArrayBuffer.isView(value)) return value;
    if (!copies.has(value))
      copies.set(value, (value.constructor as Float32ArrayConstructor).from(value as never));
    return copies.get(value);
  };
  const deep = (value: unknown): unknown => {
    if (isBatches(value)) {
      const list = value.list.map((batch) => mapValues(batch, copy));
      return Object.assign(() => list, { list });
    }
    return typeof value === 'object' && value !== null && 'max' in value
      ? mapValues(value, copy)
      : copy(value);
  };
  return { ...call, args: mapValues(call.args, deep), options: mapValues(call.options, deep) };
}

/** The same of some of the rows, with copies, and without a reduction over them. */
export function partOf(call: Call, from: number, to: number): Call {
  const { args: argKinds, options: optionKinds = {} } = call.operation;
  const part = (values: Named, by: Readonly<Record<string, Kind>>): Named =>
    Object.fromEntries(
      Object.entries(by).map(([name, kind]) => {
        const { part: take } = kinds[kind] as { part?: (...all: unknown[]) => unknown };
        return [name, take ? take(values[name], from, to, call) : values[name]];
      }),
    );
  const args = part(call.args, argKinds);
  return { ...call, rows: to - from, args, options: part(call.options, optionKinds) };
}

function mapValues(of: object, change: (value: unknown) => unknown): Named {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
}
