import { describe, expect, test } from 'vitest';
import { exp, log, log1p } from '../src/math.ts';

/** Fixed-point numbers with this many bits after the point: an oracle that shares nothing with the code. */
const BITS = 400;
const ONE = 1n << BigInt(BITS);

/** `x·2^shift` in fixed point, exact while no bit falls off the end. */
function fixed(x: number, shift = 0): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const word = view.getBigUint64(0);
  const field = Number((word >> 52n) & 0x7ffn);
  const mantissa = (word & 0xfffffffffffffn) | (field > 0 ? 1n << 52n : 0n);
  const exponent = Math.max(field, 1) - 1075 + shift + BITS;
  const magnitude = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa >> BigInt(-exponent);
  return word >> 63n ? -magnitude : magnitude;
}

/** `log v` for a fixed-point v of about 1: `2·atanh((v − 1)/(v + 1))`. */
function fixedLog(v: bigint): bigint {
  const s = ((v - ONE) << BigInt(BITS)) / (v + ONE);
  const square = (s * s) >> BigInt(BITS);
  let sum = 0n;
  for (let power = s, n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n;
    power = (power * square) >> BigInt(BITS);
  }
  return 2n * sum;
}

const LN2 = fixedLog(2n * ONE - 1n);

/** The last place of a float64 at or below |x|, as an exponent of two. */
function lastPlace(x: number): number {
  return Math.max(-1074, Math.floor(Math.log2(Math.abs(x))) - 52);
}

/** The error of `got`, in units of its last place, against `want·2^shift`. */
function errorInUlp(got: number, want: bigint, shift = 0): number {
  const place = lastPlace(got);
  const unit = place - shift + BITS;
  const difference = fixed(got, -shift) - want;
  return Number((difference << 64n) >> BigInt(unit)) / 2 ** 64;
}

function expError(x: number): number {
  const n = Math.round(x / Math.LN2);
  const r = fixed(x) - BigInt(n) * LN2;
  let sum = 0n;
  for (let term = ONE, k = 1n; term !== 0n && term !== -1n; k++) {
    sum += term;
    term = ((term * r) >> BigInt(BITS)) / k;
  }
  return errorInUlp(exp(x), sum, n);
}

function logError(x: number): number {
  const n = Math.floor(Math.log2(x));
  return errorInUlp(log(x), fixedLog(fixed(x, -n)) + BigInt(n) * LN2);
}

function log1pError(x: number): number {
  if (x < 1) return errorInUlp(log1p(x), fixedLog(ONE + fixed(x)));
  const n = Math.floor(Math.log2(x));
  return errorInUlp(log1p(x), fixedLog(fixed(x, -n) + fixed(1, -n)) + BigInt(n) * LN2);
}

/** Reproducible uniform numbers in 0…1. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function worst(error: (x: number) => number, inputs: Iterable<number>): number {
  let most = 0;
  for (const x of inputs) most = Math.max(most, Math.abs(error(x)));
  return most;
}

function* draws(count: number, draw: (u: () => number) => number): Generator<number> {
  const u = uniform(20240607);
  for (let i = 0; i < count; i++) yield draw(u);
}

describe('exp', () => {
  test('is within 1.1 ULP', () => {
    expect(
      worst(
        expError,
        draws(4000, (u) => (u() - 0.5) * 2),
      ),
    ).toBeLessThan(1.1);
    expect(
      worst(
        expError,
        draws(4000, (u) => u() * 1417 - 708),
      ),
    ).toBeLessThan(1.1);
    // Breakpoints of the table, from both sides.
    expect(
      worst(
        expError,
        draws(2000, (u) => ((Math.round(u() * 2000) - 1000.5) * Math.LN2) / 16),
      ),
    ).toBeLessThan(1.1);
  });
  test('rounds to a subnormal number once', () => {
    expect(
      worst(
        expError,
        draws(1000, (u) => -708 - u() * 37),
      ),
    ).toBeLessThan(1.1);
  });
  test('special values', () => {
    expect(exp(0)).toBe(1);
    expect(exp(-0)).toBe(1);
    expect(exp(5e-324)).toBe(1);
    expect(exp(Infinity)).toBe(Infinity);
    expect(exp(-Infinity)).toBe(0);
    expect(exp(NaN)).toBeNaN();
    expect(exp(709.782712893384)).toBeLessThan(Infinity);
    expect(exp(709.7827128933841)).toBe(Infinity);
    expect(exp(-745.1332191019411)).toBe(5e-324);
    expect(exp(-745.1332191019412)).toBe(0);
  });
});

describe('log', () => {
  test('is within 1 ULP', () => {
    expect(
      worst(
        logError,
        draws(3000, (u) => u() * 4),
      ),
    ).toBeLessThan(1);
    expect(
      worst(
        logError,
        draws(3000, (u) => 1 + (u() - 0.5) * 2 ** -Math.floor(u() * 52)),
      ),
    ).toBeLessThan(1);
    expect(
      worst(
        logError,
        draws(1000, (u) => (1 + u()) * 2 ** Math.floor(u() * 2000 - 1000)),
      ),
    ).toBeLessThan(1);
    expect(
      worst(
        logError,
        draws(500, (u) => u() * 2 ** -1022),
      ),
    ).toBeLessThan(1);
  });
  test('special values', () => {
    expect(log(1)).toBe(0);
    expect(log(0)).toBe(-Infinity);
    expect(log(-0)).toBe(-Infinity);
    expect(log(-1)).toBeNaN();
    expect(log(NaN)).toBeNaN();
    expect(log(Infinity)).toBe(Infinity);
    expect(log(-Infinity)).toBeNaN();
    expect(logError(5e-324)).toBeLessThan(1);
    expect(logError(Number.MAX_VALUE)).toBeLessThan(1);
  });
});

describe('log1p', () => {
  test('is within 1 ULP', () => {
    expect(
      worst(
        log1pError,
        draws(3000, (u) => u() * 3.6 - 0.6),
      ),
    ).toBeLessThan(1);
    expect(
      worst(
        log1pError,
        draws(3000, (u) => (u() - 0.5) * 2 ** -Math.floor(u() * 60)),
      ),
    ).toBeLessThan(1);
    expect(
      worst(
        log1pError,
        draws(1000, (u) => (1 + u()) * 2 ** Math.floor(u() * 100)),
      ),
    ).toBeLessThan(1);
  });
  test('returns a tiny argument', () => {
    for (const x of [0, -0, 5e-324, -5e-324, 1e-300, 1e-20, -1e-20]) expect(log1p(x)).toBe(x);
  });
  test('special values', () => {
    expect(log1p(-1)).toBe(-Infinity);
    expect(log1p(-1.5)).toBeNaN();
    expect(log1p(NaN)).toBeNaN();
    expect(log1p(Infinity)).toBe(Infinity);
    expect(log1p(-Infinity)).toBeNaN();
    expect(log1p(Number.MAX_VALUE)).toBe(log(Number.MAX_VALUE));
  });
});
