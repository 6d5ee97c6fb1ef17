/** A sample is a batch of calls that takes at least this long, well above the timer's resolution. */
const SAMPLE_MS = 4;
const MIN_ROUNDS = 5;

export interface Effort {
  /** For about so many milliseconds altogether, beyond a few rounds. */
  readonly budgetMs: number;
  /** The least duration of a sample, where the timer's resolution is coarse. */
  readonly sampleMs?: number;
  /** Called after each round with the share of the budget that is spent. */
  readonly onRound?: (share: number) => void;
}

/** Milliseconds per call: the median of the samples, and the quartiles. */
export interface Timing {
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
  readonly samples: number;
}

/**
 * Times each function, sampled in turns, so that a slow moment of the machine hits all of them.
 */
export function measure(calls: readonly (() => void)[], effort: Effort): Timing[] {
  const { budgetMs, sampleMs = SAMPLE_MS, onRound } = effort;
  const batches = calls.map((call) => {
    let batch = 1;
    while (time(call, batch) < sampleMs) batch *= 2;
    return batch;
  });
  const samples: number[][] = calls.map(() => []);
  const start = performance.now();
  for (let round = 0; round < MIN_ROUNDS || performance.now() - start < budgetMs; round++) {
    calls.forEach((call, i) => {
      samples[i].push(time(call, batches[i]) / batches[i]);
    });
    onRound?.(Math.min(1, (performance.now() - start) / budgetMs));
  }
  return samples.map((values) => {
    const sorted = values.toSorted((a, b) => a - b);
    const [q1, median, q3] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share));
    return { median, q1, q3, samples: values.length };
  });
}

function time(call: () => void, batch: number): number {
  const start = performance.now();
  for (let i = 0; i < batch; i++) call();
  return performance.now() - start;
}

/** Between the two nearest, in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
