// The processors in lists of transformers.js, by themselves and in generate(), against float64 and the library's own.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { LogitsProcessor, LogitsProcessorList, random, Tensor } from '@huggingface/transformers';
import { createAdjuster, createSampler } from '../processors.mjs';
import { createModel, exactLogits } from '../tiny-model.mjs';
import { areDraws, filtered, logSoftmax, penalized } from './exact.mjs';

const VOCABULARY = 100;
const SEED = 4;
const PROMPT = [3, 17, 3];
const penalties = { repetition: 1.3, frequency: 0.2, presence: 0.1 };

const listOf = (processor) => {
  const list = new LogitsProcessorList();
  list.push(processor);
  return list;
};
const prompt = (text) => new Tensor('int64', BigInt64Array.from(text, BigInt), [1, text.length]);
const numbers = (tensor) => Array.from(tensor.data, Number);
const Float16Array = globalThis.Float16Array ?? Uint16Array;

/** Float16 as transformers.js has it on this host, of numbers that it holds exactly; and back. */
function toHalf(values) {
  if (Float16Array !== Uint16Array) return Float16Array.from(values);
  return Uint16Array.from(values, (value) => {
    if (value === 0) return 0;
    const exponent = Math.floor(Math.log2(Math.abs(value)));
    const mantissa = (Math.abs(value) / 2 ** exponent - 1) * 1024;
    return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | mantissa;
  });
}
function fromHalf(data) {
  if (!(data instanceof Uint16Array)) return Array.from(data);
  return Array.from(data, (code) => {
    const [exponent, mantissa] = [(code >> 10) & 31, code & 1023];
    const size =
      exponent === 31
        ? Infinity
        : exponent === 0
          ? mantissa * 2 ** -24
          : (1024 + mantissa) * 2 ** (exponent - 25);
    return code >> 15 ? -size : size;
  });
}

describe('in a list', () => {
  const texts = [
    [1n, 2n, 1n],
    [5n, 0n],
  ];
  const cols = 40;
  // Of eighths, so that float16 holds them.
  const values = Array.from({ length: 2 * cols }, (_, i) => ((i * 37) % 97) / 8 - 6);
  const allowed = (text) => Int32Array.of(text.length === 3 ? 0x0fffffff : -2, -1);
  const isAllowed = (row, id) => (id < 32 ? (row === 0 ? id < 28 : id > 0) : true);
  const exact = texts.map((text, row) =>
    penalized(values.slice(row * cols, (row + 1) * cols), text, penalties).map((z, id) =>
      isAllowed(row, id) ? z : -Infinity,
    ),
  );

  for (const [type, data, back, bits] of [
    ['float32', () => Float32Array.from(values), (found) => Array.from(found), 24],
    ['float16', () => toHalf(values), fromHalf, 11],
  ]) {
    test(`${type}: adjusted as in float64, rounded once`, () => {
      const tensor = new Tensor(type, data(), [2, cols]);
      const list = listOf(createAdjuster(LogitsProcessor, { penalties, allowed }));
      const found = back(list(texts, tensor).data);
      for (const [i, z] of exact.flat().entries()) {
        const most = 2 ** -bits * 2 ** (Math.floor(Math.log2(Math.abs(z))) + 1);
        assert.ok(found[i] === z || Math.abs(found[i] - z) <= most, `${i}: ${found[i]}, not ${z}`);
      }
    });

    test(`${type}: the token drawn is all that is left, and its figures are those of float64`, () => {
      const sampler = createSampler(LogitsProcessor, {
        ...{ penalties, allowed, temperature: 0.8, topK: 9, topP: 0.9, seed: 2 },
        ...{ logProbs: 'processed', alternatives: 9 },
      });
      const list = listOf(sampler);
      for (let step = 0; step < 20; step++) {
        const result = list(texts, new Tensor(type, data(), [2, cols]));
        const found = back(result.data);
        const width = result.dims.at(-1);
        const { ids, logProbs, alternatives } = sampler.last;
        for (const [row, id] of ids.entries()) {
          const left = found.slice(row * width, (row + 1) * width);
          assert.ok(id < width && width <= cols);
          assert.deepEqual(
            left,
            Array.from(left, (_, i) => (i === id ? 0 : -Infinity)),
          );
          // Half precision is adjusted as it is, not rounded again.
          const p = filtered(Array.from(Float32Array.from(exact[row])), {
            ...{ temperature: 0.8, topK: 9, topP: 0.9 },
          });
          assert.ok(Math.abs(logProbs[row] - Math.log(p[id])) < 1e-6, `${logProbs[row]}, not ${p[id]}`);
          for (let i = 0; i < 9; i++) {
            const other = alternatives.ids[row * 9 + i];
            const wanted = other < 0 ? -Infinity : Math.log(p[other]);
            const logProb = alternatives.logProbs[row * 9 + i];
            assert.ok(logProb === wanted || Math.abs(logProb - wanted) < 1e-6);
          }
          assert.equal(
            p.filter((each) => each > 0).length,
            Array.from(alternatives.ids)
              .slice(row * 9, row * 9 + 9)
              .filter((other) => other >= 0).length,
          );
        }
      }
    });
  }
});

