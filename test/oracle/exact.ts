/**
 * An oracle with some 160 correct bits, for the hardest cases and to check the float64 oracle: fixed-point
 * BigInt arithmetic with its own exp and log. One row at a time, about 50 thousand elements per second. Shares
 * no code with the library, nor with the float64 oracle.
 */

/** Fraction bits: results down to 2^-150 keep 160 bits, and every float32 is a whole number of units. */
const FRACTION_BITS = 320;
const P = BigInt(FRACTION_BITS);
const ONE = 1n << P;

/** A real number as an integer count of 2^-320, or one of NaN, Infinity and -Infinity. */
export type Exact = bigint | number;

/** 1/T or T; at most one of them. 1 without either. */
export interface ExactScale {
  beta?: number;
  temperature?: number;
}

const bits = new DataView(new ArrayBuffer(8));

/** A finite float64 as `mantissa · 2^exponent`. */
function dyadic(value: number): { mantissa: bigint; exponent: number } {
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: word >> 63n ? -mantissa : mantissa, exponent: Math.max(biased, 1) - 1075 };
}

function shift(value: bigint, by: number): bigint {
  return by >= 0 ? value << BigInt(by) : value >> BigInt(-by);
}

/** A finite float64 in fixed point; exact for every float32. */
function fixed(value: number): bigint {
  const { mantissa, exponent } = dyadic(value);
  return shift(mantissa, exponent + FRACTION_BITS);
}

function multiply(a: bigint, b: bigint): bigint {
  return (a * b) >> P;
}

function divide(a: bigint, b: bigint): bigint {
  return (a << P) / b;
}

/** ln 2 with 64 bits more than the rest, as 2·atanh(1/3). */
const LN2_EXTRA = 64n;
const LN2 = ((): bigint => {
  let power = (1n << (P + LN2_EXTRA)) / 3n;
  let sum = 0n;
  for (let k = 1n; power > 0n; k += 2n, power /= 9n) sum += power / k;
  return 2n * sum;
})();

/** Terms of the series of exp at |r| < 0.0028, where the next one is below 2^-330. */
const EXP_TERMS = 27n;
const EXP_HALVINGS = 8n;

/** e^z: z less a multiple of ln 2, halved eight times, Taylor's series, squared eight times. */
function exp(z: bigint): bigint {
  if (z < -1000n * ONE) return 0n;
  const k = (z << LN2_EXTRA) / LN2;
  const r = (z - ((k * LN2) >> LN2_EXTRA)) >> EXP_HALVINGS;
  let y = ONE;
  for (let i = EXP_TERMS; i > 0n; i--) y = ONE + ((r * y) >> P) / i;
  for (let i = 0n; i < EXP_HALVINGS; i++) y = multiply(y, y);
  return shift(y, Number(k));
}

/** ln w for w > 0 by Halley's iteration on exp: each step triples the correct bits of the first guess. */
function log(w: bigint): bigint {
  let y = fixed(Math.log(toNumber(w)));
  for (let i = 0; i < 2; i++) {
    const e = exp(y);
    y += divide(2n * (w - e), w + e);
  }
  return y;
}

/** Multiplies by beta or divides by T, exactly; only for a finite scale above 0. */
function scaler({ beta, temperature }: ExactScale): (value: bigint) => bigint {
  if (temperature === undefined) {
    const { mantissa, exponent } = dyadic(beta ?? 1);
    return (value) => shift(value * mantissa, exponent);
  }
  const { mantissa, exponent } = dyadic(temperature);
  const numerator = BigInt(Math.max(0, -exponent));
  const denominator = mantissa << BigInt(Math.max(0, exponent));
  return (value) => (value << numerator) / denominator;
}

type Limit = 'none' | 'cold' | 'hot';

/** Whether the scale is T = 0 ('cold'), T = Infinity ('hot') or in between. */
function limitOf({ beta, temperature }: ExactScale): Limit {
  if (temperature === 0 || beta === Number.POSITIVE_INFINITY) return 'cold';
  if (temperature === Number.POSITIVE_INFINITY || beta === 0) return 'hot';
  return 'none';
}

/** What the operations need of a row: exponents relative to its maximum, their exponentials and the sums. */
interface ExactRow {
  /** beta·(x − max), -Infinity where the probability is exactly 0. */
  z: Exact[];
  e: bigint[];
  /** Σ e without one maximum; that one's e is 1. */
  rest: bigint;
  argmax: number;
  max: number;
}

