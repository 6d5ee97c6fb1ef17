/** Whether what a call gave is what it should: an error that helps and nothing written, or the right result. */

import { ACCURACY } from '../../src/raw/accuracy.ts';
import type { Right, Slopes } from '../operations/operation.ts';
import { inSteps, MEASURES, type Measure, worst } from '../support/compare.ts';
import { type Call, copyOf, isBatches, partOf } from './call.ts';
import { isBig } from './places.ts';
import { Sprung } from './wrong.ts';

/** Kernels, or the plain functions. */
export type Subject = Readonly<Record<string, unknown>>;

/** What is amiss, or ''. @param bound of results, in steps */
export async function judge(k: Subject, call: Call, bound: number): Promise<string> {
  const { operation, wrong, places, outputs } = call;
  const unspoilt = wrong === undefined ? copyOf(call) : undefined;
  let result: unknown;
  try {
    result = await invoke(k, call);
  } catch (error) {
    const changed = places.changed([]);
    if (changed) return `threw (${(error as Error).message}), but ${changed}`;
    return judgeError(call, error);
  }
  if (unspoilt === undefined) return `took ${wrong}`;
  const changed = places.changed(outputs);
  if (changed) return changed;

  const { options } = unspoilt;
  const args = asNumbers(unspoilt.args);
  const amiss =
    operation.right === undefined
      ? (operation.fault?.(result, args as never, options as never) ?? 'has neither an oracle nor a judge')
      : compare(result, operation.right(args as never, options as never), call.options.gradient, bound);
  return amiss || (await judgeBits(k, call, unspoilt, result));
}

/** Arguments with numbers in place of bigints, which the oracles do not know. */
function asNumbers(args: Record<string, unknown>): Record<string, unknown> {
  const plain = (value: unknown): unknown => {
    if (isBig(value) || (Array.isArray(value) && typeof value[0] === 'bigint')) {
      return Array.from(value as bigint[], Number);
    }
    if (!isBatches(value)) return value;
    const list = value.list.map(({ logits, labels }) => ({ logits, labels: plain(labels) }));
    return Object.assign(() => list, { list });
  };
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, plain(value)]));
}

function invoke(k: Subject, { name, operation, args, options }: Call): unknown {
  // As a method: k is its `this`.
  const { [name]: run } = k as Record<string, (...all: unknown[]) => unknown>;
  const given = Object.values(args);
  return operation.options ? run.call(k, ...given, options) : run.call(k, ...given);
}

/** The same bits with copies of all arrays, and from some of the rows after the others. */
async function judgeBits(k: Subject, call: Call, copy: Call, result: unknown): Promise<string> {
  const { gradient } = call.options;
  const rowsOf = (from: number, to: number) => partOf(copy, from, to);
  const isInParts = call.rows > 1 && !call.operation.isOfAll;
  const parts = isInParts
    ? [rowsOf(0, call.rows), rowsOf(0, call.rows >> 1), rowsOf(call.rows >> 1, call.rows)]
    : [];
  const again = await invoke(k, copy);
  if (!sameBits(again, result)) return 'a call with copies gives other bits';
  if (!sameBits(gradient, copy.options.gradient)) return 'other bits in the gradient of a copy';
  if (!isInParts) return '';
  const found: Float32Array[][] = [];
  for (const part of parts) {
    try {
      const arrays = arraysOf(await invoke(k, part)).concat(part.options.gradient ?? []);
      found.push(arrays as Float32Array[]);
    } catch (error) {
      // Of fewer rows there may be none that counts.
      if (call.operation.refuses?.((error as Error).message, false)) return '';
      return `some of the rows: ${(error as Error).message}`;
    }
  }
  const [whole, first, second] = found;
  const at = whole.findIndex((all, i) => !sameBits(Array.from(all), [...first[i], ...second[i]]));
  return at < 0 ? '' : `rows in two calls give other bits in result ${at}`;
}

/** Results that have something for each row: typed arrays, and those in an object. */
function arraysOf(result: unknown): unknown[] {
  if (ArrayBuffer.isView(result)) return [result];
  if (typeof result !== 'object' || result === null) return [];
  return Object.values(result).filter((value) => ArrayBuffer.isView(value));
}

/** Why an error does not help, or ''. @param springs whether a getter of ours may have thrown it */
export function complaint(error: unknown, name: string, names: readonly string[], springs = false): string {
  if (error instanceof Sprung) return springs ? '' : 'threw what a getter threw, without any';
  if (!(error instanceof TypeError || error instanceof RangeError)) return `threw ${error}`;
  const { message } = error;
  if (!message.startsWith(`${name}: `)) return `an error that does not name the operation: ${message}`;
  const about = message.slice(name.length + 2);
  return names.some((of) => new RegExp(`\\b${of}\\b`).test(about)) ? '' : `names no argument: ${message}`;
}

