/**
 * Random numbers by counting: the numbers of a row are functions of the seed and the row alone, so that it does not
 * matter which rows come together in a call, or in which thread.
 *
 * Philox4x32-10: Salmon, Moraes, Dror, Shaw, 'Parallel random numbers: as easy as 1, 2, 3', SC'11.
 */
const MULTIPLIER_0 = 0xd2511f53 | 0;
const MULTIPLIER_1 = 0xcd9e8d57 | 0;
const WEYL_0 = 0x9e3779b9 | 0;
const WEYL_1 = 0xbb67ae85 | 0;
const ROUNDS = 10;

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** Puts four random 32-bit numbers into `words`, in place of a counter of four; the key is two more words. */
export function philox(words: Int32Array, key0: number, key1: number): void {
  let c0 = words[0];
  let c1 = words[1];
  let c2 = words[2];
  let c3 = words[3];
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(MULTIPLIER_0, c0);
    const high1 = mulHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    c0 = high1 ^ c1 ^ k0;
    c1 = Math.imul(MULTIPLIER_1, c2);
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

const words = /* @__PURE__ */ new Int32Array(4);

/** Uniform in (0, 1], 53 bits of two words. */
const fraction = (a: number, b: number): number => ((a >>> 5) * 2 ** 26 + (b >>> 6) + 1) * 2 ** -53;

/**
 * Number `index` of a seed's stream: uniform in (0, 1], 53 bits. Both are integers from 0 to 2^53 − 1. `use` tells
 * several numbers of one row apart, for what each is used.
 */
export function uniform(seed: number, index: number, use = 0): number {
  words[0] = index | 0;
  words[1] = index / 2 ** 32;
  words[2] = use;
  words[3] = 0;
  philox(words, seed | 0, (seed / 2 ** 32) | 0);
  return fraction(words[0], words[1]);
}

/** By other bits, what says whether a row loses its top choices. */
export function exclusion(seed: number, index: number): number {
  uniform(seed, index);
  return fraction(words[2], words[3]);
}

/** Asked for many at a time: the host takes as long for one as for all of these. */
const unforeseen = /* @__PURE__ */ new Uint32Array(128);
let left = 0;

/** A seed that nobody can foresee, where the host has such numbers. */
export function randomSeed(): number {
  if (left === 0) {
    const has = globalThis.crypto?.getRandomValues?.(unforeseen);
    for (left = 0; left < unforeseen.length; left++) if (!has) unforeseen[left] = Math.random() * 2 ** 32;
  }
  left -= 2;
  return (unforeseen[left] >>> 11) * 2 ** 32 + unforeseen[left + 1];
}