/** The row, or the number of which every result is made up. */
function exactRow(
  x: ArrayLike<number>,
  scale: ExactScale,
  mask?: ArrayLike<number>,
): ExactRow | 'nan' | 'empty' {
  const limit = limitOf(scale);
  const kept: number[] = [];
  for (let j = 0; j < x.length; j++) if (!mask || mask[j]) kept.push(j);
  if (kept.length === 0) return 'empty';
  let argmax = kept[0];
  for (const j of kept) {
    if (Number.isNaN(x[j])) return 'nan';
    if (x[j] > x[argmax]) argmax = j;
  }
  const max = x[argmax];
  if (max === Number.NEGATIVE_INFINITY || (max === Number.POSITIVE_INFINITY && limit !== 'cold'))
    return 'nan';
  const scaled = limit === 'none' ? scaler(scale) : () => 0n;
  const z: Exact[] = new Array(x.length).fill(Number.NEGATIVE_INFINITY);
  const e: bigint[] = new Array(x.length).fill(0n);
  let rest = -ONE;
  for (const j of kept) {
    if (x[j] === max) z[j] = 0n;
    else if (x[j] !== Number.NEGATIVE_INFINITY && limit !== 'cold') z[j] = scaled(fixed(x[j]) - fixed(max));
    const zj = z[j];
    e[j] = typeof zj === 'bigint' ? exp(zj) : 0n;
    rest += e[j];
  }
  return { z, e, rest, argmax, max };
}

/** Probabilities of one row. */
export function softmax(x: ArrayLike<number>, scale: ExactScale = {}, mask?: ArrayLike<number>): Exact[] {
  const row = exactRow(x, scale, mask);
  if (row === 'empty') return new Array(x.length).fill(0n);
  if (row === 'nan') return new Array(x.length).fill(Number.NaN);
  return row.e.map((e) => divide(e, ONE + row.rest));
}

/** Log-probabilities of one row. */
export function logSoftmax(x: ArrayLike<number>, scale: ExactScale = {}, mask?: ArrayLike<number>): Exact[] {
  const row = exactRow(x, scale, mask);
  if (row === 'empty') return new Array(x.length).fill(Number.NEGATIVE_INFINITY);
  if (row === 'nan') return new Array(x.length).fill(Number.NaN);
  const logTotal = log(ONE + row.rest);
  return row.z.map((z) => (typeof z === 'bigint' ? z - logTotal : z));
}

/** Log of the sum of exponentials of one row. */
export function logSumExp(x: ArrayLike<number>, scale: ExactScale = {}, mask?: ArrayLike<number>): Exact {
  const row = exactRow(x, scale, mask);
  if (row === 'empty') return Number.NEGATIVE_INFINITY;
  if (row === 'nan') {
    const kept = Array.from(x).filter((_, j) => !mask || mask[j]);
    return kept.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  }
  const logTotal = log(ONE + row.rest);
  const limit = limitOf(scale);
  if (limit === 'hot' || row.max === 0) return logTotal;
  if (limit === 'cold') return row.max > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return scaler(scale)(fixed(row.max)) + logTotal;
}

/** Options of `crossEntropy`, of one row. */
export interface ExactLossOptions extends ExactScale {
  weight?: ArrayLike<number>;
  labelSmoothing?: number;
  zLoss?: number;
}

/**
 * Cross-entropy of one row, before the reduction, and its gradient. `target`: a label or probabilities. The
 * loss is Σ q·(−log p) with q = weight·((1 − ε)·target + ε/cols); a class with q = 0 contributes 0.
 */
export function crossEntropy(
  x: ArrayLike<number>,
  target: number | ArrayLike<number>,
  options: ExactLossOptions = {},
): { loss: Exact; gradient: Exact[] } {
  const { weight, labelSmoothing = 0, zLoss = 0 } = options;
  const row = exactRow(x, options);
  if (typeof row === 'string') return { loss: Number.NaN, gradient: new Array(x.length).fill(Number.NaN) };
  const smoothing = fixed(labelSmoothing);
  const total = ONE + row.rest;
  const logTotal = log(total);
  const lse = logSumExp(x, options);
  const q = row.e.map((_, j) => {
    const wanted = typeof target === 'number' ? (j === target ? ONE : 0n) : fixed(target[j]);
    const spread = multiply(ONE - smoothing, wanted) + smoothing / BigInt(x.length);
    return weight ? multiply(fixed(weight[j]), spread) : spread;
  });
  let loss = zLoss === 0 ? 0n : multiply(fixed(zLoss), multiply(finite(lse), finite(lse)));
  let infinite = false;
  q.forEach((qj, j) => {
    const z = row.z[j];
    if (typeof z === 'bigint') loss += multiply(qj, logTotal - z);
    else infinite ||= qj !== 0n;
  });
  const sum = q.reduce((a, b) => a + b, 0n);
  const pull = sum + (zLoss === 0 ? 0n : 2n * multiply(fixed(zLoss), finite(lse)));
  const scaled = limitOf(options) === 'none' ? scaler(options) : () => 0n;
  const gradient = row.e.map((e, j) => scaled(divide(multiply(pull, e), total) - q[j]));
  return { loss: infinite ? Number.POSITIVE_INFINITY : loss, gradient };
}

