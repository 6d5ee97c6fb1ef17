// npm run bench:chain: from logits to a token at vocabulary size: adjustments, filters, the draw, log-probabilities,
// beside our softmax of the rows and a JS implementation that sorts. What draws another token than that is not timed.
// Writes bench/results/chain.json.
import { LLAMA_ORDER, load } from '../dist/index.js';
import { readOptions } from './cli.mjs';
import { loadBackends } from './contenders.mjs';
import { describeRun, preemptions } from './machine.mjs';
import { measure } from './measure.mjs';
import { formatTime, printBusy, printHead, writeResults } from './report.mjs';
import { COLS, makeLogits, uniformFrom } from './vocabulary.mjs';

const ROWS_OF_MANY = 32;
const DRAFTED = 4;
/** As a grammar's: three tokens of four. */
const uniform = uniformFrom(7);
const token = () => Math.floor(uniform() * COLS);
const allowed = Uint32Array.from({ length: COLS / 32 }, () => (uniform() * 2 ** 32) | (uniform() * 2 ** 32));
const bias = {
  ids: Int32Array.from({ length: 200 }, token),
  values: Float32Array.from({ length: 200 }, () => 2 * uniform() - 1),
};
const history = Int32Array.from({ length: 1000 }, () => (uniform() < 0.5 ? token() : token() % 500));
const penalties = { history, repetition: 1.1, frequency: 0.1, presence: 0.1 };
const adjustments = { bias, penalties, allowed };
const filters = { topK: 50, topP: 0.9 };
const seed = 1;

/** What is written without a library: the adjustments, softmax, a sort of all tokens, a walk. The tokens kept. */
function keepBySorting(logits, { bias: biases, penalties: penalty, allowed: bits, topK = COLS, topP = 1 }) {
  const z = Float64Array.from(logits);
  biases?.ids.forEach((id, i) => {
    z[id] += biases.values[i];
  });
  const counts = new Map();
  for (const id of penalty?.history ?? []) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const [id, count] of counts) {
    z[id] = z[id] > 0 ? z[id] / penalty.repetition : z[id] * penalty.repetition;
    z[id] -= count * penalty.frequency + penalty.presence;
  }
  const isAllowed = (i) => bits === undefined || (bits[i >> 5] >>> (i & 31)) & 1;
  const rounded = Float32Array.from(z, (value, i) => (isAllowed(i) ? value : -Infinity));
  const order = new Uint32Array(COLS).map((_, i) => i).sort((a, b) => rounded[b] - rounded[a] || a - b);
  const largest = Array.from(order.subarray(0, topK));
  const weights = largest.map((i) => Math.exp(rounded[i] - rounded[largest[0]]));
  const enough = topP * weights.reduce((a, b) => a + b);
  let kept = 0;
  for (let mass = 0; kept < largest.length && (kept === 0 || mass < enough); ) mass += weights[kept++];
  return { ids: largest.slice(0, kept), weights: weights.slice(0, kept) };
}

/** Whether a call keeps what sorting keeps: by the alternatives, and by their probabilities. */
function check(name, k, data, options) {
  const row = data.subarray(0, COLS);
  const { ids, weights } = keepBySorting(row, options);
  const n = Math.min(ids.length + 1, 200);
  const call = { ...options, seed, logProbs: 'processed', alternatives: n };
  const found = k.sample(row, call).alternatives;
  const mass = weights.reduce((a, b) => a + b);
  for (let i = 0; i < n; i++) {
    const wanted = i < ids.length ? Math.log(weights[i] / mass) : -Infinity;
    const isNear = Math.abs(found.logProbs[i] - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted));
    if (found.ids[i] === (ids[i] ?? -1) && (found.logProbs[i] === wanted || isNear)) continue;
    throw new Error(
      `${name}: place ${i} is ${found.ids[i]} (${found.logProbs[i]}), not ${ids[i]} (${wanted})`,
    );
  }
}

