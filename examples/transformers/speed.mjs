// Tokens per second of generate() at the vocabulary of a large model, with its own sampler and with ours, and how much of a
// step is sampling: all that is not the model.
//
//   node speed.mjs [TOKENS]
import { LogitsProcessor, LogitsProcessorList, Tensor } from '@huggingface/transformers';
import { createSampler } from './processors.mjs';
import { createModel } from './tiny-model.mjs';

const VOCABULARY = 128_256;
const ROUNDS = 7;
const tokens = Number(process.argv[2] ?? 60);
const model = await createModel({ vocabulary: VOCABULARY, seed: 1 });
const { forward } = model;
let modelMs = 0;
model.forward = async (inputs) => {
  const start = performance.now();
  const outputs = await forward.call(model, inputs);
  modelMs += performance.now() - start;
  return outputs;
};

const allowed = new Uint32Array(Math.ceil(VOCABULARY / 32)).fill(0xfffffffe);
const ours = (options) => () => {
  const list = new LogitsProcessorList();
  list.push(createSampler(LogitsProcessor, { seed: 1, logProbs: 'none', ...options }));
  return { logits_processor: list };
};
const theirs = (options) => () => options;
const penalties = { repetition: 1.1 };

const CONTENDERS = {
  'transformers.js, greedy': theirs({}),
  'ours, greedy': ours({ temperature: 0 }),
  'transformers.js, top-k 50': theirs({ do_sample: true, top_k: 50, temperature: 0.8 }),
  'ours, top-k 50': ours({ topK: 50, temperature: 0.8 }),
  'transformers.js, all tokens': theirs({ do_sample: true, top_k: 0, temperature: 0.8 }),
  'ours, all tokens': ours({ temperature: 0.8 }),
  'transformers.js, top-k 50, penalty': theirs({
    ...{ do_sample: true, top_k: 50, temperature: 0.8, repetition_penalty: 1.1 },
  }),
  'ours, top-k 50, penalty': ours({ topK: 50, temperature: 0.8, penalties }),
  'ours, the same with a mask and top-p 0.9': ours({
    topK: 50,
    topP: 0.9,
    temperature: 0.8,
    penalties,
    allowed,
  }),
  'ours, top-p 0.9 of all, log-probabilities': ours({ topP: 0.9, temperature: 0.8, logProbs: 'raw' }),
};

const inputs = new Tensor('int64', [3n, 5n, 7n], [1, 3]);
const found = new Map(Object.keys(CONTENDERS).map((name) => [name, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, options] of Object.entries(CONTENDERS)) {
    modelMs = 0;
    const start = performance.now();
    await model.generate({ inputs, max_new_tokens: tokens, ...options() });
    const ms = performance.now() - start;
    // The first round warms up.
    if (round > 0) found.get(name)?.push({ ms, sampling: ms - modelMs });
  }
}
console.log(
  `${tokens} tokens at a vocabulary of ${VOCABULARY}, Node ${process.version}, the median of ${ROUNDS}`,
);
for (const [name, all] of found) {
  const { ms, sampling } = all.sort((a, b) => a.ms - b.ms)[ROUNDS >> 1];
  const share = `${((100 * sampling) / ms).toFixed(0)} %`;
  console.log(
    `${name.padEnd(44)}${((1000 * tokens) / ms).toFixed(0).padStart(6)} tokens/s, of a step` +
      `${(sampling / tokens).toFixed(2).padStart(7)} ms or ${share.padStart(4)} is sampling`,
  );
}
await model.dispose();
