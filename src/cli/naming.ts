import { InputError } from './errors.ts';

/**
 * Runs an operation on a block of rows that begins at row `start` of a file.
 *
 * @throws InputError naming the file's row where the operation refuses one for what it holds
 */
export function namingRows<Result>(
  path: string,
  start: number,
  x: Float32Array,
  cols: number,
  run: () => Result,
): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) {
      for (let at = 0; at < x.length; at += cols) {
        const what = fault(x.subarray(at, at + cols));
        if (what) throw new InputError(`${path}: row ${start + at / cols}: ${what}`);
      }
    }
    throw error;
  }
}

function fault(row: Float32Array): string | undefined {
  for (const bad of [NaN, Infinity]) {
    const column = row.findIndex((value) => Object.is(value, bad));
    if (column >= 0) return `expected logits below Infinity, got ${bad} in column ${column}`;
  }
  if (row.every((value) => value === -Infinity)) return 'expected a logit above -Infinity, got none';
  return undefined;
}
