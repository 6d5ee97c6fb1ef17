/** What JSON can hold of a sum: its parts, which add up to it exactly, or what it is instead of finite. */
export type SumJson = number[] | 'NaN' | 'Infinity' | '-Infinity';

/**
 * A sum of float64 numbers without rounding, kept as numbers that do not overlap: the same bits in whatever order,
 * and by whatever detour over other sums, its terms come.
 *
 * Shewchuk, Adaptive precision floating-point arithmetic, 1997, https://doi.org/10.1007/PL00009321
 */
export class ExactSum {
  /** By rising magnitude; no bit of one lies within another. */
  #parts: number[] = [];
  /** What terms that are not finite, or an overflow, have made of it. */
  #beyond = 0;

  add(term: number): void {
    let rest = term;
    let kept = 0;
    for (const part of this.#parts) {
      const total = rest + part;
      const [large, small] = Math.abs(rest) < Math.abs(part) ? [part, rest] : [rest, part];
      const error = small - (total - large);
      if (error !== 0) this.#parts[kept++] = error;
      rest = total;
    }
    if (Number.isFinite(rest)) {
      this.#parts.length = kept;
      if (rest !== 0) this.#parts.push(rest);
    } else {
      this.#beyond += rest;
      this.#parts = [];
    }
  }

  addSum(other: ExactSum): void {
    this.#beyond += other.#beyond;
    for (const part of other.#parts) this.add(part);
  }

  /** The float64 number nearest to the sum, ties to even. */
  get value(): number {
    if (this.#beyond !== 0) return this.#beyond;
    let at = this.#parts.length - 1;
    let value = this.#parts[at] ?? 0;
    let error = 0;
    while (error === 0 && at > 0) {
      const part = this.#parts[--at];
      const total = value + part;
      error = part - (total - value);
      value = total;
    }
    // A tie that the parts below break: rounding to even may have gone the other way.
    if (at > 0 && Math.sign(error) === Math.sign(this.#parts[at - 1])) {
      const next = value + 2 * error;
      if (next - value === 2 * error) value = next;
    }
    return value;
  }

  toJSON(): SumJson {
    return this.#beyond === 0 ? [...this.#parts] : (String(this.#beyond) as SumJson);
  }

  static from(json: SumJson): ExactSum {
    const sum = new ExactSum();
    for (const term of typeof json === 'string' ? [Number(json)] : json) sum.add(term);
    return sum;
  }
}
