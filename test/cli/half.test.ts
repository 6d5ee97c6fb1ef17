/** float16 and bfloat16, all 65536 codes of each, against their definition in float64. */
import { describe, expect, it } from 'vitest';
import { narrowToBrain, narrowToHalf, widenBrain, widenHalf } from '../../src/cli/input/half.ts';
import { random } from '../support/random.ts';

const CODES = Uint16Array.from({ length: 2 ** 16 }, (_, code) => code);

/** What a code with so many bits of exponent and mantissa stands for, by IEEE 754. */
function codeValue(code: number, exponentBits: number, mantissaBits: number): number {
  const sign = code >>> 15 ? -1 : 1;
  const exponent = (code >>> mantissaBits) & (2 ** exponentBits - 1);
  const mantissa = code & (2 ** mantissaBits - 1);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
}

function widened(widen: typeof widenHalf, codes: Uint16Array): Float32Array {
  const out = new Float32Array(codes.length);
  widen(codes, new Uint32Array(out.buffer));
  return out;
}

function narrowed(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  narrowToHalf(new Uint32Array(values.buffer, values.byteOffset, values.length), out);
  return out;
}

/** The first index at which two arrays differ, by `Object.is`; −1 if none. */
function differ(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < b.length; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}

describe('to float32', () => {
  it('every float16', () => {
    const expected = Array.from(CODES, (code) => codeValue(code, 5, 10));
    expect(differ(widened(widenHalf, CODES), expected)).toBe(-1);
  });

  it('every bfloat16', () => {
    const expected = Array.from(CODES, (code) => codeValue(code, 8, 7));
    expect(differ(widened(widenBrain, CODES), expected)).toBe(-1);
  });

  it('keeps sign and payload of a NaN', () => {
    const bits = new Uint32Array(2);
    widenHalf(Uint16Array.of(0xfd55, 0x7c01), bits);
    expect([...bits]).toEqual([0xffaaa000, 0x7f802000]);
    widenBrain(Uint16Array.of(0xffd5, 0x7f81), bits);
    expect([...bits]).toEqual([0xffd50000, 0x7f810000]);
  });

  it('where the codes lie in the last half of the result', () => {
    for (const widen of [widenHalf, widenBrain]) {
      const memory = new ArrayBuffer(4 * CODES.length);
      const codes = new Uint16Array(memory, 2 * CODES.length);
      codes.set(CODES);
      widen(codes, new Uint32Array(memory));
      const apart = widened(widen, CODES);
      expect(new Uint32Array(memory)).toEqual(new Uint32Array(apart.buffer));
    }
  });
});

