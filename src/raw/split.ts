/** How the work of a kernel divides among threads: what one has to know of its arguments. */

/** The arrays by name, in the order of the arguments; they come first, and 0 stands for none. */
type Arrays<T> = Readonly<Record<string, T>>;

/** Bytes from a row to the next one, by the number of columns and the arguments behind it. */
export type RowBytes = (cols: number, rest: readonly number[]) => number;

/** Into rows: `rows` and `cols` follow the arrays. */
export interface RowSplit {
  readonly rows: Arrays<RowBytes>;
  /** Names of the numbers behind, where single rows may be divided in another way, which needs them. */
  readonly numbers?: readonly string[];
}

/** Into elements of a part of a row, at multiples of `BLOCK_COLS`: `n` follows the arrays. */
export interface ElementSplit {
  /** Bytes for each element. */
  readonly elements: Arrays<number>;
  /** Whether the index of an element to skip follows. */
  readonly skips?: boolean;
  /** What the results of the divisions make together: the largest, or the first that is not −1. */
  readonly merge?: 'max' | 'first';
}

export type Split = RowSplit | ElementSplit;

/** Of every kernel of a family; `undefined` for those that the calling thread runs alone. */
export type Splits<K> = { readonly [name in keyof K]: Split | undefined };

/** `[rows, cols]` of four bytes. */
export const MATRIX: RowBytes = (cols) => 4 * cols;
/** `[rows]` of four bytes. */
export const WORDS: RowBytes = () => 4;
/** `[rows]` of eight bytes. */
export const DOUBLES: RowBytes = () => 8;
/** An array that all rows share. */
export const SHARED: RowBytes = () => 0;
