// A logits processor for transformers.js that samples with softmax-simd: temperature, top-k, top-p and min-p, seeded,
// without sorting the vocabulary. It leaves only the drawn token above −Infinity, so that generate() has no choice:
//
//   import { LogitsProcessor, LogitsProcessorList, pipeline } from '@huggingface/transformers';
//   const logits_processor = new LogitsProcessorList();
//   logits_processor.push(createSampler(LogitsProcessor, { temperature: 0.8, topP: 0.9, seed: 1 }));
//   await generator(prompt, { max_new_tokens: 50, logits_processor });
import { sample } from 'softmax-simd';

/**
 * @param LogitsProcessor the class of that name from @huggingface/transformers
 * @param {import('softmax-simd').SampleOptions} options
 */
export function createSampler(LogitsProcessor, options = {}) {
  let { firstRow = 0 } = options;
  class Sampler extends LogitsProcessor {
    /** Log-probabilities of the tokens drawn last, one for each sequence of the batch. */
    logProbs = new Float32Array(0);

    /** @param {bigint[][]} _inputIds @param logits a float32 tensor [batch, vocabulary], changed in place */
    _call(_inputIds, logits) {
      const cols = logits.dims.at(-1);
      const { ids, logProbs } = sample(logits.data, { ...options, cols, firstRow });
      firstRow += ids.length;
      this.logProbs = logProbs;
      logits.data.fill(-Infinity);
      ids.forEach((id, row) => {
        logits.data[row * cols + id] = 0;
      });
      return logits;
    }
  }
  return new Sampler();
}
