// Two tiny models: what the speculative loop writes is what the target alone writes.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { LogitsProcessor, LogitsProcessorList, Tensor } from '@huggingface/transformers';
import { createSampler } from '../processors.mjs';
import { speculate } from '../speculative.mjs';
import { createModel, exactLogits } from '../tiny-model.mjs';
import { areDraws, filtered, penalized } from './exact.mjs';

const VOCABULARY = 12;
const [TARGET, DRAFT] = [1, 2];
const prompt = [3, 5];

describe('speculative decoding', async () => {
  const target = await createModel({ vocabulary: VOCABULARY, seed: TARGET });
  const draft = await createModel({ vocabulary: VOCABULARY, seed: DRAFT });
  after(() => Promise.all([target.dispose(), draft.dispose()]));

  async function generate(options) {
    const inputs = new Tensor('int64', BigInt64Array.from(prompt, BigInt), [1, prompt.length]);
    const logits_processor = new LogitsProcessorList();
    logits_processor.push(createSampler(LogitsProcessor, options));
    const { data } = await target.generate({ inputs, max_new_tokens: 40, logits_processor });
    return Array.from(data, Number).slice(prompt.length);
  }

  test('a draft by the target itself is kept whole', async () => {
    const task = { target, draft: target, prompt, tokens: 40, ahead: 3, seed: 6 };
    const { text, accepted } = await speculate(task);
    assert.equal(accepted, (text.length / 4) * 3);
  });

  const CHAINS = [
    { temperature: 0 },
    {},
    { temperature: 0.8, topK: 6, topP: 0.9 },
    { penalties: { repetition: 1.2, frequency: 0.3 }, typicalP: 0.9 },
  ];
  for (const sampling of CHAINS) {
    test(`a greedy draft: the text of generate() with the same seed, ${JSON.stringify(sampling)}`, async () => {
      const task = { target, draft, prompt, tokens: 40, seed: 6, draftTemperature: 0, sampling };
      const { text } = await speculate(task);
      assert.deepEqual(text.slice(0, 40), await generate({ ...sampling, seed: 6 }));
    });

    test(`a drawn draft: texts are distributed as the target's, ${JSON.stringify(sampling)}`, async () => {
      const exact = {};
      const grow = (text, share) => {
        if (share === 0) return;
        if (text.length === 2) exact[text] = share;
        else {
          const whole = [...prompt, ...text];
          const z = penalized(exactLogits(VOCABULARY, TARGET, whole), whole, sampling.penalties ?? {});
          filteredBy(z, sampling).forEach((p, id) => {
            grow([...text, id], share * p);
          });
        }
      };
      grow([], 1);
      const counts = {};
      for (let i = 0; i < 1500; i++) {
        const task = { target, draft, prompt, tokens: 2, ahead: 2, seed: 9, firstRow: 8 * i, sampling };
        const { text } = await speculate(task);
        const name = text.slice(0, 2);
        counts[name] = (counts[name] ?? 0) + 1;
      }
      assert.ok(areDraws(counts, exact), JSON.stringify({ counts, exact }));
    });
  }
});

/** The filters of the chains above. */
function filteredBy(z, { temperature = 1, typicalP, ...others }) {
  if (temperature === 0) return z.map((_, id) => Number(id === z.indexOf(Math.max(...z))));
  if (typicalP === undefined) return filtered(z, { temperature, ...others });
  const p = filtered(z, {});
  const entropy = p.reduce((sum, each) => sum - each * Math.log(each), 0);
  const far = (id) => Math.abs(-Math.log(p[id]) - entropy);
  const ids = [...p.keys()].sort((a, b) => far(a) - far(b));
  let kept = 0;
  let mass = 0;
  while (kept < ids.length && mass < typicalP) mass += p[ids[kept++]];
  const left = new Set(ids.slice(0, kept));
  return p.map((each, id) => (left.has(id) ? each / mass : 0));
}