describe('to float16', () => {
  it('every float16 is itself', () => {
    const codes = narrowed(widened(widenHalf, CODES));
    // A NaN becomes a quiet one, with the rest of its bits.
    const expected = CODES.map((code) => (Number.isNaN(codeValue(code, 5, 10)) ? code | 0x200 : code));
    expect(codes).toEqual(expected);
  });

  it('halfway between neighbours to the even one, and to the nearer one beside that', () => {
    const below = CODES.slice(0, 0x7bff);
    const bits = new Uint32Array(1);
    const single = new Float32Array(bits.buffer);
    const beside = (value: number, step: number): number => {
      single[0] = value;
      bits[0] += step;
      return single[0];
    };
    for (const sign of [1, -1]) {
      const code = (i: number): number => (sign < 0 ? 0x8000 : 0) | i;
      const middles = Float32Array.from(
        below,
        (i) => (sign * (codeValue(i, 5, 10) + codeValue(i + 1, 5, 10))) / 2,
      );
      expect(
        differ(
          narrowed(middles),
          Array.from(below, (i) => code(i + (i & 1))),
        ),
      ).toBe(-1);
      const less = middles.map((value) => beside(value, -1));
      expect(differ(narrowed(less), Array.from(below, code))).toBe(-1);
      const more = middles.map((value) => beside(value, 1));
      expect(
        differ(
          narrowed(more),
          Array.from(below, (i) => code(i + 1)),
        ),
      ).toBe(-1);
    }
  });

  it('the ends: 65520 and more is Infinity, 2^-25 and less is 0, each with its sign', () => {
    const cases: [number, number][] = [
      ...([65504, 65519.99609375].map((x) => [x, 0x7bff]) as [number, number][]),
      ...([65520, 65536, 1e6, 3.4e38, Infinity].map((x) => [x, 0x7c00]) as [number, number][]),
      ...([0, 2 ** -25, 2 ** -26, 2 ** -149, 2 ** -126].map((x) => [x, 0]) as [number, number][]),
      [2 ** -25 * 1.0000001192092896, 1],
    ];
    for (const [value, code] of cases) {
      expect([...narrowed(Float32Array.of(value, -value))], `${value}`).toEqual([code, 0x8000 | code]);
    }
  });

  it('any float32: the nearest, by search', () => {
    const { next } = random(7);
    const bits = Uint32Array.from({ length: 200_000 }, () => Math.floor(next() * 2 ** 32));
    const values = new Float32Array(bits.buffer);
    const codes = narrowed(values);
    const finite = Array.from({ length: 0x7c00 }, (_, code) => codeValue(code, 5, 10));
    values.forEach((value, i) => {
      if (Number.isNaN(value)) {
        if (!Number.isNaN(codeValue(codes[i], 5, 10))) throw new Error(`${bits[i]} is no NaN any more`);
        return;
      }
      const size = Math.abs(value);
      let [low, high] = [0, finite.length];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (finite[middle] <= size) low = middle;
        else high = middle;
      }
      const [down, up] = [size - finite[low], (finite[high] ?? 65536) - size];
      const nearest = down < up || (down === up && (low & 1) === 0) ? low : low + 1;
      const expected = nearest | (Object.is(Math.sign(value), -1) || Object.is(value, -0) ? 0x8000 : 0);
      if (codes[i] !== expected) throw new Error(`${value}: expected ${expected}, got ${codes[i]}`);
    });
  });

  it('where the result is the first half of the memory', () => {
    const values = widened(widenHalf, CODES);
    narrowToHalf(new Uint32Array(values.buffer), new Uint16Array(values.buffer, 0, CODES.length));
    expect(new Uint16Array(values.buffer, 0, CODES.length)).toEqual(narrowed(widened(widenHalf, CODES)));
  });
});

describe('to bfloat16', () => {
  const brains = (bits: Uint32Array): Uint16Array => {
    const out = new Uint16Array(bits.length);
    narrowToBrain(bits, out);
    return out;
  };
  const wide = CODES.reduce(
    (bits, code) => bits.fill(code * 2 ** 16, code, code + 1),
    new Uint32Array(2 ** 16),
  );

  it('every bfloat16 is itself', () => {
    // A NaN becomes a quiet one, with the rest of its bits.
    const expected = CODES.map((code) => (Number.isNaN(codeValue(code, 8, 7)) ? code | 0x40 : code));
    expect(brains(wide)).toEqual(expected);
  });

  it('halfway between neighbours to the even one, and to the nearer one beside that', () => {
    const finite = CODES.filter((code) => Math.abs(codeValue(code, 8, 7)) < Infinity);
    const beside = (offset: number): Uint16Array =>
      brains(Uint32Array.from(finite, (code) => code * 2 ** 16 + offset));
    expect(beside(0x8000)).toEqual(finite.map((code) => code + (code & 1)));
    expect(beside(0x7fff)).toEqual(finite);
    expect(beside(0x8001)).toEqual(finite.map((code) => code + 1));
  });

  it('a NaN whose payload is cut off stays one', () => {
    expect([...brains(Uint32Array.of(0x7f800001, 0xff80ffff, 0x7fffffff))]).toEqual([0x7fc0, 0xffc0, 0x7fff]);
  });
});
