/** The random numbers of a call. */
import { checkInteger } from '../../arguments/check.ts';
import type { DrawOptions } from './options.ts';
import { exclusion, randomSeed, uniform } from './philox.ts';
import type { Random } from './pickers.ts';

/** Those of so many rows, by the options. */
export function toRandom(
  op: string,
  { seed, firstRow = 0 }: Pick<DrawOptions, 'seed' | 'firstRow'>,
  rows: number,
): Random {
  const most = Number.MAX_SAFE_INTEGER;
  const key = seed === undefined ? randomSeed() : checkInteger(op, 'seed', seed, 0, most);
  // Beyond, two rows would have one number.
  checkInteger(op, 'firstRow', firstRow, 0, most + 1 - Math.max(1, rows));
  return {
    draw: (row, use) => uniform(key, firstRow + row, use),
    exclude: (row) => exclusion(key, firstRow + row),
  };
}
