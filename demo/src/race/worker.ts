/** Races the backends away from the page's thread. Stopped by ending the worker. */
import { type Kernels, type LoadOptions, load } from 'softmax-simd';
import { NAIVE } from '../../../src/cli/naive.ts';
import { type HeatResult, runHeat, type Shape } from './heat.ts';

export interface RaceRequest {
  readonly shapes: readonly Shape[];
  /** Of the contender that has several; 1: there is none. */
  readonly threads: number;
}

/** What runs in a lane, or why it does not. */
export interface Contender {
  readonly name: string;
  readonly backend: string;
  readonly threads: number;
  readonly reason: string | undefined;
  readonly runs: boolean;
}

/** One heat's results. */
export interface Heat extends Shape {
  readonly results: readonly HeatResult[];
}

export type RaceMessage =
  | { readonly contenders: readonly Contender[] }
  | { readonly running: Shape; readonly shares: readonly number[] }
  | { readonly heat: Heat }
  | { readonly done: true }
  | { readonly error: string };

const TURNS = 60;
/** Without isolation a page's clock is coarse. */
const TURN_MS: number = globalThis.crossOriginIsolated ? 8 : 20;

addEventListener('message', async ({ data }: MessageEvent<RaceRequest>) => {
  const post = (message: RaceMessage): void => postMessage(message);
  try {
    const kernels: { name: string; k: Kernels }[] = [];
    const contenders: Contender[] = [{ name: NAIVE, backend: '', threads: 1, reason: undefined, runs: true }];
    const enter = async (name: string, options: LoadOptions): Promise<void> => {
      try {
        const k = await load(options);
        kernels.push({ name, k });
        contenders.push({ name, backend: k.backend, threads: k.threads, reason: k.reason, runs: true });
      } catch (error) {
        contenders.push({ name, backend: '', threads: 0, reason: messageOf(error), runs: false });
      }
    };
    await enter('js', { backend: 'js' });
    await enter('Wasm, one thread', { backend: 'auto' });
    if (data.threads > 1) await enter(`Wasm, ${data.threads} threads`, { threads: data.threads });
    post({ contenders });
    for (const shape of data.shapes) {
      post({ running: shape, shares: contenders.filter(({ runs }) => runs).map(() => 0) });
      const results = runHeat(shape, kernels, {
        ...{ turnMs: TURN_MS, turns: TURNS },
        onRound: (shares) => post({ running: shape, shares }),
      });
      post({ heat: { ...shape, results } });
    }
    for (const { k } of kernels) k.close();
    post({ done: true });
  } catch (error) {
    post({ error: messageOf(error) });
  }
});

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
