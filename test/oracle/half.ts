/** Half precision by its definition, in float64: what each code stands for, and which one is nearest to a number. */

export interface HalfFormat {
  readonly exponentBits: number;
  readonly fractionBits: number;
}

export const FORMATS = {
  float16: { exponentBits: 5, fractionBits: 10 },
  bfloat16: { exponentBits: 8, fractionBits: 7 },
} as const satisfies Record<string, HalfFormat>;

export type HalfName = keyof typeof FORMATS;

export const CODES: number = 2 ** 16;

/** `(−1)^s · 2^(e − bias) · 1.f`, `0.f` at the least exponent; Infinity and NaN at the largest. */
function decoded(code: number, { exponentBits, fractionBits }: HalfFormat): number {
  const sign = code >= 0x8000 ? -1 : 1;
  const fraction = (code % 2 ** fractionBits) / 2 ** fractionBits;
  const exponent = Math.floor(code / 2 ** fractionBits) % 2 ** exponentBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

const VALUES = Object.fromEntries(
  Object.entries(FORMATS).map(([name, format]) => [
    name,
    Float64Array.from({ length: CODES }, (_, code) => decoded(code, format)),
  ]),
) as Record<HalfName, Float64Array>;

/** What a code stands for. */
export function widen(code: number, name: HalfName): number {
  return VALUES[name][code];
}

const LIMITS = Object.fromEntries(
  Object.entries(FORMATS).map(([name, { exponentBits, fractionBits }]) => [
    name,
    {
      ones: 2 ** fractionBits,
      infinite: (2 ** exponentBits - 1) * 2 ** fractionBits,
      least: 2 - 2 ** (exponentBits - 1),
    },
  ]),
) as Record<HalfName, { ones: number; infinite: number; least: number }>;

/** The code of the nearest value, of two the even one; infinite from half way to what would follow the largest one. */
export function narrow(value: number, name: HalfName): number {
  const { ones, infinite, least } = LIMITS[name];
  if (Number.isNaN(value)) return infinite + ones / 2;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === Infinity) return sign + infinite;
  if (size === 0) return sign;
  // Codes count steps, which grow with the exponent, from the least one on.
  const exponent = Math.max(exponentOf(size), least);
  const steps = (size / powerOf(exponent)) * ones;
  const whole = Math.floor(steps);
  const rest = steps - whole;
  const count = rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
  return sign + Math.min((exponent - least) * ones + count, infinite);
}

const float64 = new Float64Array(1);
const words = new Uint32Array(float64.buffer);

/** `2 ** exponent`, from the upper word, too: some million calls of `**` take seconds. */
function powerOf(exponent: number): number {
  words[0] = 0;
  words[1] = (exponent + 1023) << 20;
  return float64[0];
}

/** The exponent of the power of two that is not above a positive number: it stands in float64's upper word. */
function exponentOf(size: number): number {
  float64[0] = size;
  return (words[1] >>> 20) - 1023;
}
