/** fitTemperature, fitTemperatureBatches and calibration, by their definitions. */

import type { Calibration, FittedTemperature } from '../../src/index.ts';
import type { OracleOptions } from '../oracle/float64.ts';
import { mapRows, type Numbers } from '../oracle/rows.ts';
import { crossEntropy } from './cross-entropy.ts';
import { operation, ROWS, specialValues } from './operation.ts';
import { softmax } from './softmax.ts';

const { NaN: NAN } = Number;

/** Far more than float64 sums of a few thousand numbers lose. */
const ROUNDING = 1e-9;

/** Without a row that counts, or with rows of probabilities. */
const refusesToFit = (message: string, hasSpecial: boolean): boolean =>
  hasSpecial || /must count at least one row|probabilities/.test(message);

// These refuse rows without an answer: p has none.
export const family = {
  fitTemperature: operation({
    args: { logits: 'logits', labels: 'labels' },
    options: { cols: 'cols', ignoreIndex: 'index' },
    refuses: refusesToFit,
    fault: (found: FittedTemperature, { logits, labels }, options) =>
      faultOfTemperature(found, logits, labels, options),
    forms: {
      fitTemperature: (k, { p, labels, cols }) => Object.values(k.fitTemperature(p, labels, { cols })),
    },
  }),

  // Its only form gives a promise: the tests of threads have a test of its own.
  fitTemperatureBatches: operation({
    args: { batches: 'batches' },
    options: { cols: 'cols', ignoreIndex: 'index' },
    names: ['logits', 'labels'],
    refuses: refusesToFit,
    fault: (found: FittedTemperature, { batches }, options) => {
      const list = batches();
      const logits = list.flatMap((batch) => Array.from(batch.logits));
      const labels = list.flatMap((batch) => Array.from(batch.labels));
      const { cols = list[0].logits.length } = options;
      return faultOfTemperature(found, logits, labels, { ...options, cols });
    },
  }),

  calibration: operation({
    args: { logits: 'logits', labels: 'labels' },
    options: { ...ROWS, bins: 'bins', ignoreIndex: 'index' },
    refuses: specialValues,
    fault: (found: Calibration, { logits, labels }, options) =>
      faultOfCalibration(found, logits, labels, options),
    forms: {
      calibration: (k, { p, labels, cols }) => {
        const { bins, ...figures } = k.calibration(p, labels, { cols });
        return [...Object.values(figures), ...bins.flatMap((bin) => Object.values(bin))];
      },
    },
    special: [
      {
        args: [[], []],
        options: { cols: 4, bins: 1 },
        gives: {
          ...{ accuracy: NAN, ece: NAN, mce: NAN, brier: NAN },
          bins: [{ low: 0, high: 1, count: 0, confidence: NAN, accuracy: NAN }],
        },
      },
    ],
  }),
};

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

/** The losses are those at 1 and at the temperature; and as they are convex, it is enough that none beside is lower. */
function faultOfTemperature(
  { temperature, before, after }: FittedTemperature,
  logits: Numbers,
  labels: Numbers,
  options: { cols?: number; ignoreIndex?: number },
): string {
  const x = Float64Array.from(logits);
  const at = (t: number): number => crossEntropy(x, labels, { ...options, temperature: t }).mean;
  const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(b));
  if (!isNear(before, at(1))) return `before is ${before}, should be ${at(1)}`;
  const least = at(temperature);
  if (!isNear(after, least)) return `after is ${after}, should be ${least}`;
  for (const factor of [0.99, 1.01]) {
    const beside = Math.min(Math.max(temperature * factor, Math.exp(-10)), Math.exp(10));
    if (at(beside) < least && !isNear(at(beside), least))
      return `temperature is ${temperature}: ${least}, but ${beside}: ${at(beside)}`;
  }
  return '';
}

function faultOfCalibration(
  { bins, ...figures }: Calibration,
  logits: Numbers,
  labels: Numbers,
  options: OracleCalibrationOptions,
): string {
  const { counts, ...wanted } = calibration(logits, labels, options);
  const p = softmax(logits, options);
  const edges = mapRows(p, options, (row) => (Math.max(...row) * bins.length) % 1);
  // Rounding may tell whether a confidence beside an edge is above it.
  const isAtEdge = edges.some((part) => Math.min(part, 1 - part) < ROUNDING);
  for (const [name, value] of Object.entries(wanted) as ['accuracy' | 'ece' | 'mce' | 'brier', number][]) {
    if (isAtEdge && (name === 'ece' || name === 'mce')) continue;
    if (Math.abs(figures[name] - value) > ROUNDING || Number.isNaN(figures[name]) !== Number.isNaN(value))
      return `${name} is ${figures[name]}, should be ${value}`;
  }
  const at = isAtEdge ? -1 : bins.findIndex(({ count }, i) => count !== counts[i]);
  if (at >= 0) return `bin ${at} has ${bins[at].count} rows, should have ${counts[at]}`;
  const outside = bins.find(
    ({ low, high, confidence }) => confidence < low - ROUNDING || confidence > high + ROUNDING,
  );
  return outside ? `a confidence of ${outside.confidence} from ${outside.low} to ${outside.high}` : '';
}
