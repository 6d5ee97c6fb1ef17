/** The three scores of the first screen, their temperature, and what softmax makes of them. */
import { computed } from '@preact/signals';
import { exponentials, kernels } from '../kernels.ts';
import { createNormal, createRandom } from '../random.ts';
import { MAX_SCORE, numbers, oneOf, remembered, within } from '../state.ts';

export const NAMES: readonly string[] = ['cat', 'dog', 'bird'];
export const MANY = 1000;
const REACH = 5;

interface Preset {
  readonly title: string;
  readonly z: readonly number[];
}

export const PRESETS: readonly Preset[] = [
  { title: 'Cat, dog, bird', z: [2, 1, 0.1] },
  { title: 'A tie', z: [2, 2, 0.1] },
  { title: 'Very sure', z: [9, 1, 0.1] },
  { title: 'Below zero', z: [-2, -3, -3.9] },
  { title: 'Huge', z: [1000, 999, 998.1] },
];

export const kind = remembered('classes', 'three', oneOf(['three', 'many'] as const));
export const z = remembered('z', PRESETS[0].z, numbers(3));
export const temperature = remembered('T', 1, within(0, Number.POSITIVE_INFINITY));

export const manyLogits: Float32Array = (() => {
  const normal = createNormal(createRandom(7));
  return Float32Array.from({ length: MANY }, () => 2 * normal())
    .sort()
    .reverse();
})();

export const probabilities = computed(() =>
  kernels.softmax(kind.value === 'many' ? manyLogits : [...z.value], { temperature: temperature.value }),
);

/** e^(z/T), as far as float64 goes. */
export const powers = computed(() => exponentials(z.value.map((value) => scaled(value, temperature.value))));
export const sum = computed(() => powers.value.reduce((a, b) => a + b, 0));

let lastSpan: readonly [number, number] = [-REACH, REACH];
/** What the lanes of the scores span: from −5 to 5 if that is enough, else as it was if that is, so that it seldom moves. */
export const span = computed((): readonly [number, number] => {
  const [low, high] = [Math.min(...z.value), Math.max(...z.value)];
  if (low >= -REACH && high <= REACH) lastSpan = [-REACH, REACH];
  else if (low < lastSpan[0] || high > lastSpan[1]) {
    const middle = Math.round((low + high) / 2);
    const half = Math.max(REACH, Math.ceil((high - low) * 0.6));
    lastSpan = [middle - half, middle + half];
  }
  return lastSpan;
});

/** Shows an example at T = 1: at another it might not be seen. */
export function choose(next: Preset | 'many'): void {
  kind.value = next === 'many' ? 'many' : 'three';
  if (next !== 'many') z.value = next.z;
  temperature.value = 1;
}

/** @returns why not, if it cannot be */
export function setScore(index: number, value: number): string | undefined {
  if (Math.abs(value) > MAX_SCORE) return 'a number up to 10³⁰';
  z.value = z.value.map((old, i) => (i === index ? value : old));
}

/** Moves one score until its class has the share. At both ends of T shares do not follow scores: T returns to 1. */
export function setShare(index: number, share: number): void {
  if (temperature.value === 0 || temperature.value === Number.POSITIVE_INFINITY) temperature.value = 1;
  const t = temperature.value;
  const others = kernels.logSumExp(
    z.value.filter((_, i) => i !== index),
    { temperature: t },
  )[0];
  setScore(index, Number((t * (others + Math.log(share / (1 - share)))).toPrecision(6)));
}

function scaled(value: number, t: number): number {
  if (t === Number.POSITIVE_INFINITY) return 0;
  return value === 0 ? 0 : value / t;
}
