/** The files that `eval --partial` writes and `merge` reads: sums over the rows of a shard, and which rows they are. */
import { type FileHandle, open } from 'node:fs/promises';
import { InputError, messageOf, pathError } from './errors.ts';
import { ExactSum, type SumJson } from './exact-sum.ts';
import type { EvalSettings } from './figures.ts';
import type { RowRange } from './options.ts';
import { type BinSums, type CalibrationSums, type EvalSums, MAX_BINS } from './sums.ts';

export interface Shard {
  readonly input: ShardInput;
  readonly settings: EvalSettings;
  readonly sums: EvalSums;
}

/** Which rows of what. */
export interface ShardInput extends RowRange {
  readonly logits: string;
  readonly labels: string;
  /** What the files hold, as far as they were looked at; see `identityOf`. The same for all their rows. */
  readonly id: string;
  /** What these rows hold, all of it; see `RowsDigest`. */
  readonly digest: string;
  /** Another one when a file was written anew; see `versionOf`. */
  readonly version: string;
  /** Rows of the whole file. */
  readonly rows: number;
}

const FORMAT = 'softmax-simd eval shard';
const VERSION = 2;

/** A shard of 1000 bins takes some 100 KB. */
const MAX_BYTES = 2 ** 22;
/** Numbers that do not overlap: more do not fit between the smallest and the largest float64. */
const MAX_PARTS = 64;

export function formatShard({ input, settings, sums }: Shard): string {
  const { temperature } = settings;
  const exact = { ...settings, temperature: temperature === Infinity ? 'Infinity' : temperature };
  const { nan: _, ...numbers } = sums;
  return `${JSON.stringify({ format: FORMAT, version: VERSION, input, settings: exact, sums: numbers })}\n`;
}

