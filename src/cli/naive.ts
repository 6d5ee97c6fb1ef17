/** What the kernels race against, and the check that each result passes before it is timed. */

/** Largest error let through to the timing: float32 numbers between a result and the correctly rounded one. */
const MAX_STEPS = 2;
/** Probabilities below this may be flushed to 0. */
const SMALLEST_NORMAL: number = 2 ** -126;

export const NAIVE = 'naive JS';

/** What one writes without a library. */
export function naiveSoftmax(x: Float32Array, cols: number, out: Float32Array): void {
  for (let start = 0; start < x.length; start += cols) {
    const end = start + cols;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) if (x[i] > max) max = x[i];
    let sum = 0;
    for (let i = start; i < end; i++) {
      const e = Math.exp(x[i] - max);
      out[i] = e;
      sum += e;
    }
    for (let i = start; i < end; i++) out[i] /= sum;
  }
}

/** What the others are held against. Not `naiveSoftmax`: into arrays of two kinds, it would run slower. */
export function softmaxInFloat64(x: Float32Array, cols: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += cols) {
    const row = x.subarray(start, start + cols);
    const max = row.reduce((a, b) => Math.max(a, b));
    const sum = row.reduce((total, value) => total + Math.exp(value - max), 0);
    row.forEach((value, c) => {
      out[start + c] = Math.exp(value - max) / sum;
    });
  }
  return out;
}

/** @throws Error naming whose result is wrong, and where */
export function verify(name: string, got: Float32Array, expected: Float64Array): void {
  // Numbers that are not negative stand in the order of their bits.
  const bits = new Int32Array(got.slice().buffer);
  const wanted = new Int32Array(Float32Array.from(expected).buffer);
  const bad = bits.findIndex(
    (b, i) => Math.abs(b - wanted[i]) > MAX_STEPS && !(b === 0 && expected[i] < SMALLEST_NORMAL),
  );
  if (bad < 0) return;
  throw new Error(`${name}: wrong result at element ${bad}: expected ${expected[bad]}, got ${got[bad]}`);
}
