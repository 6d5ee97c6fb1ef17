import { InputError } from './errors.ts';
import type { LogitsSource } from './source.ts';

/**
 * Runs an operation on a block of rows that begins at row `start`.
 *
 * @throws InputError naming the file's row where the operation refuses one for what it holds
 */
export function namingRows<Result>(
  logits: LogitsSource,
  start: number,
  x: Float32Array,
  run: () => Result,
): Result {
  try {
    return run();
  } catch (error) {
    throw nameRow(error, logits, start, x);
  }
}

/** The error to throw in place of one that an operation on such a block threw. */
export function nameRow(
  error: unknown,
  { locate, cols }: LogitsSource,
  start: number,
  x: Float32Array,
): unknown {
  if (error instanceof RangeError) {
    for (let at = 0; at < x.length; at += cols) {
      const what = fault(x.subarray(at, at + cols));
      if (what) return new InputError(`${locate(start + at / cols)}: ${what}`);
    }
  }
  return error;
}

function fault(row: Float32Array): string | undefined {
  for (const bad of [NaN, Infinity]) {
    const column = row.findIndex((value) => Object.is(value, bad));
    if (column >= 0) return `expected logits below Infinity, got ${bad} in column ${column}`;
  }
  if (row.every((value) => value === -Infinity)) return 'expected a logit above -Infinity, got none';
  return undefined;
}
