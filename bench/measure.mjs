// Interleaved sampling: round after round, every contender takes a few samples, so that a change of the
// machine's speed hits all of them alike. A sample is a batch of calls, far above the timer's resolution.
import { Bench } from 'tinybench';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} operation
 * @property {string} placement 'in place': in the contender's own memory; 'copied': in and out of it with every
 *   call; 'arrays': ordinary arrays, for what is written in JS and has no other memory
 * @property {boolean} [ours]
 * @property {boolean} [async]
 * @property {() => unknown} run one call
 * @property {(calls: number) => Promise<number>} [timeCalls] for a contender that times itself: ms of all calls
 *
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} roundMs time per contender and round
 * @property {number} sampleMs least duration of a sample
 * @property {number} warmupMs
 *
 * @typedef {object} Timing nanoseconds per call
 * @property {number} median
 * @property {number} q1
 * @property {number} q3
 * @property {number} samples
 * @property {number} calls calls per sample
 * @property {number[]} rounds the median of each round
 */

/** @type {Record<string, Effort>} */
export const EFFORT = {
  full: { rounds: 20, roundMs: 6, sampleMs: 1, warmupMs: 60 },
  quick: { rounds: 5, roundMs: 3, sampleMs: 0.5, warmupMs: 20 },
};

/**
 * A loop of its own for each contender: in a shared one the engine would see many callees and inline none.
 * @param {Contender} contender
 * @returns {(calls: number) => unknown}
 */
function makeLoop({ run, timeCalls, async }) {
  if (timeCalls) return async (calls) => ({ overriddenDuration: await timeCalls(calls) });
  const source = async
    ? 'return async (calls) => { for (let i = 0; i < calls; i++) await run(); }'
    : 'return (calls) => { for (let i = 0; i < calls; i++) run(); }';
  return new Function('run', source)(run);
}

/** Warms a contender up and finds how many of its calls make one sample. */
async function calibrate(loop, { sampleMs, warmupMs }) {
  const start = performance.now();
  let calls = 1;
  for (;;) {
    const before = performance.now();
    const own = await loop(calls);
    const ms = own?.overriddenDuration ?? performance.now() - before;
    const warm = performance.now() - start >= warmupMs;
    if (warm && ms >= sampleMs) return calls;
    if (ms < sampleMs) calls = Math.ceil(calls * Math.min(10, Math.max(1.1, (1.2 * sampleMs) / ms)));
  }
}

/**
 * @param {Contender[]} contenders
 * @param {Effort} effort
 * @returns {Promise<Timing[]>}
 */
export async function measure(contenders, effort) {
  const bench = new Bench({
    time: effort.roundMs,
    iterations: 1,
    warmup: false,
    retainSamples: true,
    throws: true,
  });
  const entries = [];
  for (const [index, contender] of contenders.entries()) {
    const loop = makeLoop(contender);
    const calls = await calibrate(loop, effort);
    const isAsync = Boolean(contender.async || contender.timeCalls);
    bench.add(`${index}`, () => loop(calls), { async: isAsync });
    entries.push({ loop, calls, isAsync, task: bench.getTask(`${index}`), rounds: [] });
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (let turn = 0; turn < entries.length; turn++) {
      const { loop, calls, task, isAsync, rounds } = entries[(round + turn) % entries.length];
      // Brings its data back into the cache: not worth it for a call that is a sample by itself.
      if (calls > 1) await loop(1);
      task.reset();
      if (isAsync) await task.run();
      else task.runSync();
      rounds.push(task.result.latency.samples);
    }
  }
  return entries.map(({ rounds, calls }) => {
    const of = (ms, part) => {
      const sorted = Float64Array.from(ms).sort();
      return (sorted[Math.floor((sorted.length - 1) * part)] * 1e6) / calls;
    };
    const all = rounds.flat();
    return {
      ...{ median: of(all, 0.5), q1: of(all, 0.25), q3: of(all, 0.75), samples: all.length, calls },
      rounds: rounds.map((ms) => of(ms, 0.5)),
    };
  });
}