function judgeError({ name, operation, wrong, data, rows, cols }: Call, error: unknown): string {
  const { args, options, names = [], refuses } = operation;
  const all = [
    ...Object.keys(args),
    ...Object.keys(options ?? {}),
    ...(options ? ['options'] : []),
    ...names,
    ...(wrong?.startsWith('the option ') ? [wrong.slice('the option '.length)] : []),
  ];
  const amiss = complaint(error, name, all, wrong?.includes('springs'));
  if (amiss || wrong !== undefined) return amiss;
  const { message } = error as Error;
  const hasSpecial = Array.from(data).some((value) => !Number.isFinite(value));
  return refuses?.(message, hasSpecial) ? '' : `refused ${rows}x${cols}: ${message}`;
}

/** Whether all bits of two results are the same, with one NaN. */
function sameBits(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return Object.is(a, b);
  const [left, right] = [a, b] as ArrayLike<unknown>[];
  if (ArrayBuffer.isView(a) || Array.isArray(a)) {
    for (let i = 0; i < left.length; i++) if (!sameBits(left[i], right[i])) return false;
    return left.length === right.length;
  }
  return sameBits(Object.entries(a), Object.entries(b));
}

/** What is amiss with a result, or ''. @param gradient what the option of this name got */
export function compare(result: unknown, right: Right, gradient: unknown, bound: number): string {
  const { gradient: wanted, ...others } = right;
  for (const [how, values] of Object.entries(others)) {
    const amiss = COMPARE[how as keyof typeof COMPARE](result as never, values as never, bound);
    if (amiss) return amiss;
  }
  return wanted && gradient ? compareSlopes(gradient as Float32Array, wanted) : '';
}

type Compare<how extends keyof Right, R = ArrayLike<number>> = (
  result: R,
  wanted: NonNullable<Right[how]>,
  bound: number,
) => string;

const within =
  (measure: Measure): Compare<'steps'> =>
  (result, wanted, bound) => {
    const { error, where } = worst(result, wanted, measure);
    return error <= bound ? '' : `${error} steps off: ${where}`;
  };

const isSame = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

function compareSame(name: string, found: ArrayLike<number>, wanted: ArrayLike<number>): string {
  const at = Array.from(wanted).findIndex((value, i) => !isSame(found[i], value));
  return at >= 0 || found.length !== wanted.length
    ? `${name}[${at}] is ${found[at]}, should be ${wanted[at]}`
    : '';
}

interface Found {
  values: ArrayLike<number>;
  indices: ArrayLike<number>;
}

const COMPARE = {
  steps: within(MEASURES.steps),
  flushed: within(MEASURES.flushed),
  units: within(MEASURES.units),
  same: ((result, wanted) => compareSame('', result, wanted)) satisfies Compare<'same'>,
  logits: (({ values }, wanted) => compareSame('values', values, wanted)) satisfies Compare<'logits', Found>,
  probabilities: (({ values }, wanted, bound) =>
    within(MEASURES.flushed)(values, wanted, bound)) satisfies Compare<'probabilities', Found>,
  logProbs: (({ values }, wanted, bound) => within(MEASURES.steps)(values, wanted, bound)) satisfies Compare<
    'logProbs',
    Found
  >,
  indices: (({ indices }, wanted) => compareSame('indices', indices, wanted)) satisfies Compare<
    'indices',
    Found
  >,
  slopes: ((result, wanted) => compareSlopes(result, wanted)) satisfies Compare<'slopes'>,
  loss: ((result, wanted) => {
    const found = Math.fround(result);
    const error = Number.isFinite(wanted) ? inSteps(found, wanted) : Number(!isSame(found, wanted));
    return error <= ACCURACY.reducedLoss ? '' : `the loss is ${result}, should be ${wanted}`;
  }) satisfies Compare<'loss', number>,
  stats: (({ max, sum }, wanted, bound) => {
    // Without a sum there is no maximum to speak of.
    const known = (values: ArrayLike<number>, sums: ArrayLike<number>): number[] =>
      Array.from(values, (value, row) => (Number.isNaN(sums[row]) ? 0 : value));
    return (
      compareSame('max', known(max, sum), known(wanted.max, wanted.sum)) ||
      within(inSteps)(sum, wanted.sum, bound)
    );
  }) satisfies Compare<'stats', NonNullable<Right['stats']>>,
};

/** A gradient, row by row: in units of its largest entry, but for rows that have none in float32's ordinary range. */
function compareSlopes(found: ArrayLike<number>, { values, cols }: Slopes): string {
  for (let from = 0; from < values.length; from += cols) {
    let largest = 0;
    for (let i = from; i < from + cols; i++) largest = Math.max(largest, Math.abs(values[i]));
    if (!(largest > 2 ** -100 && largest < 2 ** 127)) continue;
    const most = ACCURACY.gradient * 2 ** -23 * largest;
    for (let i = from; i < from + cols; i++) {
      if (!(Math.abs(found[i] - values[i]) <= most))
        return `the gradient is ${found[i]} at ${i}, should be ${values[i]}`;
    }
  }
  return '';
}