/** @throws InputError saying which part of the file is not as expected */
export async function readShard(path: string): Promise<Shard> {
  const text = await readText(path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path}: expected JSON written by eval --partial: ${messageOf(error)}`);
  }
  return parseShard(path, json);
}

async function readText(path: string): Promise<string> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (error) {
    throw pathError(path, 'a file written by eval --partial', error);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new InputError(`${path}: expected a regular file, got something else`);
    if (stats.size > MAX_BYTES) {
      throw new InputError(`${path}: expected at most ${MAX_BYTES} bytes, got ${stats.size}`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** A value within the file, and where it is. */
interface Field {
  readonly path: string;
  readonly name: string;
  readonly value: unknown;
}

function parseShard(path: string, json: unknown): Shard {
  const root: Field = { path, name: '', value: json };
  const format = fieldOf(root, 'format');
  if (format.value !== FORMAT) throw wrong(format, JSON.stringify(FORMAT));
  const version = fieldOf(root, 'version');
  if (version.value !== VERSION) throw wrong(version, `${VERSION}, the version that this program reads`);
  const [input, settings, sums] = ['input', 'settings', 'sums'].map((name) => fieldOf(root, name));
  const shard: Shard = {
    input: {
      logits: textOf(fieldOf(input, 'logits')),
      labels: textOf(fieldOf(input, 'labels')),
      id: digestOf(fieldOf(input, 'id')),
      digest: digestOf(fieldOf(input, 'digest')),
      version: digestOf(fieldOf(input, 'version')),
      rows: countOf(fieldOf(input, 'rows')),
      first: countOf(fieldOf(input, 'first')),
      count: countOf(fieldOf(input, 'count')),
    },
    settings: {
      classes: countOf(fieldOf(settings, 'classes'), 1),
      temperature: temperatureOf(fieldOf(settings, 'temperature')),
      backend: textOf(fieldOf(settings, 'backend'), /^[\w-]+$/, 'the name of a backend'),
    },
    sums: {
      rows: countOf(fieldOf(sums, 'rows')),
      ignored: countOf(fieldOf(sums, 'ignored')),
      correct: countOf(fieldOf(sums, 'correct')),
      loss: sumOf(fieldOf(sums, 'loss')),
      calibration: calibrationOf(fieldOf(sums, 'calibration')),
    },
  };
  checkTotals(path, shard);
  return shard;
}

function calibrationOf(field: Field): CalibrationSums | undefined {
  if (field.value === undefined) return undefined;
  const bins = fieldOf(field, 'bins');
  if (!Array.isArray(bins.value) || bins.value.length === 0 || bins.value.length > MAX_BINS) {
    throw wrong(bins, `an array of 1 to ${MAX_BINS} bins`);
  }
  const fields = bins.value.map(
    (value, i): Field => ({ path: field.path, name: `${bins.name}[${i}]`, value }),
  );
  return {
    brier: sumOf(fieldOf(field, 'brier')),
    bins: fields.map(
      (bin): BinSums => ({
        count: countOf(fieldOf(bin, 'count')),
        correct: countOf(fieldOf(bin, 'correct')),
        confidence: sumOf(fieldOf(bin, 'confidence')),
      }),
    ),
  };
}

/** Counts that contradict each other are no sums of any rows. */
function checkTotals(path: string, { input, sums }: Shard): void {
  const check = (right: boolean, rule: string): void => {
    if (!right) throw new InputError(`${path}: expected ${rule}: the numbers contradict each other`);
  };
  const { rows, ignored, correct, calibration } = sums;
  check(input.first + input.count <= input.rows, 'input.first + input.count ≤ input.rows');
  check(rows + ignored === input.count, 'sums.rows + sums.ignored = input.count');
  check(correct <= rows, 'sums.correct ≤ sums.rows');
  if (!calibration || Number.isNaN(calibration.brier.value)) return;
  const total = (pick: (bin: BinSums) => number): number =>
    calibration.bins.reduce((sum, bin) => sum + pick(bin), 0);
  check(total(({ count }) => count) === rows, 'bins of sums.rows rows in all');
  check(total((bin) => bin.correct) === correct, 'sums.correct correct rows in all bins');
  for (const { count, confidence, correct } of calibration.bins) {
    check(correct <= count, 'correct ≤ count in every bin');
    check(confidence.value <= count * (1 + 1e-9), 'confidence ≤ count in every bin');
  }
}

function fieldOf({ path, name, value }: Field, key: string): Field {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong({ path, name, value }, 'an object');
  }
  const inner = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  return { path, name: name ? `${name}.${key}` : key, value: inner };
}

function wrong({ path, name, value }: Field, expected: string): InputError {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  const got = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return new InputError(`${path}: expected ${expected}${name ? ` as ${name}` : ''}, got ${got}`);
}

function textOf(field: Field, pattern = /^/, expected = 'a string'): string {
  if (typeof field.value === 'string' && pattern.test(field.value)) return field.value;
  throw wrong(field, expected);
}

function digestOf(field: Field): string {
  return textOf(field, /^[0-9a-f]{64}$/, '64 hexadecimal digits');
}

function countOf(field: Field, low = 0): number {
  const { value } = field;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low) return value;
  throw wrong(field, `a whole number from ${low} to 2^53 - 1`);
}

function temperatureOf(field: Field): number {
  if (field.value === 'Infinity') return Infinity;
  if (typeof field.value === 'number' && field.value >= 0 && field.value < Infinity) return field.value;
  throw wrong(field, 'a number that is not negative, or "Infinity"');
}

function sumOf(field: Field): ExactSum {
  const { value } = field;
  const isSum =
    value === 'NaN' ||
    value === 'Infinity' ||
    (Array.isArray(value) && value.length <= MAX_PARTS && value.every((part) => Number.isFinite(part)));
  const sum = isSum ? ExactSum.from(value as SumJson) : undefined;
  if (sum && !(sum.value < 0)) return sum;
  throw wrong(field, `the parts of a sum that is not negative, at most ${MAX_PARTS} numbers`);
}
