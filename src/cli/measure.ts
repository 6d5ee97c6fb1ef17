/** A sample is a batch of calls that takes at least this long, well above the timer's resolution. */
const SAMPLE_MS = 4;
const MIN_ROUNDS = 5;

/**
 * Milliseconds per call of each function, the median of its samples, taken in turns, so that a slow moment of the
 * machine hits all of them: for about `budgetMs` milliseconds altogether, beyond a few rounds.
 */
export function measure(calls: readonly (() => void)[], budgetMs: number): number[] {
  const batches = calls.map((call) => {
    let batch = 1;
    while (time(call, batch) < SAMPLE_MS) batch *= 2;
    return batch;
  });
  const samples: number[][] = calls.map(() => []);
  const start = performance.now();
  for (let round = 0; round < MIN_ROUNDS || performance.now() - start < budgetMs; round++) {
    calls.forEach((call, i) => {
      samples[i].push(time(call, batches[i]) / batches[i]);
    });
  }
  return samples.map(median);
}

function time(call: () => void, batch: number): number {
  const start = performance.now();
  for (let i = 0; i < batch; i++) call();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const above = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[above] : (sorted[above - 1] + sorted[above]) / 2;
}
