/** Sums without rounding, which make shards independent of their order. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ExactSum } from '../../src/cli/exact-sum.ts';

/** The sum in integers of 2^-1074, the smallest float64, rounded once. */
function exact(terms: readonly number[]): number {
  const view = new DataView(new ArrayBuffer(8));
  let sum = 0n;
  for (const term of terms) {
    view.setFloat64(0, Math.abs(term));
    const bits = view.getBigUint64(0);
    const exponent = bits >> 52n;
    const fraction = bits & ((1n << 52n) - 1n);
    const units = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
    sum += term < 0 ? -units : units;
  }
  const size = sum < 0n ? -sum : sum;
  const extra = BigInt(Math.max(0, size.toString(2).length - 53));
  let kept = size >> extra;
  const rest = size - (kept << extra);
  const half = extra > 0n ? 1n << (extra - 1n) : 1n;
  if (extra > 0n && (rest > half || (rest === half && (kept & 1n) === 1n))) kept++;
  const scaled = Number(kept) * 2 ** (Number(extra) - 1074);
  return sum < 0n ? -scaled : scaled;
}

const terms = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), {
  maxLength: 40,
});

it('rounds once, in whatever order', () => {
  fc.assert(
    fc.property(terms, (values) => {
      const sum = new ExactSum();
      for (const value of values) sum.add(value);
      const backwards = new ExactSum();
      for (const value of values.toReversed()) backwards.add(value);
      expect(sum.value + 0).toBe(exact(values) + 0);
      expect(backwards.value + 0).toBe(sum.value + 0);
    }),
    { numRuns: 2000 },
  );
});

it('is the same through JSON, and added up from parts', () => {
  fc.assert(
    fc.property(terms, terms, (a, b) => {
      const whole = new ExactSum();
      for (const value of [...a, ...b]) whole.add(value);
      const parts = [a, b].map((values) => {
        const part = new ExactSum();
        for (const value of values) part.add(value);
        return ExactSum.from(JSON.parse(JSON.stringify(part)));
      });
      parts[1].addSum(parts[0]);
      expect(parts[1].value).toBe(whole.value);
      expect(JSON.parse(JSON.stringify(whole)).length).toBeLessThanOrEqual(40);
    }),
  );
});

it('breaks a tie by what lies below', () => {
  const sum = ExactSum.from([1, 2 ** -53, 2 ** -106]);
  expect(sum.value).toBe(1 + 2 ** -52);
  sum.add(-(2 ** -105));
  expect(sum.value).toBe(1);
});

it('says what is not finite', () => {
  const sum = ExactSum.from([1]);
  sum.add(Infinity);
  sum.add(1);
  expect(sum.value).toBe(Infinity);
  expect(ExactSum.from(sum.toJSON()).value).toBe(Infinity);
  sum.add(NaN);
  expect(sum.value).toBeNaN();
  expect(ExactSum.from(sum.toJSON()).value).toBeNaN();
  expect(ExactSum.from([1e308, 1e308]).value).toBe(Infinity);
});
