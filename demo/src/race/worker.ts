/** Races the backends away from the page's thread. Stopped by ending the worker. */
import { type Backend, type Kernels, load } from 'softmax-simd';
import { NAIVE, race, type Shape } from '../../../src/cli/race.ts';

export interface RaceRequest {
  readonly shapes: readonly Shape[];
  readonly threads: number;
}

/** One contender at one shape, in elements per second: the median, and the quartiles. */
export interface RaceResult extends Shape {
  readonly name: string;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

/** What a backend said of itself, or why it does not run. */
export interface Contender {
  readonly name: string;
  readonly threads: number;
  readonly reason: string | undefined;
  readonly runs: boolean;
}

export type RaceMessage =
  | { readonly contenders: readonly Contender[] }
  | { readonly progress: number; readonly doing: string }
  | { readonly results: readonly RaceResult[] }
  | { readonly done: true }
  | { readonly error: string };

const BACKENDS: readonly Backend[] = ['js', 'simd', 'relaxed-simd'];
const BUDGET_MS = 1200;
/** Without isolation a page's clock is coarse. */
const SAMPLE_MS: number = globalThis.crossOriginIsolated ? 4 : 20;

addEventListener('message', async ({ data }: MessageEvent<RaceRequest>) => {
  const post = (message: RaceMessage): void => postMessage(message);
  try {
    const kernels: Kernels[] = [];
    const contenders: Contender[] = [{ name: NAIVE, threads: 1, reason: undefined, runs: true }];
    for (const backend of BACKENDS) {
      try {
        const k = await load({ backend, threads: data.threads });
        kernels.push(k);
        contenders.push({ name: backend, threads: k.threads, reason: k.reason, runs: true });
      } catch (error) {
        contenders.push({ name: backend, threads: 0, reason: messageOf(error), runs: false });
      }
    }
    post({ contenders });
    const names = [NAIVE, ...kernels.map((k) => k.backend)];
    data.shapes.forEach((shape, i) => {
      const { rows, cols } = shape;
      const doing = `${rows} × ${cols}`;
      post({ progress: i / data.shapes.length, doing: `checking ${doing}` });
      const onRound = (share: number): void =>
        post({ progress: (i + share) / data.shapes.length, doing: `timing ${doing}` });
      const timings = race(shape, kernels, { budgetMs: BUDGET_MS, sampleMs: SAMPLE_MS, onRound });
      const rate = (ms: number): number => (1000 * rows * cols) / ms;
      const results = timings.map(({ median, q1, q3, samples }, at) => {
        return { ...shape, name: names[at], median: rate(median), low: rate(q3), high: rate(q1), samples };
      });
      post({ results });
    });
    for (const k of kernels) k.close();
    post({ done: true });
  } catch (error) {
    post({ error: messageOf(error) });
  }
});

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
