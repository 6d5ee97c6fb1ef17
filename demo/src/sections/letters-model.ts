/** Letters of a text, what a small language model expected at each, and a text drawn from that. */
import { computed, signal } from '@preact/signals';
import labelsUrl from '../../../sample/labels.npy?url';
import logitsUrl from '../../../sample/logits.npy?url';
import { kernels } from '../kernels.ts';
import { remembered, whole, within } from '../state.ts';

/** Positions, and bytes to choose from at each. */
export const LENGTH = 256;
export const BYTES = 256;
const SHOWN = 8;

export const temperature = remembered('lt', 1, within(0, 3));
/** 0: no such filter. */
export const topK = remembered('lk', 0, whole(0, 40));
export const topP = remembered('lp', 1, within(0.05, 1));
export const minP = remembered('lm', 0, within(0, 0.5));
export const seed = remembered('ls', 1, whole(0, 1e6));
/** The letter that is looked at. */
export const selected = signal(10);

export const data = signal<{ readonly logits: Float32Array; readonly truth: Int32Array } | undefined>(
  undefined,
);
export const fault = signal('');

export async function loadText(): Promise<void> {
  if (data.value) return;
  try {
    const [logits, labels] = await Promise.all(
      [logitsUrl, labelsUrl].map(async (url) => {
        const answer = await fetch(url);
        if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
        return answer.arrayBuffer();
      }),
    );
    // The page's own files: their shapes are known, the elements stand at the end.
    data.value = {
      logits: new Float32Array(logits.slice(-4 * LENGTH * BYTES)),
      truth: new Int32Array(labels.slice(-4 * LENGTH)),
    };
  } catch (error) {
    fault.value = `The text cannot be loaded: ${error instanceof Error ? error.message : error}`;
  }
}

export const probabilities = computed(
  () => data.value && kernels.softmax(data.value.logits, { cols: BYTES, temperature: temperature.value }),
);

/** A byte for each position, drawn after the true ones before it. */
export const drawn = computed(
  () =>
    data.value &&
    kernels.sample(data.value.logits, {
      ...{ cols: BYTES, temperature: temperature.value, seed: seed.value },
      ...{ topK: topK.value === 0 ? undefined : topK.value, topP: topP.value, minP: minP.value },
    }).ids,
);

/** The bytes that are most probable at the letter that is looked at; then what stood there and what was drawn. */
export const alternatives = computed(() => {
  const [p, at] = [probabilities.value, selected.value];
  if (!p || !data.value || !drawn.value) return [];
  const row = p.subarray(at * BYTES, (at + 1) * BYTES);
  const bytes = new Set([...kernels.topK(row, SHOWN).indices, data.value.truth[at], drawn.value[at]]);
  return Array.from(bytes, (byte) => ({ byte, share: row[byte] }));
});

/** A byte as it can be seen. */
export function visible(byte: number): string {
  if (byte === 10) return '⏎';
  if (byte === 32) return '␣';
  return byte > 32 && byte < 127 ? String.fromCharCode(byte) : `x${byte.toString(16).padStart(2, '0')}`;
}
