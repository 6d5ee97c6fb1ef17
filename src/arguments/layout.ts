/** How rows lie in an array. */

import type { Layout } from '../memory/lanes.ts';
import { checkCols, checkInteger } from './check.ts';
import { rangeError, typeError } from './errors.ts';
import type { LayoutOptions } from './options.ts';
import { isTensor, shapeOf } from './tensors.ts';

/**
 * The layout of an array of `length` elements, by `cols`, or by `shape` and `axis`; of a tensor, if that was given, by its
 * own shape, unless the options have another. Without columns there is no telling rows, unless a shape says how many:
 * then they are `emptyRows`.
 */
export function toLayout(
  op: string,
  name: string,
  length: number,
  options: LayoutOptions,
  emptyRows: 0 | 1,
  given: unknown,
): Layout {
  // In few words, which engines put in the place of the call.
  if (
    options.shape !== undefined ||
    options.axis !== undefined ||
    (options.cols === undefined && isTensor(given))
  ) {
    return fromShape(op, name, length, options, given);
  }
  const cols = checkCols(op, name, length, options.cols);
  return { rows: cols === 0 ? emptyRows : length / cols, cols, inner: 1 };
}

/** More rows that hold nothing are a mistake. */
const MOST_EMPTY_ROWS = 2 ** 24;

function fromShape(
  op: string,
  name: string,
  length: number,
  { cols, shape: own, axis }: LayoutOptions,
  given: unknown,
): Layout {
  const shape = own === undefined && isTensor(given) ? shapeOf(given) : own;
  if (shape === undefined) throw new TypeError(`${op}: axis is one of a shape: give shape, too`);
  if (cols !== undefined) throw new TypeError(`${op}: give cols, or shape and axis, not both`);
  if (!Array.isArray(shape)) throw typeError(op, 'shape', 'an array of integers', shape);
  const sizes = shape.map((size, i) => checkInteger(op, `shape[${i}]`, size, 0, Number.MAX_SAFE_INTEGER));
  const rank = sizes.length;
  if (rank === 0) throw rangeError(op, 'shape', 'of at least one dimension', shape);
  const at = checkInteger(op, 'axis', axis === undefined ? -1 : axis, -rank, rank - 1);
  const product = (of: readonly number[]): number => of.reduce((all, size) => all * size, 1);
  if (product(sizes) !== length) {
    throw new RangeError(
      `${op}: the product of shape must be the length of ${name}, ${length}, but [${sizes.join(', ')}] has ${product(sizes)}`,
    );
  }
  const middle = at < 0 ? at + rank : at;
  const inner = product(sizes.slice(middle + 1));
  const rows = product(sizes.slice(0, middle)) * inner;
  // Nothing else bounds these.
  if (sizes[middle] === 0) checkInteger(op, 'rows of shape', rows, 0, MOST_EMPTY_ROWS);
  // Of one column, or of none, rows side by side lie one behind the other, too.
  return { rows, cols: sizes[middle], inner: sizes[middle] < 2 || inner === 0 ? 1 : inner };
}
