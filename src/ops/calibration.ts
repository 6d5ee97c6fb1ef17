/** How far confidence can be trusted. */
import type { Floats } from '../arguments/arrays.ts';
import { checkBeta, checkInteger, checkOptions } from '../arguments/check.ts';
import type { Labels } from '../arguments/labels.ts';
import { DEFAULT_BINS, type Names, ROW_NAMES, type RowOptions } from '../arguments/options.ts';
import type { Host } from '../memory/host.ts';
import { weight } from '../raw/js/exp-minus.ts';
import { finiteBeta } from '../raw/limits.ts';
import { forRows, toLabelled } from './shared/labelled.ts';

export interface CalibrationOptions extends RowOptions {
  /** The number of bins of equal width over the confidence. Default 15. */
  bins?: number;
  /** Rows with this label are left out. Default −100. */
  ignoreIndex?: number;
}

const NAMES: Names<CalibrationOptions> = ['bins', 'ignoreIndex'];

/** The rows whose confidence, the largest probability, is above `low` and at most `high`. */
export interface CalibrationBin {
  /** Where the bin begins, itself not included. */
  low: number;
  /** Where it ends, included. */
  high: number;
  /** Rows whose confidence lies in it. */
  count: number;
  /** Mean confidence; NaN in an empty bin. */
  confidence: number;
  /** Share of the rows in which the label is the first of the largest logits; NaN in an empty bin. */
  accuracy: number;
}

/** How far confidence can be trusted. */
export interface Calibration {
  /** The share of rows predicted correctly. */
  accuracy: number;
  /** Expected calibration error: the mean over rows of their bin's |accuracy − confidence|. */
  ece: number;
  /** Maximum calibration error: the largest |accuracy − confidence| of a bin. */
  mce: number;
  /** Brier score: squared error of the probabilities, summed over classes, averaged over rows. */
  brier: number;
  /** A reliability diagram, from low confidence to high. */
  bins: CalibrationBin[];
}

const MAX_BINS = 1e6;

/**
 * How far the probabilities `softmax(logits)` can be trusted: their confidence, the largest probability of a row, against
 * the share of rows that they predict correctly.
 *
 * `ece = Σ_bins count/rows · |accuracy − confidence|`, `mce` the largest |accuracy − confidence| of a bin,
 * `brier = mean_rows Σⱼ (p[j] − onehot(label)[j])²`.
 *
 * @param logits float32 row-major `[rows, cols]`, or `options.shape`
 * @param labels classes, integers `[rows]`; rows labelled `options.ignoreIndex` are left out
 * @returns accuracy, ECE, MCE, Brier score, and the bins of a reliability diagram, of equal width over (0, 1], with the
 * upper end included; a prediction is right if the label is the first of the largest logits. Computed in float64, the
 * same on every backend. Without rows: NaN, and empty bins
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, and, naming the row, for a label out
 * of range and a row that holds NaN or +Infinity or is −Infinity throughout
 *
 * Views of the kernels' memory are read in place; any other array is copied through a bounded scratch.
 * Source: Guo et al. 2017, 'On calibration of modern neural networks'; Brier 1950.
 * @example
 * ```ts
 * import { calibration } from 'softmax-simd';
 *
 * const logits = new Float32Array([4, 0, 4, 0, 0, 4, 4, 0]);
 * const { accuracy, ece, mce, brier, bins } = calibration(logits, [0, 0, 1, 1], { cols: 2 });
 * accuracy; // 0.75
 * ece; // 0.232
 * brier; // 0.483
 * bins[14].count; // 4
 * ```
 */
export function calibration(
  host: Host,
  logits: Floats,
  labels: Labels,
  options: CalibrationOptions = {},
): Calibration {
  const op = 'calibration';
  checkOptions(op, options, ROW_NAMES, NAMES);
  const { bins: count = DEFAULT_BINS, temperature, beta: givenBeta } = options;
  const beta = checkBeta(op, temperature, givenBeta);
  checkInteger(op, 'bins', count, 1, MAX_BINS);
  const data = toLabelled(op, logits, labels, options);

  const bins = Array.from({ length: count }, () => ({ count: 0, confidence: 0, correct: 0 }));
  let rows = 0;
  let correct = 0;
  let brier = 0;
  forRows(host, data, beta, ({ argmax, label, max, own, sumW, sumWW }) => {
    rows++;
    const confidence = 1 / sumW;
    const ownP = weight((max - own) * finiteBeta(beta)) / sumW;
    brier += sumWW / sumW / sumW - 2 * ownP + 1;
    const isCorrect = Number(argmax === label);
    correct += isCorrect;
    const bin = bins[binOf(confidence, count)];
    bin.count++;
    bin.confidence += confidence;
    bin.correct += isCorrect;
  });

  let ece = rows === 0 ? NaN : 0;
  let mce = ece;
  for (const bin of bins) {
    if (bin.count === 0) continue;
    const gap = Math.abs(bin.correct - bin.confidence);
    ece += gap / rows;
    mce = Math.max(mce, gap / bin.count);
  }
  return {
    accuracy: correct / rows,
    ece,
    mce,
    brier: brier / rows,
    bins: bins.map((bin, i) => ({
      low: i / count,
      high: (i + 1) / count,
      count: bin.count,
      confidence: bin.confidence / bin.count,
      accuracy: bin.correct / bin.count,
    })),
  };
}

/** The bin whose `low` is below a confidence and whose `high` is not, also where rounding puts the product beside it. */
function binOf(confidence: number, count: number): number {
  const bin = Math.min(Math.max(Math.ceil(confidence * count) - 1, 0), count - 1);
  if (bin > 0 && confidence <= bin / count) return bin - 1;
  return bin + 1 < count && confidence > (bin + 1) / count ? bin + 1 : bin;
}
