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

/** The probability of the true class; to set it moves that class's score. */
export const trueShare: { value: number } = {
  get value() {
    return result.value.p[label.value];
  },
  set value(share) {
    setTrueScore(kernels.logSumExp(rivals.value)[0] + Math.log(share / (1 - share)));
  },
};

const rivals = computed(() => z.value.filter((_, i) => i !== label.value));

function setTrueScore(score: number): void {
  z.value = z.value.map((old, i) => (i === label.value ? Number(score.toPrecision(6)) : old));
}

/** By how much the true class leads the best of the others; to set it moves the true class's score. */
export const lead: { value: number } = {
  get value() {
    return z.value[label.value] - Math.max(...rivals.value);
  },
  set value(next) {
    setTrueScore(Math.max(...rivals.value) + next);
  },
};
