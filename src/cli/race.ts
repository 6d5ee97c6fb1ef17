/** Softmax by naive JS and by kernels side by side: each checked, then timed. */
import type { Kernels } from '../index.ts';
import { measure } from './measure.ts';
import { NAIVE, naiveSoftmax, softmaxInFloat64, verify } from './naive.ts';

/** A matrix of logits. */
export interface Shape {
  readonly rows: number;
  readonly cols: number;
}

/**
 * Milliseconds per call of naive JS, then of each of the kernels: medians, from about `budgetMs` of calls.
 *
 * @throws Error naming the first that gives a wrong result, before anything is timed
 */
export function race({ rows, cols }: Shape, kernels: readonly Kernels[], budgetMs: number): number[] {
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
  const timings = measure(calls, budgetMs);
  kernels.forEach((k, i) => {
    k.free(views[i]);
  });
  return timings;
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
