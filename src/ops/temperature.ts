import { checkOptions } from '../check.ts';
import type { Host } from '../host.ts';
import { forRows, type Labelled, toLabelled } from '../labelled.ts';
import { logEach } from '../math.ts';
import type { FitTemperatureOptions, FittedTemperature } from '../options.ts';

const OP = 'fitTemperature';

/** Temperatures from e^-10 to e^10 are tried, as in scikit-learn's CalibratedClassifierCV. */
const MAX_BETA = 22026.465794806718;
/** The relative step that is no step any more: far below what data can tell apart, and well above rounding. */
const TOLERANCE = 1e-10;
const MAX_STEPS = 100;
/** How far a row of probabilities may sum up to other than 1. */
const SUM_TOLERANCE = 1e-3;

export function fitTemperature(
  host: Host,
  logits: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options: FitTemperatureOptions = {},
): FittedTemperature {
  checkOptions(OP, options);
  const data = toLabelled(OP, logits, labels, options);
  checkHopeless(data);
  if (areProbabilities(data)) {
    throw new RangeError(
      `${OP}: logits must be logits or log-probabilities, but every row is one of probabilities: pass their logarithms`,
    );
  }
  const atOne = meanLoss(host, data, 1);
  const best = minimise((beta) => (beta === 1 ? atOne : meanLoss(host, data, beta)));
  return { temperature: 1 / best.beta, before: atOne.loss, after: best.loss };
}

/** Refuses data that no temperature fits. */
function checkHopeless({ x, labels, cols, ignoreIndex }: Labelled): void {
  let counted = 0;
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] === ignoreIndex) continue;
    counted++;
    if (x[row * cols + labels[row]] === -Infinity) {
      throw new RangeError(
        `${OP}: logits must be above -Infinity at each row's label, but are not in row ${row}: its loss is infinite at any temperature`,
      );
    }
  }
  if (counted === 0) throw new RangeError(`${OP}: labels must count at least one row, but count none`);
}

/** Whether all is evidently probabilities: from 0 to 1, each row with a sum of 1. */
function areProbabilities({ x, rows, cols }: Labelled): boolean {
  if (cols === 1) return false;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * cols; i < (row + 1) * cols; i++) {
      if (!(x[i] >= 0 && x[i] <= 1)) return false;
      sum += x[i];
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) return false;
  }
  return true;
}

/** The mean cross-entropy at a β and its first two derivatives with respect to β. */
interface Loss {
  readonly beta: number;
  readonly loss: number;
  readonly slope: number;
  readonly curvature: number;
}

/**
 * With D = max − x and w = exp(−β·D), a row's loss is log Σw + β·D[label]; its derivative D[label] − E[D], and its
 * second derivative the variance of D, under p = w/Σw.
 */
function meanLoss(host: Host, data: Labelled, beta: number): Loss {
  const logSum = new Float64Array(1);
  let n = 0;
  let loss = 0;
  let slope = 0;
  let curvature = 0;
  forRows(host, data, beta, ({ max, own, sumW, sumWD, sumWDD }) => {
    n++;
    const distance = max - own;
    const mean = sumWD / sumW;
    logSum[0] = sumW;
    logEach(logSum, 1);
    loss += logSum[0] + beta * distance;
    slope += distance - mean / beta;
    curvature += Math.max(sumWDD / sumW - mean * mean, 0) / beta / beta;
  });
  return { beta, loss: loss / n, slope: slope / n, curvature: curvature / n };
}

/**
 * Newton's method for the zero of the slope. The loss is convex in β (log Σ exp is, and the rest is linear), so the
 * zero is bracketed throughout; a step that leaves the bracket, or would hardly narrow it, becomes one to the
 * bracket's middle, by ratio.
 */
function minimise(at: (beta: number) => Loss): Loss {
  let low = 1 / MAX_BETA;
  let high = MAX_BETA;
  let point = at(1);
  // No row says anything about β.
  if (point.slope === 0) return point;
  const ends = [at(low), at(high)];
  if (ends[0].slope >= 0) return ends[0];
  if (ends[1].slope <= 0) return ends[1];
  let lastStep = Infinity;
  for (let i = 0; i < MAX_STEPS; i++) {
    if (point.slope < 0) low = point.beta;
    else high = point.beta;
    let step = -point.slope / point.curvature / point.beta;
    if (Math.abs(step) < TOLERANCE) break;
    let next = point.beta * (1 + step);
    if (!(next > low && next < high && Math.abs(step) < lastStep / 2)) {
      next = Math.sqrt(low * high);
      step = next / point.beta - 1;
    }
    if (next <= low || next >= high) break;
    lastStep = Math.abs(step);
    point = at(next);
  }
  return point;
}
