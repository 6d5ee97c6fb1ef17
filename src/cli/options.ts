/** Options that several commands share. */
import { InvalidArgumentError, Option } from 'commander';
import type { Backend } from '../index.ts';
import { BACKENDS } from './backends.ts';
import { type Dtype, parseDtype } from './input/dtype.ts';

/** Options of the program itself, which every command takes. */
export interface CommonOptions {
  backend: 'auto' | Backend;
  wide?: boolean;
}

/** Options of the commands that read files of any size. */
export interface StreamOptions extends CommonOptions {
  /** Bytes. */
  memory: number;
  quiet?: boolean;
}

/** `--backend NAME`. */
export function backendOption(): Option {
  return new Option('--backend <name>', 'what computes').choices(['auto', ...BACKENDS]).default('auto');
}

/** `--wide`. */
export function wideOption(): Option {
  return new Option('--wide', 'on 256 bits, by an experimental flag of V8: see info');
}

/** `--temperature T`: a float64 number, 0 and Infinity included. */
export function temperatureOption(): Option {
  return new Option('--temperature <T>', 'divide the logits by T').argParser(parseTemperature).default(1);
}

/** `--json`. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON');
}

/** `--axis N`. */
export function axisOption(): Option {
  const what = 'the dimension that is the classes; negative: from the end (default: -1)';
  return new Option('--axis <N>', what).argParser((text) => {
    const axis = /^[-+]?\d+$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(axis)) return axis;
    throw new InvalidArgumentError('Expected a whole number, e.g. 1 or -1.');
  });
}

/** `--ignore-index N`. */
export function ignoreIndexOption(): Option {
  const what = 'rows with this label are not counted (default: -100)';
  return new Option('--ignore-index <N>', what).argParser((text) => {
    const index = /^[-+]?\d+$/.test(text) ? Number(text) : NaN;
    if ((index | 0) === index) return index;
    throw new InvalidArgumentError('Expected a whole number that fits int32, e.g. -1 or 255.');
  });
}

/** `--memory SIZE`, in bytes. */
export function memoryOption(): Option {
  return new Option('--memory <SIZE>', 'use at most this much for data, e.g. 64M or 1G')
    .argParser(parseMemory)
    .default(256 * 2 ** 20, '256M');
}

const UNITS: Record<string, number> = { '': 2 ** 20, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

function parseMemory(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) *([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * UNITS[unit.toLowerCase()]);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('Expected a size, e.g. 64M or 1G (without a letter: MiB).');
}

/** `--dtype NAME` and its like. */
export function parseDtypeOption(text: string): Dtype {
  const dtype = parseDtype(text);
  if (dtype) return dtype;
  throw new InvalidArgumentError("Expected a type such as float32, float16, bfloat16, '>f4' or int64.");
}

/** `--shape ROWS,COLS`; one dimension may be -1. */
export function parseShape(text: string): number[] {
  const shape = text.split(',').map((part) => (/^ *(\d+|-1) *$/.test(part) ? Number(part) : NaN));
  if (shape.every(Number.isSafeInteger) && shape.filter((dim) => dim === -1).length <= 1) return shape;
  throw new InvalidArgumentError(
    'Expected whole numbers, e.g. 1000,50257; one may be -1: what the size makes it.',
  );
}

function parseTemperature(text: string): number {
  const isNumber = /^[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|Infinity)$/i.test(text);
  if (isNumber && Number(text) >= 0) return Number(text);
  throw new InvalidArgumentError('Expected a number that is not negative.');
}

/** An option's number, from `low` to `high`. */
export function numberFrom(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Expected a number from ${low} to ${high}.`);
  };
}

/** An option's whole number, from `low` to `high`. */
export function countFrom(low: number, high: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const upTo = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Expected a whole number ${upTo}.`);
  };
}

/** Rows of a file. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/** `FIRST:COUNT`. */
export function parseRows(text: string): RowRange {
  const [, first, count] = /^(\d+):(\d+)$/.exec(text) ?? [];
  const range = { first: Number(first), count: Number(count) };
  if (Number.isSafeInteger(range.first + range.count)) return range;
  throw new InvalidArgumentError('Expected FIRST:COUNT, the number of the first row (from 0) and how many.');
}
