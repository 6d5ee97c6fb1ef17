/** How rows lie in an array. */
import { checkCols, checkInteger } from './check.ts';
import { rangeError, typeError } from './errors.ts';
import type { LayoutOptions } from './options.ts';

/**
 * An array of the shape `[rows/inner, cols, inner]`, of which the middle axis is worked along: row r is that of
 * outer index ⌊r/inner⌋ and inner index r mod inner. Row-major `[rows, cols]` has an `inner` of 1, as have all rows of
 * one column.
 */
export interface Layout {
  readonly rows: number;
  readonly cols: number;
  readonly inner: number;
}

/** The layout of an array of `length` elements, by `cols`, or by `shape` and `axis`. */
export function toLayout(op: string, name: string, length: number, options: LayoutOptions): Layout {
  const { cols: givenCols, shape, axis } = options;
  if (shape === undefined) {
    if (axis !== undefined) throw new TypeError(`${op}: axis is one of a shape: give shape, too`);
    const cols = checkCols(op, name, length, givenCols);
    return { rows: cols === 0 ? 0 : length / cols, cols, inner: 1 };
  }
  if (givenCols !== undefined) throw new TypeError(`${op}: give cols, or shape and axis, not both`);
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
  const cols = sizes[middle];
  const inner = product(sizes.slice(middle + 1));
  return { rows: product(sizes.slice(0, middle)) * inner, cols, inner: cols === 1 ? 1 : Math.max(inner, 1) };
}

/** Where an element of a row lies. */
export function indexIn({ cols, inner }: Layout, row: number, col: number): number {
  if (inner === 1) return row * cols + col;
  const lane = row % inner;
  return (((row - lane) / inner) * cols + col) * inner + lane;
}
