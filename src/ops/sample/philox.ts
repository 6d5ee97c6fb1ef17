/**
 * Random numbers by counting: the number of a row is a function of the seed and the row alone, so that it does not
 * matter which rows come together in a call, or in which thread.
 *
 * Philox4x32-10: Salmon, Moraes, Dror, Shaw, 'Parallel random numbers: as easy as 1, 2, 3', SC'11.
 */
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of the product of two 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + (other >>> 16)) >>> 0;
}

/** Four random 32-bit numbers from a counter of four and a key of two. */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = mulHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Number `index` of a seed's stream: uniform in (0, 1], 53 bits. Both are integers from 0 to 2^53 − 1. */
export function uniform(seed: number, index: number): number {
  const [a, b] = philox(
    [index >>> 0, Math.floor(index / 2 ** 32), 0, 0],
    [seed >>> 0, Math.floor(seed / 2 ** 32)],
  );
  return ((a >>> 5) * 2 ** 26 + (b >>> 6) + 1) * 2 ** -53;
}

/** A seed that nobody can foresee, where the host has such numbers. */
export function randomSeed(): number {
  const words = new Uint32Array(2);
  if (typeof globalThis.crypto?.getRandomValues === 'function') globalThis.crypto.getRandomValues(words);
  else
    words.forEach((_, i) => {
      words[i] = Math.random() * 2 ** 32;
    });
  return (words[0] >>> 11) * 2 ** 32 + words[1];
}
