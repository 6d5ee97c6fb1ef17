/** Section 4's prediction, and what the loss makes of it. */
import { computed } from '@preact/signals';
import { kernels } from '../kernels.ts';
import { numbers, oneOf, remembered, within } from '../state.ts';

export const NAMES = ['cat', 'dog', 'bird'];

export const z = remembered('lz', [2, 1, 0.1], numbers(3));
export const truth = remembered('truth', 'dog', oneOf(['cat', 'dog', 'bird'] as const));
export const smoothing = remembered('smooth', 0, within(0, 0.5));

export const label = computed(() => NAMES.indexOf(truth.value));
export const result = computed(() => {
  const gradient = new Float32Array(3);
  const options = { labelSmoothing: smoothing.value, gradient };
  const loss = kernels.crossEntropy([...z.value], [label.value], options);
  const p = kernels.softmax([...z.value]);
  const y = NAMES.map((_, i) => (i === label.value ? 1 - smoothing.value : 0) + smoothing.value / 3);
  return { loss, plain: kernels.crossEntropy([...z.value], [label.value]), gradient, p, y };
});

/** By how much the true class leads the best of the others. */
export const lead = computed(() => {
  const rivals = z.value.filter((_, i) => i !== label.value);
  return z.value[label.value] - Math.max(...rivals);
});