function finite(value: Exact): bigint {
  if (typeof value === 'number') throw new RangeError(`the exact oracle has no zLoss at logSumExp ${value}`);
  return value;
}

/** beta·x for the elementwise functions: infinities stay what they are, 0 stays 0. */
function argument(x: number, scale: ExactScale): Exact {
  if (!Number.isFinite(x)) return x;
  const limit = limitOf(scale);
  if (x === 0 || limit === 'hot') return 0n;
  return limit === 'cold' ? x * Number.POSITIVE_INFINITY : scaler(scale)(fixed(x));
}

/** 1/(1 + e^−z). */
export function sigmoid(x: number, scale: ExactScale = {}): Exact {
  const z = argument(x, scale);
  if (typeof z === 'number') return Number.isNaN(z) ? z : z > 0 ? ONE : 0n;
  const e = exp(z > 0n ? -z : z);
  return divide(z > 0n ? ONE : e, ONE + e);
}

/** −log(1 + e^−z). */
export function logSigmoid(x: number, scale: ExactScale = {}): Exact {
  const z = argument(x, scale);
  if (typeof z === 'number') return z > 0 ? 0n : z;
  const e = exp(z > 0n ? -z : z);
  return (z > 0n ? 0n : z) - log(ONE + e);
}

/** −(posWeight·t·log σ(z) + (1 − t)·log σ(−z)) of one element, and its derivative by x. */
export function binaryCrossEntropy(
  x: number,
  target: number,
  options: ExactScale & { posWeight?: number } = {},
): { loss: Exact; gradient: Exact } {
  if (Number.isNaN(x)) return { loss: x, gradient: x };
  const positive = multiply(fixed(options.posWeight ?? 1), fixed(target));
  const negative = ONE - fixed(target);
  let loss = 0n;
  let infinite = false;
  for (const [share, term] of [
    [positive, logSigmoid(x, options)],
    [negative, logSigmoid(-x, options)],
  ] as const) {
    if (typeof term === 'bigint') loss -= multiply(share, term);
    else infinite ||= share !== 0n;
  }
  const up = multiply(negative, sigmoid(x, options) as bigint);
  const down = multiply(positive, sigmoid(-x, options) as bigint);
  const scaled = limitOf(options) === 'none' ? scaler(options) : () => 0n;
  return { loss: infinite ? Number.POSITIVE_INFINITY : loss, gradient: scaled(up - down) };
}

/** The nearest float64. */
export function toNumber(value: Exact): number {
  if (typeof value === 'number') return value;
  const scaled = Number(value) * 2 ** -FRACTION_BITS;
  return Number.isFinite(scaled) ? scaled : Number(value >> P);
}

/** The exponent of a float32's last place at this value: -149 for subnormals. */
function lastPlace(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  const exponent = magnitude.toString(2).length - 1 - FRACTION_BITS;
  return Math.max(exponent, -126) - 23;
}

/** The correctly rounded float32: nearest, ties to even, in one rounding. */
export function toFloat32(value: Exact): number {
  if (typeof value === 'number') return value;
  const place = lastPlace(value);
  const unit = 1n << BigInt(place + FRACTION_BITS);
  const magnitude = value < 0n ? -value : value;
  let steps = magnitude / unit;
  const twice = 2n * (magnitude - steps * unit);
  if (twice > unit || (twice === unit && steps & 1n)) steps++;
  const rounded = Math.fround(Number(steps) * 2 ** place);
  return value < 0n ? -rounded : rounded;
}

/** Distance of a float32 from the exact value in units of the value's last place. */
export function ulpError(actual: number, value: Exact): number {
  if (typeof value === 'number') return Object.is(actual, value) ? 0 : Number.POSITIVE_INFINITY;
  if (!Number.isFinite(actual)) return actual === toFloat32(value) ? 0 : Number.POSITIVE_INFINITY;
  const difference = fixed(actual) - value;
  const unit = 1n << BigInt(lastPlace(value) + FRACTION_BITS);
  return Math.abs(Number((difference << 32n) / unit)) * 2 ** -32;
}
