/** How far results may be off, whatever the input, in rows of up to 2^20 columns: what is promised, tested, measured. */
export const ACCURACY = {
  /** Steps (float32 numbers from the correctly rounded one) of an element, or of the loss of a row. */
  steps: { simd: 2, 'relaxed-simd': 2, js: 1 },
  /** Steps of a loss reduced to a sum or a mean. */
  reducedLoss: 4,
  /** Of a gradient, in units of 2^-23 of the largest entry in its row. */
  gradient: 4,
} as const;
