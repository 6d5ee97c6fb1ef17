/** Section 8's words, scores and weights. */
import { computed } from '@preact/signals';
import { kernels } from '../kernels.ts';
import { flag, numbers, remembered, whole } from '../state.ts';

export const TOKENS: readonly string[] = ['the', 'cat', 'sat', 'on', 'the', 'mat'];
export const N: number = TOKENS.length;
/** Query · key, made up to look like something: verbs look for their subject, words for themselves. */
const SCORES = [
  ...[9, 4, 0, 1, 6, 3],
  ...[12, 17, 2, 0, 4, 7],
  ...[1, 22, 11, 6, 0, 9],
  ...[0, 3, 14, 10, 5, 12],
  ...[6, 2, 1, 8, 9, 14],
  ...[3, 10, 7, 15, 11, 16],
];

export const scores = remembered('scores', SCORES, numbers(N * N));
export const features = remembered('dk', 6, whole(0, 10));
export const causal = remembered('causal', true, flag);
/** The word whose weights are shown. */
export const asking = remembered('ask', 5, whole(0, N - 1));

const mask = Uint8Array.from(SCORES, (_, i) => Number(i % N <= Math.floor(i / N)));
export const beta = computed(() => 1 / Math.sqrt(2 ** features.value));
export const weights = computed(() =>
  kernels.softmax([...scores.value], { cols: N, beta: beta.value, mask: causal.value ? mask : undefined }),
);

export function hidden(query: number, key: number): boolean {
  return causal.value && key > query;
}

/** Which word gets most from the one that asks. */
export const strongest = computed(() => {
  const row = weights.value.subarray(asking.value * N, (asking.value + 1) * N);
  const index = kernels.argmax(row)[0];
  return { index, weight: row[index] };
});
