// Logits over a language model's vocabulary, for bench:inference and bench:chain.

export const COLS = 128_256;

/** Seeded uniform numbers in (0, 1]. */
export function uniformFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
}

/** Logits of a kind: normal ones of deviation 2 and some 40 plausible tokens far above, or normal ones of 0.5. */
export function makeLogits(kind, rows) {
  const uniform = uniformFrom(1);
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const x = Float32Array.from({ length: rows * COLS }, () => normal() * (kind === 'peaked' ? 2 : 0.5));
  for (let row = 0; kind === 'peaked' && row < rows; row++) {
    for (let i = 0; i < 40; i++) x[row * COLS + Math.floor(uniform() * COLS)] = 12 + 2 * normal();
  }
  return x;
}
