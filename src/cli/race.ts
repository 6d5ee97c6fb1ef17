/**
 * Softmax by naive JS and by kernels side by side: each checked, then timed. Nothing here is Node's own: the explorer
 * runs it, too.
 */
import type { Kernels } from '../index.ts';
import { type Effort, measure, type Timing } from './measure.ts';

/** Largest error let through to the timing: float32 numbers between a result and the correctly rounded one. */
const MAX_STEPS = 2;
/** Probabilities below this may be flushed to 0. */
const SMALLEST_NORMAL: number = 2 ** -126;

export const NAIVE = 'naive JS';

/** A matrix of logits. */
export interface Shape {
  readonly rows: number;
  readonly cols: number;
}

/**
 * Milliseconds per call of naive JS, then of each of the kernels.
 *
 * @throws Error naming the first that gives a wrong result, before anything is timed
 */
export function race({ rows, cols }: Shape, kernels: readonly Kernels[], effort: Effort): Timing[] {
  const x = logits(rows * cols);
  const expected = softmaxInFloat64(x, cols);
  const out = new Float32Array(x.length);
  const calls = [() => naiveSoftmax(x, cols, out)];
  const outs: Float32Array[] = [out];
  // One allocation: where memory is not shared, another might detach the first.
  const views = kernels.map((k) => k.alloc(2 * x.length));
  kernels.forEach((k, i) => {
    const [kx, kout] = [views[i].subarray(0, x.length), views[i].subarray(x.length)];
    kx.set(x);
    outs.push(kout);
    calls.push(() => k.softmax(kx, { cols, out: kout }));
  });
  calls.forEach((call, i) => {
    call();
    verify(i === 0 ? NAIVE : kernels[i - 1].backend, outs[i], expected);
  });
  const timings = measure(calls, effort);
  kernels.forEach((k, i) => {
    k.free(views[i]);
  });
  return timings;
}

/** What one writes without a library. */
function naiveSoftmax(x: Float32Array, cols: number, out: Float32Array): void {
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

function softmaxInFloat64(x: Float32Array, cols: number): Float64Array {
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

function verify(name: string, got: Float32Array, expected: Float64Array): void {
  // Numbers that are not negative stand in the order of their bits.
  const bits = new Int32Array(got.slice().buffer);
  const wanted = new Int32Array(Float32Array.from(expected).buffer);
  const bad = bits.findIndex(
    (b, i) => Math.abs(b - wanted[i]) > MAX_STEPS && !(b === 0 && expected[i] < SMALLEST_NORMAL),
  );
  if (bad < 0) return;
  throw new Error(`${name}: wrong result at element ${bad}: expected ${expected[bad]}, got ${got[bad]}`);
}

/** Standard normal values times 4, the same in every run. */
function logits(length: number): Float32Array {
  let seed = 1;
  const uniform = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed + 1) / 2 ** 32;
  };
  const normal = (): number => 4 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return Float32Array.from({ length }, normal);
}
