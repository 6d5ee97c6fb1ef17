/**
 * A heat: contenders normalise the same rows in turns of equal time, until the first has done its share of the work.
 * How far each has come is then how fast it is. No page in it: Node runs it, too.
 */
import type { Kernels } from 'softmax-simd';
import { NAIVE, naiveSoftmax, softmaxInFloat64, verify } from '../../../src/cli/naive.ts';
import { createNormal, createRandom } from '../random.ts';

export interface Shape {
  readonly rows: number;
  readonly cols: number;
}

/** One contender at one shape, in elements per second: the median over its turns, and the quartiles. */
export interface HeatResult {
  readonly name: string;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly turns: number;
}

interface HeatOptions {
  readonly turnMs: number;
  readonly turns: number;
  /** After each round: the share of the way that each contender has done. */
  readonly onRound: (shares: number[]) => void;
}

/** Of the median: between the quartiles, from where on a result is called noisy. */
const NOISY = 0.25;

/** @throws Error naming the first that gives a wrong result, before anything is timed */
export function runHeat(
  { rows, cols }: Shape,
  kernels: readonly { readonly name: string; readonly k: Kernels }[],
  { turnMs, turns, onRound }: HeatOptions,
): HeatResult[] {
  const normal = createNormal(createRandom(1));
  const x = Float32Array.from({ length: rows * cols }, () => 4 * normal());
  const expected = softmaxInFloat64(x, cols);
  const out = new Float32Array(x.length);
  const contenders: { name: string; out: Float32Array; call: () => unknown }[] = [
    { name: NAIVE, out, call: () => naiveSoftmax(x, cols, out) },
  ];
  for (const { name, k } of kernels) {
    // One allocation: where memory is not shared, another might detach the first.
    const both = k.alloc(2 * x.length);
    const [from, to] = [both.subarray(0, x.length), both.subarray(x.length)];
    from.set(x);
    contenders.push({ name, out: to, call: () => k.softmax(from, { cols, out: to }) });
  }
  for (const { name, out: got, call } of contenders) {
    call();
    verify(name, got, expected);
  }
  const rates = contenders.map(() => [] as number[]);
  const done = contenders.map(() => 0);
  for (let turn = 0; turn < turns; turn++) {
    contenders.forEach(({ call }, i) => {
      const start = performance.now();
      let calls = 0;
      let now = start;
      do {
        call();
        calls++;
        now = performance.now();
      } while (now - start < turnMs);
      rates[i].push((1000 * calls * x.length) / (now - start));
      // By the clock, not by calls: a long call must not gain by ending late.
      done[i] += rates[i][turn] * turnMs;
    });
    const most = Math.max(...done);
    onRound(done.map((elements) => (elements / most) * ((turn + 1) / turns)));
  }
  return contenders.map(({ name }, i) => summary(name, rates[i]));
}

export function isNoisy({ median, low, high }: HeatResult): boolean {
  return (high - low) / median > NOISY;
}

function summary(name: string, rates: number[]): HeatResult {
  const sorted = rates.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  return { name, median: at(0.5), low: at(0.25), high: at(0.75), turns: rates.length };
}