/** The best continuations of all beams, by sorting. */
function checkBeams(name, logits, { scores, tokens, parents }) {
  const all = [];
  for (let parent = 0; parent < logits.length / COLS; parent++) {
    const row = logits.subarray(parent * COLS, (parent + 1) * COLS);
    const most = row.reduce((a, b) => Math.max(a, b));
    const total = most + Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
    row.forEach((value, token) => {
      if (value > most - 5) all.push({ parent, token, score: value - total });
    });
  }
  all.sort((a, b) => b.score - a.score || a.parent - b.parent || a.token - b.token);
  scores.forEach((score, i) => {
    const isSame = all[i].parent === parents[i] && all[i].token === tokens[i];
    if (!isSame || Math.abs(score - all[i].score) > 1e-6)
      throw new Error(`${name}: continuation ${i} is another`);
  });
}

const options = readOptions('bench:chain');
const { kernels, skipped } = loadBackends(options.backends);
const run = describeRun(options.command);
printHead(run, skipped);
preemptions();
const start = performance.now();

/** @type {{ title: string, name: string, operation: string, ns: number, timeVsSoftmax?: number, vsSorting?: number }[]} */
const rows = [];

function print(title, contenders, timings, base) {
  console.log(`\n${title}`);
  contenders.forEach(({ name, operation, elements = COLS }, i) => {
    const ns = timings[i].median;
    const own = contenders.findIndex((other) => other.name === name && other.operation === 'softmax');
    const row = { title, name, operation, ns, gelem: elements / ns };
    if (own >= 0) row.timeVsSoftmax = ns / timings[own].median;
    if (base !== undefined) row.vsSorting = timings[base].median / ns;
    rows.push(row);
    const share = own < 0 ? '' : `${row.timeVsSoftmax.toFixed(2)} of softmax`;
    const sorting = base === undefined ? '' : `${row.vsSorting.toFixed(0)}x sorting`;
    const gelem = `${row.gelem.toPrecision(3)} Gelem/s`;
    console.log(
      `  ${name.padEnd(20)}${operation.padEnd(34)}${formatTime(ns).padStart(10)}  ${gelem.padEnd(16)}${share.padEnd(18)}${sorting}`,
    );
  });
}

for (const kind of ['peaked', 'flat']) {
  const logits = makeLogits(kind, 1);
  const contenders = [
    {
      name: 'JS that sorts',
      operation: 'chain',
      run: () => keepBySorting(logits, { ...adjustments, ...filters }),
    },
  ];
  for (const [name, k] of kernels) {
    const data = k.alloc(COLS);
    data.set(logits);
    const out = k.alloc(COLS);
    check(`${name}, chain`, k, data, { ...adjustments, ...filters });
    check(`${name}, topP`, k, data, { topP: 0.9 });
    const calls = {
      softmax: () => k.softmax(data, { out }),
      'allowed alone': () => k.adjustLogits(data, { allowed, out }),
      'chain, none': () => k.sample(data, { ...adjustments, ...filters, seed, logProbs: 'none' }),
      'chain, raw': () => k.sample(data, { ...adjustments, ...filters, seed }),
      'chain, raw, 20 alternatives': () =>
        k.sample(data, { ...adjustments, ...filters, seed, alternatives: 20 }),
      'topP alone, none': () => k.sample(data, { topP: 0.9, seed, logProbs: 'none' }),
      'topP alone, raw': () => k.sample(data, { topP: 0.9, seed }),
      'typicalP alone, none': () => k.sample(data, { typicalP: 0.9, seed, logProbs: 'none' }),
      "llama.cpp's order, none": () =>
        k.sample(data, {
          ...{ topK: 40, topP: 0.95, minP: 0.05, temperature: 0.8 },
          order: LLAMA_ORDER,
          seed,
          logProbs: 'none',
        }),
    };
    for (const [operation, call] of Object.entries(calls)) contenders.push({ name, operation, run: call });
  }
  print(`1 x ${COLS}, ${kind}`, contenders, await measure(contenders, options.effort), 0);
}

