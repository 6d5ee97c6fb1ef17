/** Section 5's training, and the step that is shown of it. */
import { computed, effect, signal } from '@preact/signals';
import { remembered, whole } from '../state.ts';
import type { OptimizerName } from '../training/optimizers.ts';
import type { TrainingRun } from '../training/train.ts';
import type { TrainingMessage, TrainingRequest } from '../training/worker.ts';

export const STEPS = 300;
const STEPS_PER_SECOND = 60;
/** Rates a slider can set: decimal numbers, so that they are the same everywhere. */
export const RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
export const OPTIMIZER_NAMES: Record<OptimizerName, string> = { sgd: 'SGD', adam: 'Adam' };
export const OPTIMIZERS = ['sgd', 'adam'] as const;

export const seed = remembered('seed', 1, whole(0, 2 ** 32 - 1));
export const rates = {
  sgd: remembered('sgd', 7, whole(0, RATES.length - 1)),
  adam: remembered('adam', 2, whole(0, RATES.length - 1)),
};
export const step = remembered('step', STEPS, whole(0, STEPS));

export const runs = signal<Record<OptimizerName, TrainingRun> | undefined>(undefined);
export const backend = signal('simd');
export const progress = signal<number | undefined>(undefined);
export const fault = signal<string | undefined>(undefined);
export const playing = signal(false);

const requests = computed(
  (): TrainingRequest =>
    OPTIMIZERS.map((optimizer) => {
      return { optimizer, seed: seed.value, rate: RATES[rates[optimizer].value], steps: STEPS };
    }),
);

/** Trains anew whenever seed or rates change; a worker that is no longer wanted is ended. */
export function keepTraining(): () => void {
  let worker: Worker | undefined;
  const stop = effect(() => {
    worker?.terminate();
    worker = new Worker(new URL('../training/worker.ts', import.meta.url), { type: 'module' });
    progress.value = 0;
    fault.value = undefined;
    worker.onmessage = ({ data }: MessageEvent<TrainingMessage>) => {
      if ('progress' in data) progress.value = data.progress;
      else progress.value = undefined;
      if ('error' in data) fault.value = data.error;
      if (!('runs' in data)) return;
      backend.value = data.backend;
      runs.value = { sgd: data.runs[0], adam: data.runs[1] };
    };
    worker.onerror = () => {
      progress.value = undefined;
      fault.value = 'the worker that trains did not start';
    };
    worker.postMessage(requests.value);
  });
  return () => {
    stop();
    worker?.terminate();
  };
}

/** Moves the step with the clock for as long as it plays. */
export function keepPlaying(): () => void {
  return effect(() => {
    if (!playing.value) return;
    const from = step.peek() >= STEPS ? 0 : step.peek();
    const start = performance.now();
    let frame = requestAnimationFrame(function next() {
      const at = from + ((performance.now() - start) / 1000) * STEPS_PER_SECOND;
      step.value = Math.min(STEPS, Math.round(at));
      if (at >= STEPS) playing.value = false;
      else frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  });
}
