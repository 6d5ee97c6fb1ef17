// A tiny language model of random weights, written as ONNX and loaded by transformers.js as any other: each token has a
// vector, the state is the tanh of the sum of those so far, and the logits are what a matrix makes of the state and the last
// vector. The vectors so far are its cache.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { AutoModelForCausalLM, env } from '@huggingface/transformers';
import {
  block,
  FLOAT,
  FLOAT16,
  INT64,
  integer,
  model,
  node,
  tensor,
  valueInfo,
} from '../../bench/peers/onnx-model.mjs';

const DIM = 16;

/** Numbers from −1 to 1, by a seed. */
function numbersFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Weights: vectors [vocabulary, DIM] and head [DIM, vocabulary]. */
function weightsOf(vocabulary, seed) {
  const number = numbersFrom(seed);
  return {
    vectors: Float32Array.from({ length: vocabulary * DIM }, number),
    head: Float32Array.from({ length: vocabulary * DIM }, () => 1.5 * number()),
  };
}

function bytesOf(vocabulary, seed, isHalf) {
  const { vectors, head } = weightsOf(vocabulary, seed);
  const indices = (name, value) => block(5, tensor(name, INT64, [1], BigInt64Array.of(value)));
  const past = 'past_key_values.0.key';
  const nodes = [
    node('Gather', ['vectors', 'input_ids'], ['own']),
    node('Unsqueeze', ['own', 'one'], ['new']),
    node('Concat', [past, 'new'], ['present.0.key'], [integer('axis', 2)]),
    node('CumSum', ['present.0.key', 'two'], ['sums']),
    // Those of the tokens that are not in the cache.
    node('Shape', [past], ['shape']),
    node('Gather', ['shape', 'two'], ['from']),
    node('Slice', ['sums', 'from', 'end', 'two'], ['newSums']),
    node('Tanh', ['newSums'], ['states']),
    node('Add', ['states', 'new'], ['features']),
    node('Squeeze', ['features', 'one'], ['rows']),
    node('MatMul', ['rows', 'head'], [isHalf ? 'wide' : 'logits']),
    ...(isHalf ? [node('Cast', ['wide'], ['logits'], [integer('to', FLOAT16)])] : []),
  ];
  return model([
    ...nodes.map((each) => block(1, each)),
    block(2, 'tiny'),
    block(5, tensor('vectors', FLOAT, [vocabulary, DIM], vectors)),
    block(5, tensor('head', FLOAT, [DIM, vocabulary], head)),
    ...[indices('one', 1n), indices('two', 2n), indices('end', 2n ** 62n)],
    block(11, valueInfo('input_ids', ['batch_size', 'sequence'], INT64)),
    block(11, valueInfo(past, ['batch_size', 1, 'past', DIM])),
    block(12, valueInfo('logits', ['batch_size', 'sequence', vocabulary], isHalf ? FLOAT16 : FLOAT)),
    block(12, valueInfo('present.0.key', ['batch_size', 1, 'all', DIM])),
  ]);
}

/** Logits after a text, in float64. */
export function exactLogits(vocabulary, seed, text) {
  const { vectors, head } = weightsOf(vocabulary, seed);
  const sums = new Float64Array(DIM);
  for (const id of text) for (let d = 0; d < DIM; d++) sums[d] += vectors[id * DIM + d];
  const own = vectors.subarray(text.at(-1) * DIM);
  const features = sums.map((sum, d) => Math.tanh(sum) + own[d]);
  return Float64Array.from({ length: vocabulary }, (_, id) =>
    features.reduce((all, feature, d) => all + feature * head[d * vocabulary + id], 0),
  );
}

/** @param {{ vocabulary: number, seed: number, end?: number, isHalf?: boolean }} what `end` is the token that ends a text */
export async function createModel({ vocabulary, seed, end, isHalf = false }) {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-model-'));
  try {
    const config = {
      ...{ model_type: 'gpt2', architectures: ['GPT2LMHeadModel'], vocab_size: vocabulary },
      ...{ n_layer: 1, n_head: 1, n_embd: DIM, eos_token_id: end ?? null },
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    mkdirSync(join(folder, 'onnx'));
    writeFileSync(join(folder, 'onnx', 'model.onnx'), bytesOf(vocabulary, seed, isHalf));
    env.allowRemoteModels = false;
    env.localModelPath = dirname(folder);
    const session_options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };
    return await AutoModelForCausalLM.from_pretrained(basename(folder), { dtype: 'fp32', session_options });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
