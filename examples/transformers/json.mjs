// JSON by masks made by hand: a model that knows nothing of JSON, as its weights are random, writes an object that fits a
// schema, because the mask of each step allows only the characters that may come next. Grammar engines such as xgrammar and
// llguidance make such masks for whole vocabularies, in the same form: one bit a token.
//
//   node json.mjs [SEED]
import { fileURLToPath } from 'node:url';
import { LogitsProcessor, LogitsProcessorList, Tensor } from '@huggingface/transformers';
import { createSampler } from './processors.mjs';
import { createModel } from './tiny-model.mjs';

/** A token is a character; the last one ends the text. */
export const TOKENS = [...'abcdefghijklmnopqrstuvwxyz0123456789{}[]":,', '<end>'];
const END = TOKENS.length - 1;

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const DIGITS = [...'0123456789'];

const literal = (text) => [...text].map((char) => ({ chars: [char], min: 1, max: 1 }));

/** {"name":"…","age":…,"tags":["…","…"]}: from min to max of some characters, one part after the other. */
const PARTS = [
  ...literal('{"name":"'),
  { chars: LETTERS, min: 1, max: 8 },
  ...literal('","age":'),
  { chars: DIGITS.slice(1), min: 1, max: 1 },
  { chars: DIGITS, min: 0, max: 2 },
  ...literal(',"tags":["'),
  { chars: LETTERS, min: 1, max: 5 },
  ...literal('","'),
  { chars: LETTERS, min: 1, max: 5 },
  ...literal('"]}'),
  { chars: ['<end>'], min: 1, max: 1 },
];

/** What may come after some tokens. */
function nextOf(tokens) {
  const next = [];
  let at = 0;
  for (const { chars, min, max } of PARTS) {
    let n = 0;
    for (; n < max && chars.includes(tokens[at]); n++) at++;
    if (at < tokens.length) continue;
    if (n < max) next.push(...chars);
    if (n < min) break;
  }
  return next;
}

/** Its mask: one bit a token, the least significant first. */
export function maskOf(tokens) {
  const mask = new Uint32Array(Math.ceil(TOKENS.length / 32));
  for (const token of nextOf(tokens)) {
    const id = TOKENS.indexOf(token);
    mask[id >> 5] |= 1 << (id & 31);
  }
  return mask;
}

/** An object of random content. @param {number} seed */
export async function writeJson(seed) {
  const model = await createModel({ vocabulary: TOKENS.length, seed, end: END });
  // The prompt is one token.
  const tokensOf = (ids) => Array.from(ids.slice(1), (id) => TOKENS[Number(id)]);
  const allowed = (ids) => maskOf(tokensOf(ids));
  const logits_processor = new LogitsProcessorList();
  logits_processor.push(createSampler(LogitsProcessor, { allowed, seed, temperature: 0.7 }));
  const inputs = new Tensor('int64', [0n], [1, 1]);
  const { data } = await model.generate({ inputs, max_new_tokens: 100, logits_processor });
  await model.dispose();
  return tokensOf(data).slice(0, -1).join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(await writeJson(Number(process.argv[2] ?? 1)));
