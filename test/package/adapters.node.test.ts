/** The recipes for other libraries: by structure, and against transformers.js itself where it is installed. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { sample, softmax } from '../../src/index.ts';
import { runProgram } from '../support/program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLER = new URL('../../examples/transformers-sampler.mjs', import.meta.url).href;
const installed = `${root}bench/peers/node_modules/@huggingface/transformers`;

/** What the documentation of transformers.js says of these classes: instances are called as functions. */
const STAND_IN = `
class Callable {
  constructor() {
    const closure = (...args) => closure._call(...args);
    return Object.setPrototypeOf(closure, new.target.prototype);
  }
}
class LogitsProcessor extends Callable {}
class LogitsProcessorList extends Callable {
  constructor() { super(); this.processors = []; }
  push(item) { this.processors.push(item); }
  _call(ids, logits) { return this.processors.reduce((all, processor) => processor(ids, all), logits); }
}
class Tensor {
  constructor(type, data, dims) { Object.assign(this, { type, data, dims }); }
}`;

function runExample(library: string): unknown {
  const code = `${library}
    import { createSampler } from '${SAMPLER}';
    const list = new LogitsProcessorList();
    const sampler = createSampler(LogitsProcessor, { temperature: 0.8, topP: 0.9, topK: 3, seed: 5 });
    list.push(sampler);
    const steps = [];
    for (let step = 0; step < 20; step++) {
      const data = new Float32Array([2, 1, 0, -1, 0, 3, 1, 2.5]);
      const logits = list([[1n], [2n]], new Tensor('float32', data, [2, 4]));
      steps.push({ logits: [...logits.data].map(String), logProbs: [...sampler.logProbs] });
    }
    console.log(JSON.stringify(steps));`;
  const { stdout, stderr } = runProgram(code);
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout);
}

/** What each step should leave: 0 at the token drawn, −Infinity elsewhere. */
function expectedSteps(): unknown {
  const x = new Float32Array([2, 1, 0, -1, 0, 3, 1, 2.5]);
  return Array.from({ length: 20 }, (_, step) => {
    const draw = { cols: 4, temperature: 0.8, topP: 0.9, topK: 3, seed: 5, firstRow: 2 * step };
    const { ids, logProbs } = sample(x, draw);
    const logits = new Array(8).fill('-Infinity');
    ids.forEach((id, row) => {
      logits[row * 4 + id] = '0';
    });
    return { logits, logProbs: [...logProbs] };
  });
}

it('the sampler for transformers.js keeps to the documented interface', () => {
  expect(runExample(STAND_IN)).toEqual(expectedSteps());
});

it('the sampler for transformers.js works with the library, or its interface where it is not installed', () => {
  const path = `${installed}/dist/transformers.node.mjs`;
  const names = '{ LogitsProcessor, LogitsProcessorList, Tensor }';
  const library = existsSync(path) ? `import ${names} from ${JSON.stringify(path)};` : STAND_IN;
  expect(runExample(library)).toEqual(expectedSteps());
});

it('a tensor of onnxruntime is its data and its last dimension', () => {
  const tensor = { type: 'float32', data: new Float32Array([1, 2, 3, 3, 2, 1]), dims: [1, 2, 3] };

  const { data, dims } = tensor;
  const { ids } = sample(data, { cols: dims.at(-1), temperature: 0 });

  expect([...ids]).toEqual([2, 0]);
});

it('a tensor of tfjs is its data and its last dimension', () => {
  const tensor = { shape: [2, 3], dataSync: () => new Float32Array([1, 1, 1, 0, 0, 0]) };

  const cols = tensor.shape.at(-1);
  const probabilities = softmax(tensor.dataSync(), { cols });

  expect([...probabilities].map((p) => p.toFixed(3))).toEqual(new Array(6).fill('0.333'));
});
