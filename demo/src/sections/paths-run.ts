/** Section 7's training, and the step that is shown of it. */
import { computed, effect, signal } from '@preact/signals';
import { remembered, whole } from '../state.ts';
import type { Bounds } from '../three/paths.ts';
import type { OptimizerName } from '../training/optimizers.ts';
import type { TrainingRun } from '../training/train.ts';
import type { TrainingMessage, TrainingRequest } from '../training/worker.ts';
import { movesByItself } from '../ui/motion.ts';

export const STEPS = 300;
const STEPS_PER_SECOND = 60;
/** Rates a slider can set: decimal numbers, so that they are the same everywhere. */
export const RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
export const OPTIMIZER_NAMES: Record<OptimizerName, string> = { sgd: 'SGD', adam: 'Adam' };
export const OPTIMIZERS = ['sgd', 'adam'] as const;

export const seed = remembered('seed', 1, whole(0, 2 ** 32 - 1));
export const rates = {
  sgd: remembered('sgd', 7, whole(0, RATES.length - 1)),
  adam: remembered('adam', 1, whole(0, RATES.length - 1)),
};
/** Where motion is not wanted, the end. */
export const step = signal(movesByItself() ? 0 : STEPS);

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

/** The cube that holds all logits of both runs: one for both, so that they can be compared. */
export const bounds = computed((): Bounds => {
  const low = [-1, -1, -1];
  const high = [1, 1, 1];
  for (const optimizer of OPTIMIZERS) {
    const logits = runs.value?.[optimizer].logits ?? [];
    for (let i = 0; i < logits.length; i++) {
      low[i % 3] = Math.min(low[i % 3], logits[i]);
      high[i % 3] = Math.max(high[i % 3], logits[i]);
    }
  }
  const middle = (c: number): number => (low[c] + high[c]) / 2;
  const half = 1.04 * Math.max(...low.map((_, c) => (high[c] - low[c]) / 2));
  return { centre: [middle(0), middle(1), middle(2)], half };
});

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
