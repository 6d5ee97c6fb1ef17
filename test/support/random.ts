/** A small seeded generator (sfc32), so that a failure can be repeated from its seed on any engine. */

export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** A whole number from 0 to n − 1. */
  below(n: number): number;
  /** Nearly normal, mean 0 and deviation 1: a sum of uniforms, which unlike Box–Muller is the same everywhere. */
  normal(): number;
}

export function random(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  function bits(): number {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  }
  for (let i = 0; i < 12; i++) bits();
  const next = () => bits() / 2 ** 32;
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    below: (n) => Math.floor(n * next()),
    normal: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
  };
}
