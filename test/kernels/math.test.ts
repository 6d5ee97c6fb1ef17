import { describe, expect, test } from 'vitest';
import { logEach, softplusEach } from '../../src/raw/js/math.ts';

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

function log(x: number): number {
  const values = new Float64Array([x]);
  logEach(values, 1);
  return values[0];
}

function losses(x: number): { softplus: number; sigmoid: number } {
  const values = new Float64Array([x]);
  const shares = new Float64Array(1);
  softplusEach(values, shares, 1);
  return { softplus: values[0], sigmoid: shares[0] };
}

const softplus = (x: number) => losses(x).softplus;
const sigmoid = (x: number) => losses(x).sigmoid;

function logError(x: number): number {
  const n = Math.floor(Math.log2(x));
  return errorInUlp(log(x), fixedLog(fixed(x, -n)) + BigInt(n) * LN2);
}

/** `e^−|x|`. */
function fixedExp(x: number): bigint {
  const n = Math.round(Math.abs(x) / Math.LN2);
  const r = BigInt(n) * LN2 - fixed(Math.abs(x));
  let sum = 0n;
  for (let term = ONE, k = 1n; term !== 0n && term !== -1n; k++) {
    sum += term;
    term = ((term * r) >> BigInt(BITS)) / k;
  }
  return sum >> BigInt(n);
}

function softplusError(x: number): number {
  return errorInUlp(softplus(x), (x > 0 ? fixed(x) : 0n) + fixedLog(ONE + fixedExp(x)));
}

function sigmoidError(x: number): number {
  const e = fixedExp(x);
  return errorInUlp(sigmoid(x), ((x < 0 ? e : ONE) << BigInt(BITS)) / (ONE + e));
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

describe('logEach', () => {
  test('is within 2 ULP', () => {
    const near1 = draws(3000, (u) => 1 + 2 ** -Math.floor(u() * 52) * u());
    const far = draws(3000, (u) => (1 + u()) * 2 ** Math.floor(u() * 32));
    expect(worst(logError, near1)).toBeLessThan(2);
    expect(worst(logError, far)).toBeLessThan(2);
  });
  test('special values', () => {
    expect(log(1)).toBe(0);
    expect(log(0)).toBe(-Infinity);
    expect(log(NaN)).toBeNaN();
  });
  test('of the first n values', () => {
    const values = new Float64Array([1, 2, 4, 8]);
    logEach(values, 3);
    expect([...values]).toEqual([0, Math.LN2, 2 * Math.LN2, 8]);
  });
});

describe('softplusEach', () => {
  test('is within 4 ULP', () => {
    for (const range of [1, 10, 200]) {
      const inputs = [...draws(1000, (u) => (u() - 0.5) * 2 * range)];
      expect(worst(softplusError, inputs)).toBeLessThan(4);
      expect(worst(sigmoidError, inputs)).toBeLessThan(4);
    }
  });
  test('is as exact for the smallest odds', () => {
    for (const x of draws(1000, (u) => -200 - u() * 508)) {
      expect(Math.abs(softplus(x) / Math.exp(x) - 1)).toBeLessThan(1e-14);
      expect(sigmoid(x)).toBe(softplus(x));
    }
    expect(softplus(-740)).toBe(4.2e-322);
  });
  test('special values', () => {
    expect(losses(0)).toEqual({ softplus: Math.LN2, sigmoid: 0.5 });
    expect(losses(-0)).toEqual({ softplus: Math.LN2, sigmoid: 0.5 });
    expect(losses(-Infinity)).toEqual({ softplus: 0, sigmoid: 0 });
    expect(losses(Infinity)).toEqual({ softplus: Infinity, sigmoid: 1 });
    for (const x of [-745.5, -746, -1e300]) expect(losses(x)).toEqual({ softplus: 0, sigmoid: 0 });
    for (const x of [745.5, 746, 1e300]) expect(losses(x)).toEqual({ softplus: x, sigmoid: 1 });
    expect(losses(NaN)).toEqual({ softplus: NaN, sigmoid: NaN });
  });
});
