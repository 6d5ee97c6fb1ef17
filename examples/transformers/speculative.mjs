// Speculative decoding with two models of transformers.js: the draft's model writes some tokens ahead, the target looks at
// all of them in one step, and verifyDraft keeps what the target would have drawn. The texts are distributed as those of
// the target alone.
import { Tensor } from '@huggingface/transformers';
import { sample, softmax, verifyDraft } from 'softmax-simd';

/** The logits of the last `n` positions of a text, [n, vocabulary]. */
async function lastLogits(model, text, n) {
  const ids = BigInt64Array.from(text, BigInt);
  const { logits } = await model({
    input_ids: new Tensor('int64', ids, [1, ids.length]),
    attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]),
  });
  const cols = logits.dims.at(-1);
  return { logits: logits.data.subarray((ids.length - n) * cols, ids.length * cols), cols };
}

/**
 * Text after a prompt, at least `tokens` new ones; `accepted`: how many of them are the draft's.
 * @param {{ target: Function, draft: Function, prompt: number[], tokens: number, ahead?: number, seed: number,
 *   firstRow?: number, draftTemperature?: number, sampling?: import('softmax-simd').VerifyDraftOptions }} task `ahead`
 *   tokens are drafted at a time; at a `draftTemperature` of 0 greedily
 */
export async function speculate({
  target,
  draft,
  prompt,
  tokens,
  ahead = 4,
  seed,
  firstRow = 0,
  draftTemperature = 1,
  sampling = {},
}) {
  const text = [...prompt];
  let accepted = 0;
  while (text.length < prompt.length + tokens) {
    const start = firstRow + text.length - prompt.length;
    const drafted = [];
    const probabilities = [];
    for (let i = 0; i < ahead; i++) {
      const { logits } = await lastLogits(draft, [...text, ...drafted], 1);
      const draw = { temperature: draftTemperature, seed, firstRow: start + i };
      if (draftTemperature > 0) probabilities.push(softmax(logits, { temperature: draftTemperature }));
      drafted.push(sample(logits, draw).ids[0]);
    }
    const { logits, cols } = await lastLogits(target, [...text, ...drafted], ahead + 1);
    const draftProbs = new Float32Array(ahead * cols);
    for (const [i, each] of probabilities.entries()) draftProbs.set(each, i * cols);
    const { penalties } = sampling;
    const verdict = verifyDraft(logits, drafted, {
      ...sampling,
      ...(penalties && { penalties: { ...penalties, history: text } }),
      ...(draftTemperature > 0 && { draftProbs }),
      ...{ cols, seed, firstRow: start },
    });
    text.push(...drafted.slice(0, verdict.accepted), verdict.id);
    accepted += verdict.accepted;
  }
  return { text: text.slice(prompt.length), accepted };
}
