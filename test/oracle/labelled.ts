/** Losses and calibration of rows beside labels, by their definitions, in float64. */

import { type Loss, type OracleLossOptions, type OracleOptions, Sum, softmax } from './float64.ts';
import { mapRows, type Numbers } from './rows.ts';

/** `−weight·logProb[label]` of each row, as `crossEntropy` gives losses. */
export function nllLoss(logProbs: Numbers, labels: Numbers, options: OracleLossOptions = {}): Loss {
  const { weight, ignoreIndex = -100 } = options;
  const gradient = new Float64Array(logProbs.length);
  const sum = new Sum();
  const divisor = new Sum();
  const losses = Float64Array.from(
    mapRows(logProbs, options, (row, from, r) => {
      const label = labels[r];
      if (label === ignoreIndex) return 0;
      const w = weight ? weight[label] : 1;
      divisor.add(w);
      gradient[from + label] = -w;
      const loss = w === 0 && row[label] === -Infinity ? 0 : 0 - w * row[label];
      sum.add(loss);
      return loss;
    }),
  );
  return { losses, sum: sum.value, mean: sum.value / divisor.value, gradient, divisor: divisor.value };
}

export interface OracleCalibrationOptions extends OracleOptions {
  bins?: number;
  ignoreIndex?: number;
}

export interface OracleCalibration {
  accuracy: number;
  ece: number;
  mce: number;
  brier: number;
  counts: number[];
}

/** The definition, row by row. */
export function calibration(
  x: Numbers,
  labels: Numbers,
  options: OracleCalibrationOptions = {},
): OracleCalibration {
  const { bins = 15, ignoreIndex = -100 } = options;
  const logits = mapRows(x, options, (row) => row);
  const rows = mapRows(softmax(x, options), options, (p, _, r) => {
    const confidence = Math.max(...p);
    const brier = p.reduce((sum, value, i) => sum + (value - Number(i === labels[r])) ** 2, 0);
    // Of equal probabilities that of the larger logit counts, of which they may be the limit.
    const best = logits[r].indexOf(Math.max(...logits[r]));
    return { confidence, correct: Number(best === labels[r]), brier, label: labels[r] };
  }).filter(({ label }) => label !== ignoreIndex);
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const inBins = Array.from({ length: bins }, (_, i) =>
    rows.filter(({ confidence }) => confidence > i / bins && confidence <= (i + 1) / bins),
  );
  const gaps = inBins.map((bin) =>
    bin.length === 0
      ? 0
      : Math.abs(mean(bin.map((row) => row.correct)) - mean(bin.map((row) => row.confidence))),
  );
  return {
    accuracy: mean(rows.map((row) => row.correct)),
    ece:
      rows.length === 0
        ? Number.NaN
        : gaps.reduce((sum, gap, i) => sum + (gap * inBins[i].length) / rows.length, 0),
    mce: rows.length === 0 ? Number.NaN : Math.max(...gaps),
    brier: mean(rows.map((row) => row.brier)),
    counts: inBins.map((bin) => bin.length),
  };
}
