/** Rows of row-major data. */

export type Numbers = ArrayLike<number>;

/** Calls `f` with each row and where it begins; its results. */
export function mapRows<T>(
  x: Numbers,
  { cols = x.length }: { cols?: number },
  f: (row: number[], from: number, index: number) => T,
): T[] {
  const rows = cols === 0 ? 0 : x.length / cols;
  return Array.from({ length: rows }, (_, index) =>
    f(
      Array.from({ length: cols }, (_, j) => x[index * cols + j]),
      index * cols,
      index,
    ),
  );
}
