/** What `eval` and `merge` print. */
import type { CalibrationBin } from '../index.ts';
import type { CalibrationSums, EvalSums } from './sums.ts';

/** What must be equal for sums to add up. */
export interface EvalSettings {
  readonly classes: number;
  readonly temperature: number;
  readonly backend: string;
}

/** As `--json` prints it. */
export interface EvalFigures extends EvalSettings, Partial<CalibrationFigures> {
  readonly rows: number;
  readonly ignored: number;
  readonly correct: number;
  /** `correct / rows` */
  readonly accuracy: number;
  /** Mean cross-entropy, nats. */
  readonly nll: number;
  /** `exp(nll)` */
  readonly perplexity: number;
}

interface CalibrationFigures {
  readonly ece: number;
  readonly mce: number;
  readonly brier: number;
  /** Null where rows without probabilities leave nothing to bin. */
  readonly bins: CalibrationBin[] | null;
}

export function figuresOf(sums: EvalSums, { classes, temperature, backend }: EvalSettings): EvalFigures {
  const { rows, ignored, correct, calibration } = sums;
  const nll = sums.loss.value / rows;
  return {
    ...{ rows, ignored, classes, temperature, backend },
    ...{ correct, accuracy: correct / rows, nll, perplexity: Math.exp(nll) },
    ...(calibration && calibrationOf(calibration, rows)),
  };
}

/** The definitions are those of the library's `calibration`. */
function calibrationOf(sums: CalibrationSums, rows: number): CalibrationFigures {
  const brier = sums.brier.value / rows;
  if (Number.isNaN(brier)) return { ece: NaN, mce: NaN, brier, bins: null };
  let ece = 0;
  let mce = 0;
  const bins = sums.bins.map(({ count, correct, confidence }, i): CalibrationBin => {
    const total = confidence.value;
    const gap = Math.abs(correct - total);
    ece += gap / rows;
    if (count > 0) mce = Math.max(mce, gap / count);
    const edges = { low: i / sums.bins.length, high: (i + 1) / sums.bins.length };
    return { ...edges, count, confidence: total / count, accuracy: correct / count };
  });
  return { ece, mce, brier, bins };
}

export function formatFigures(json: boolean, figures: EvalFigures): string {
  // JSON has no NaN and no Infinity: they become null.
  if (json) return `${JSON.stringify(figures)}\n`;
  const { rows, ignored, classes, correct, accuracy, nll, perplexity, temperature, backend } = figures;
  const { ece, mce, brier } = figures;
  const calibration = Object.entries({ ECE: ece, MCE: mce, Brier: brier }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(13)}${value.toFixed(6)}`],
  );
  const lines = [
    `rows         ${rows}${ignored > 0 ? ` (and ${ignored} ignored)` : ''}`,
    `classes      ${classes}`,
    `accuracy     ${(100 * accuracy).toFixed(3)} % (${correct} of ${rows})`,
    `NLL          ${nll.toPrecision(7)} nats`,
    `perplexity   ${perplexity.toPrecision(7)}`,
    ...calibration,
    `temperature  ${temperature}`,
    `backend      ${backend}`,
  ];
  return `${lines.join('\n')}\n`;
}
