import { checkBeta, checkOptions, rangeError, typeError } from '../arguments/check.ts';
import type { Calibration, CalibrationOptions } from '../arguments/options.ts';
import type { Host } from '../memory/host.ts';
import { weight } from '../raw/js/exp-minus.ts';
import { finiteBeta } from '../raw/js/passes.ts';
import { forRows, toLabelled } from './shared/labelled.ts';

const MAX_BINS = 1e6;

export function calibration(
  host: Host,
  logits: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options: CalibrationOptions = {},
): Calibration {
  const op = 'calibration';
  checkOptions(op, options);
  const { bins: count = 15, temperature, beta: givenBeta } = options;
  const beta = checkBeta(op, temperature, givenBeta);
  if (typeof count !== 'number') throw typeError(op, 'bins', 'a number', count);
  if (!Number.isInteger(count) || count < 1 || count > MAX_BINS) {
    throw rangeError(op, 'bins', `an integer from 1 to ${MAX_BINS}`, count);
  }
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