for (const isHalf of [false, true]) {
  describe(`in generate(), of a model of float${isHalf ? 16 : 32}`, async () => {
    const model = await createModel({ vocabulary: VOCABULARY, seed: SEED, isHalf });
    after(() => model.dispose());
    const generate = async (options, text = PROMPT) =>
      numbers(await model.generate({ inputs: prompt(text), max_new_tokens: 30, ...options }));

    test('the model is what it should be', async () => {
      const { logits } = await model({
        input_ids: prompt(PROMPT),
        attention_mask: new Tensor('int64', [1n, 1n, 1n], [1, 3]),
      });
      const last = (isHalf ? fromHalf(logits.data) : Array.from(logits.data)).slice(-VOCABULARY);
      exactLogits(VOCABULARY, SEED, PROMPT).forEach((z, id) => {
        assert.ok(Math.abs(last[id] - z) < (isHalf ? 0.01 : 1e-5), `${id}: ${last[id]}, not ${z}`);
      });
    });

    test('at temperature 0: the greedy texts of transformers.js', async () => {
      const sampler = createSampler(LogitsProcessor, { temperature: 0 });
      assert.deepEqual(await generate({ logits_processor: listOf(sampler) }), await generate({}));
    });

    test('with a penalty: the texts of transformers.js with the same', async () => {
      const wanted = await generate({ repetition_penalty: 1.3 });
      const own = { penalties: { repetition: 1.3 } };
      const sampler = createSampler(LogitsProcessor, { ...own, temperature: 0 });
      assert.deepEqual(await generate({ logits_processor: listOf(sampler) }), wanted);
      const adjuster = createAdjuster(LogitsProcessor, own);
      assert.deepEqual(await generate({ logits_processor: listOf(adjuster) }), wanted);
    });

    test('several texts at a time, each as by itself', async () => {
      const texts = [PROMPT, [90, 4, 71]];
      const inputs = new Tensor('int64', BigInt64Array.from(texts.flat(), BigInt), [2, 3]);
      const sampler = createSampler(LogitsProcessor, { temperature: 0, penalties });
      const { data } = await model.generate({
        ...{ inputs, max_new_tokens: 12, logits_processor: listOf(sampler) },
      });
      for (const [row, text] of texts.entries()) {
        const alone = listOf(createSampler(LogitsProcessor, { temperature: 0, penalties }));
        const wanted = await generate({ max_new_tokens: 12, logits_processor: alone }, text);
        assert.deepEqual(Array.from(data, Number).slice(row * 15, row * 15 + 15), wanted);
      }
    });

    test('the same seed, the same text', async () => {
      const draw = () =>
        generate({ logits_processor: listOf(createSampler(LogitsProcessor, { seed: 8, topP: 0.95 })) });
      assert.deepEqual(await draw(), await draw());
    });
  });
}

describe('draws', async () => {
  const model = await createModel({ vocabulary: VOCABULARY, seed: SEED });
  after(() => model.dispose());
  const z = Array.from(exactLogits(VOCABULARY, SEED, PROMPT));
  const { log } = Math;
  const DRAWS = 2000;

  async function count(options) {
    const counts = {};
    for (let i = 0; i < DRAWS; i++) {
      const found = await model.generate({ inputs: prompt(PROMPT), max_new_tokens: 1, ...options() });
      const id = Number(found.data.at(-1));
      counts[id] = (counts[id] ?? 0) + 1;
    }
    return counts;
  }

  test('of the 7 largest at T = 0.7, by transformers.js and by us, are of one distribution', async () => {
    const exact = Object.fromEntries(filtered(z, { temperature: 0.7, topK: 7 }).entries());
    random.seed(5);
    const theirs = await count(() => ({ do_sample: true, top_k: 7, temperature: 0.7 }));
    assert.ok(areDraws(theirs, exact), JSON.stringify(theirs));
    const logits_processor = listOf(createSampler(LogitsProcessor, { topK: 7, temperature: 0.7, seed: 1 }));
    const ours = await count(() => ({ logits_processor }));
    assert.ok(areDraws(ours, exact), JSON.stringify(ours));
  });

  test('of a nucleus, which transformers.js has not', async () => {
    const exact = Object.fromEntries(filtered(z, { temperature: 1.2, topP: 0.8 }).entries());
    const sampler = createSampler(LogitsProcessor, { topP: 0.8, temperature: 1.2, seed: 1 });
    const logits_processor = listOf(sampler);
    const counts = await count(() => ({ logits_processor }));
    assert.ok(areDraws(counts, exact), JSON.stringify(counts));
    // Log-probabilities are of the whole distribution.
    const [id] = sampler.last.ids;
    assert.ok(Math.abs(sampler.last.logProbs[0] - logSoftmax(z)[id]) < 1e-5 * (1 + log(2)));
  });
});
