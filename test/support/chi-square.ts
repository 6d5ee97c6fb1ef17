/** Whether draws are distributed as they should be. */

/** The chi-square value that is exceeded once in 10 000 times (Wilson and Hilferty 1931). */
export function criticalValue(freedom: number): number {
  const v = 2 / (9 * freedom);
  return freedom * (1 - v + 3.719 * Math.sqrt(v)) ** 3;
}

/** Pearson's statistic; cells of fewer than ten expected share one. */
export function chiSquare<K>(
  observed: ReadonlyMap<K, number>,
  expected: ReadonlyMap<K, number>,
): { chi: number; freedom: number } {
  const cells: [number, number][] = [];
  const rest: [number, number] = [0, 0];
  for (const [key, wanted] of expected) {
    const found = observed.get(key) ?? 0;
    if (wanted >= 10) cells.push([found, wanted]);
    else {
      rest[0] += found;
      rest[1] += wanted;
    }
  }
  if (rest[1] > 0) cells.push(rest);
  const chi = cells.reduce((sum, [found, wanted]) => sum + (found - wanted) ** 2 / wanted, 0);
  return { chi, freedom: cells.length - 1 };
}
