/** Section 9's race: what runs, how far it has come, and the card that a link brought or the race left. */
import { computed, signal } from '@preact/signals';
import { packCard, thisDevice, unpackCard } from '../race/card.ts';
import type { Contender, Heat, RaceMessage, RaceRequest } from '../race/worker.ts';
import { anyText, numbers, remembered, whole } from '../state.ts';

export const SHAPES = [
  { rows: 100_000, cols: 3, what: 'small classifiers' },
  { rows: 10_000, cols: 16, what: 'a few classes' },
  { rows: 256, cols: 1024, what: 'image classes' },
  { rows: 8, cols: 32_000, what: 'a vocabulary' },
  { rows: 1, cols: 131_072, what: 'a long row' },
] as const;

export const chosen = remembered('shapes', [1, 2, 3], numbers());
export const threads = remembered('threads', 0, whole(0, 256));
/** The card as the address keeps it. */
export const packed = remembered('card', '', anyText);

export const contenders = signal<readonly Contender[]>([]);
export const heats = signal<readonly Heat[]>([]);
/** The heat that is being run. */
export const running = signal<Extract<RaceMessage, { running: unknown }> | undefined>(undefined);
export const busy = signal(false);
export const outcome = signal('');
/** A race that is over: here, or where the link comes from. */
export const card = computed(() => (packed.value === '' ? undefined : unpackCard(packed.value)));
let worker: Worker | undefined;

export const cores: number = navigator.hardwareConcurrency ?? 1;
export const threadChoices: readonly number[] = crossOriginIsolated
  ? [...new Set([1, 2, Math.floor(cores / 2), cores])]
      .filter((n) => n >= 1 && n <= Math.max(2, cores))
      .sort((a, b) => a - b)
  : [1];
/** As chosen, if that can be; else all cores. */
export const threadCount = computed(() =>
  threadChoices.includes(threads.value) ? threads.value : threadChoices[threadChoices.length - 1],
);

export const shapes = computed(() => SHAPES.filter((_, i) => chosen.value.includes(i)));

export function start(): void {
  stop('');
  heats.value = [];
  contenders.value = [];
  packed.value = '';
  busy.value = true;
  worker = new Worker(new URL('../race/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<RaceMessage>) => {
    if ('contenders' in data) contenders.value = data.contenders;
    if ('running' in data) running.value = data;
    if ('heat' in data) {
      running.value = undefined;
      heats.value = [...heats.value, data.heat];
    }
    if ('error' in data) stop(`Stopped by an error: ${data.error}`);
    if ('done' in data) {
      stop('Done. Every result was checked against float64 before it was timed.');
      packed.value = packCard({ device: thisDevice(), heats: heats.value });
    }
  };
  worker.onerror = () => stop('The worker did not start.');
  const request: RaceRequest = {
    shapes: shapes.value.map(({ rows, cols }) => ({ rows, cols })),
    threads: threadCount.value,
  };
  worker.postMessage(request);
}

export function stop(why: string): void {
  worker?.terminate();
  worker = undefined;
  busy.value = false;
  running.value = undefined;
  outcome.value = why;
}