for (const kind of ['peaked', 'flat']) {
  const contenders = [];
  const logits = makeLogits(kind, DRAFTED + 1);
  for (const [name, k] of kernels) {
    const cols = COLS;
    const data = k.alloc(logits.length);
    data.set(logits);
    const out = k.alloc(logits.length);
    const before = data.subarray(0, DRAFTED * COLS);
    const draftProbs = k.softmax(before, { cols, out: k.alloc(before.length) });
    // What the filters leave is more probable than in the draft: all of it is kept.
    const draft = k.sample(before, { cols, seed: 5, ...filters }).ids;
    const beams = new Float32Array(DRAFTED);
    checkBeams(`${name}, beamStep`, before, k.beamStep(before, beams, { cols }));
    const { accepted } = k.verifyDraft(data, draft, { cols, draftProbs, seed });
    if (accepted !== DRAFTED) throw new Error(`${name}: of its own draft ${accepted} are kept`);
    const calls = {
      softmax: () => k.softmax(data, { cols, out }),
      'verifyDraft, drawn': () => k.verifyDraft(data, draft, { cols, draftProbs, seed }),
      'verifyDraft, drawn, topP': () => k.verifyDraft(data, draft, { cols, draftProbs, seed, topP: 0.9 }),
      'verifyDraft, drawn, topK, topP': () =>
        k.verifyDraft(data, draft, { cols, draftProbs, seed, ...filters }),
      'verifyDraft, greedy, topK, topP': () => k.verifyDraft(data, draft, { cols, seed: 5, ...filters }),
      beamStep: () => k.beamStep(data, new Float32Array(DRAFTED + 1), { cols }),
    };
    for (const [operation, run] of Object.entries(calls)) {
      contenders.push({ name, operation, elements: logits.length, run });
    }
  }
  print(`${DRAFTED + 1} x ${COLS}, ${kind}`, contenders, await measure(contenders, options.effort));
}

{
  const contenders = [];
  for (const [name, k] of kernels) {
    const cols = 8192;
    const data = k.alloc(cols);
    data.set(makeLogits('flat', 1).subarray(0, cols));
    const bits = k.alloc(cols / 32, 'i32');
    bits.set(allowed.subarray(0, cols / 32));
    const call = () => k.adjustLogits(data, { allowed: bits, out: data });
    contenders.push({ name, operation: `allowed alone, ${cols}, in cache`, elements: cols, run: call });
  }
  print('adjustLogits', contenders, await measure(contenders, options.effort));
}

for (const cols of [2, 10, 21, 64]) {
  const rows = 1000;
  const logits = makeLogits('flat', 1)
    .subarray(0, rows * cols)
    .map((value) => 4 * value);
  const contenders = [];
  for (const [name, k] of kernels) {
    const data = k.alloc(logits.length);
    data.set(logits);
    contenders.push({
      name,
      operation: 'sample',
      elements: logits.length,
      run: () => k.sample(data, { cols, seed }),
    });
    contenders.push({
      name,
      operation: 'sample, topP',
      elements: logits.length,
      run: () => k.sample(data, { cols, seed, topP: 0.9 }),
    });
  }
  print(`${rows} x ${cols}`, contenders, await measure(contenders, options.effort));
}

{
  const contenders = [];
  const many = makeLogits('peaked', ROWS_OF_MANY);
  for (const [name] of kernels) {
    for (const threads of [1, 2]) {
      const k = await load({ backend: name, threads });
      const data = k.alloc(many.length);
      data.set(many);
      const cols = COLS;
      const call = () => k.sample(data, { ...adjustments, ...filters, cols, seed, logProbs: 'none' });
      const raw = () => k.sample(data, { ...adjustments, ...filters, cols, seed });
      contenders.push({
        name,
        operation: `chain, none, ${threads} threads`,
        elements: many.length,
        run: call,
      });
      contenders.push({ name, operation: `chain, raw, ${threads} threads`, elements: many.length, run: raw });
    }
  }
  print(`${ROWS_OF_MANY} x ${COLS}`, contenders, await measure(contenders, options.effort));
}
printBusy(preemptions(), (performance.now() - start) / 1000);
writeResults('chain', { ...run, skipped, rows });
process.exit();
