// Logits processors for generate() of transformers.js, in place of its own penalties and its own sampler: bias, penalties,
// a grammar's mask, any of the filters of softmax-simd, and the draw, seeded, without sorting the vocabulary. They take
// tensors of float32 and of float16:
//
//   import { LogitsProcessor, LogitsProcessorList, pipeline } from '@huggingface/transformers';
//   const logits_processor = new LogitsProcessorList();
//   logits_processor.push(createSampler(LogitsProcessor, { temperature: 0.8, topP: 0.9, seed: 1 }));
//   await generator(prompt, { max_new_tokens: 50, logits_processor });
import { adjustLogits, sample } from 'softmax-simd';

/**
 * `penalties` without a history, which is the text so far; `allowed` also as a function that gets each text so far and
 * gives the words of its mask, one bit a token, the least significant first.
 * @typedef {object} Adjustments
 * @property {import('softmax-simd').BiasOptions} [bias]
 * @property {Omit<import('softmax-simd').PenaltyOptions, 'history'>} [penalties]
 * @property {Uint32Array | Int32Array | ((text: bigint[], row: number) => Uint32Array | Int32Array)} [allowed]
 */

/** The adjustments for texts so far. */
function adjustmentsFor({ bias, penalties, allowed }, texts) {
  const masks = typeof allowed === 'function' ? texts.map(allowed) : undefined;
  const words = masks && new Int32Array(masks.length * masks[0].length);
  masks?.forEach((mask, row) => {
    words.set(mask, row * mask.length);
  });
  return {
    ...(bias && { bias }),
    ...(penalties && { penalties: { ...penalties, history: texts } }),
    ...(allowed && { allowed: words ?? allowed }),
  };
}

/**
 * Adjusts the logits, in place, and leaves the choice to transformers.js.
 * @param LogitsProcessor the class of that name from @huggingface/transformers
 * @param {Adjustments} adjustments
 */
export function createAdjuster(LogitsProcessor, adjustments) {
  class Adjuster extends LogitsProcessor {
    /** @param {bigint[][]} texts @param logits a tensor [batch, vocabulary] */
    _call(texts, logits) {
      // A tensor may be read through its structure; what is written to is its data.
      const options = { ...adjustmentsFor(adjustments, texts), ...layoutOf(logits) };
      adjustLogits(logits.data, { ...options, out: logits.data });
      return logits;
    }
  }
  return new Adjuster();
}

/**
 * Adjusts, filters and draws, and leaves only the drawn token above −Infinity, so that generate() has no choice. It has to
 * be the last processor: nothing is left of the tokens behind the last one that is drawn, which generate() would only copy
 * and look through.
 * @param LogitsProcessor the class of that name from @huggingface/transformers
 * @param {Adjustments & import('softmax-simd').SampleOptions} options
 */
export function createSampler(LogitsProcessor, { bias, penalties, allowed, ...options } = {}) {
  const adjustments = { bias, penalties, allowed };
  let { firstRow = 0 } = options;
  class Sampler extends LogitsProcessor {
    /** What `sample` gave last, for each text of the batch. */
    last;

    /** @param {bigint[][]} texts @param logits a tensor [batch, vocabulary], which is written over */
    _call(texts, logits) {
      this.last = sample(logits, { ...options, ...adjustmentsFor(adjustments, texts), firstRow });
      const { ids } = this.last;
      firstRow += ids.length;
      const cols = Math.max(...ids) + 1;
      const data = logits.data.subarray(0, ids.length * cols);
      // Float16 is bits where the host has no class for it.
      data.fill(data instanceof Uint16Array ? 0xfc00 : -Infinity);
      for (const [row, id] of ids.entries()) data[row * cols + id] = 0;
      return new logits.constructor(logits.type, data, [ids.length, cols]);
    }
  }
  return new Sampler();
}

/** What the data of a tensor does not say. */
function layoutOf({ dims, type }) {
  return { cols: dims.at(-1), ...(type === 'float16' && { dtype: type }) };
}
