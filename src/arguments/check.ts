/** Checks of numbers and choices. */
import { plainTypeError, rangeError, typeError } from './errors.ts';
import type { Reduction } from './options.ts';
import { ownOptions } from './own-options.ts';
import { refuseUnknown, wrongOptions } from './unknown-option.ts';

/** The options object itself, and the names in it; options of a class or prototype of the caller's count. */
export function checkOptions(
  op: string,
  options: unknown,
  names: readonly string[],
  own: readonly string[] = NONE,
): void {
  if (typeof options !== 'object' || options === null) throw wrongOptions(op, options, names, own);
  for (const name in options) {
    if (!isAmong(names, name) && !isAmong(own, name)) refuseUnknown(op, options, name, names, own);
  }
}

/** Options inside an option. */
export function checkNested<Options extends object>(
  op: string,
  name: string,
  value: Options,
  names: readonly (keyof Options & string)[],
): Options {
  if (typeof value !== 'object' || value === null) throw typeError(op, name, 'an object', value);
  checkOptions(`${op}: ${name}`, value, names);
  return ownOptions(value) as Options;
}

const NONE: readonly string[] = [];

/** A loop, which takes less time than to look the name up in a Set or an object. */
function isAmong(names: readonly string[], name: string): boolean {
  for (let i = 0; i < names.length; i++) if (names[i] === name) return true;
  return false;
}

/** The number of columns: `cols`, or all of `length` in one row. */
export function checkCols(op: string, name: string, length: number, cols: number | undefined): number {
  if (cols === undefined) return length;
  if (typeof cols !== 'number') throw typeError(op, 'cols', 'a number', cols);
  if (cols === length) return length;
  if (!Number.isInteger(cols) || cols < 0 || cols > 0x3fffffff) {
    throw rangeError(op, 'cols', 'an integer from 0 to 2^30 − 1', cols);
  }
  if (cols === 0 || length % cols !== 0) {
    throw new RangeError(
      `${op}: the length of ${name} must be a multiple of cols, ${cols}, but is ${length}`,
    );
  }
  return cols;
}

/** The columns of an operation that gives indices of them, which are int32. */
export function checkIndexable(op: string, name: string, cols: number): void {
  if (cols > 0 && cols <= 2 ** 31) return;
  const got = cols === 0 ? 'none' : cols;
  throw new RangeError(`${op}: ${name} must have from 1 to 2^31 columns, but has ${got}`);
}

/** β from the options: 1/T, or 1 if neither is given. */
export function checkBeta(op: string, temperature: number | undefined, beta: number | undefined): number {
  if (temperature === undefined && beta === undefined) return 1;
  if (temperature !== undefined && beta !== undefined) {
    throw new TypeError(`${op}: give temperature or beta = 1/temperature, not both`);
  }
  const [name, value] = temperature === undefined ? ['beta', beta] : ['temperature', temperature];
  if (typeof value !== 'number') throw typeError(op, name, 'a number', value);
  if (!(value >= 0)) throw rangeError(op, name, 'at least 0', value);
  // Of −0, too, the reciprocal is +Infinity here.
  return temperature === undefined ? value + 0 : 1 / Math.abs(value);
}

/** One of a set of strings. */
export function checkChoice<T extends string>(
  op: string,
  name: string,
  choices: readonly T[],
  value: unknown,
): T {
  // A loop, which engines put in the place of the call, as they do not `includes`.
  for (let i = 0; i < choices.length; i++) if (choices[i] === value) return choices[i];
  const wanted = `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`;
  throw typeof value === 'string' ? rangeError(op, name, wanted, value) : typeError(op, name, wanted, value);
}

/** A number within bounds, both allowed. */
export function checkNumber(op: string, name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number') throw plainTypeError(op, name, 'a number', value);
  if (!(value >= low && value <= high)) {
    throw rangeError(
      op,
      name,
      high < Number.MAX_VALUE
        ? `from ${low} to ${high}`
        : `${high === Infinity ? '' : 'finite, '}at least ${low}`,
      value,
    );
  }
  return value;
}

/** An integer within bounds, both allowed. */
export function checkInteger(op: string, name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number') throw typeError(op, name, 'a number', value);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw rangeError(op, name, `an integer from ${low} to ${high}`, value);
  }
  return value;
}

const REDUCTIONS: readonly Reduction[] = ['none', 'mean', 'sum'];

/** What becomes of the losses of the rows. */
export function checkReduction(op: string, value: unknown): Reduction {
  return checkChoice(op, 'reduction', REDUCTIONS, value);
}
