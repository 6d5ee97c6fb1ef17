/** Trains away from the page's thread. */
import { loadBits } from '../kernels.ts';
import { type TrainingOptions, type TrainingRun, train } from './train.ts';

export type TrainingRequest = readonly Omit<TrainingOptions, 'onStep'>[];

export type TrainingMessage =
  | { readonly progress: number }
  | { readonly runs: readonly TrainingRun[]; readonly backend: string }
  | { readonly error: string };

const REPORT_EVERY = 20;

addEventListener('message', ({ data }: MessageEvent<TrainingRequest>) => {
  const post = (message: TrainingMessage): void => postMessage(message);
  try {
    const k = loadBits();
    const total = data.reduce((sum, { steps }) => sum + steps, 0);
    let before = 0;
    const runs = data.map((options) => {
      const onStep = (done: number): void => {
        if (done % REPORT_EVERY === 0) post({ progress: (before + done) / total });
      };
      const run = train(k, { ...options, onStep });
      before += options.steps;
      return run;
    });
    post({ runs, backend: k.backend });
    k.close();
  } catch (error) {
    post({ error: error instanceof Error ? error.message : String(error) });
  }
});
