/** The temperature at which logits predict labels best. */

import type { Floats } from '../arguments/arrays.ts';
import { checkOptions } from '../arguments/check.ts';
import { typeError } from '../arguments/errors.ts';
import type { Labels } from '../arguments/labels.ts';
import { LAYOUT_NAMES, type LayoutOptions, type Names } from '../arguments/options.ts';
import { elementAt } from '../memory/elements.ts';
import type { Host } from '../memory/host.ts';
import { indexIn } from '../memory/lanes.ts';
import { logEach } from '../raw/js/math.ts';
import { forRows, type Labelled, toLabelled } from './shared/labelled.ts';

export interface FitTemperatureOptions extends LayoutOptions {
  /** Rows with this label are left out. Default −100. */
  ignoreIndex?: number;
}

const NAMES: Names<FitTemperatureOptions> = ['ignoreIndex'];

/** Some rows of logits, and their labels. */
export interface LabelledBatch {
  /** `[rows, cols]` */
  readonly logits: Floats;
  /** `[rows]`: classes, or `ignoreIndex`. */
  readonly labels: Labels;
}

/** A temperature fitted to labels, and the mean cross-entropy in nats at T = 1 and at that temperature. */
export interface FittedTemperature {
  /** Divide logits by it. */
  temperature: number;
  /** Mean cross-entropy in nats at T = 1. */
  before: number;
  /** The same at that temperature. */
  after: number;
}

const OP = 'fitTemperature';

/** Temperatures from e^-10 to e^10 are tried, as in scikit-learn's CalibratedClassifierCV. */
const MAX_BETA = 22026.465794806718;
/** The relative step that is no step any more: far below what data can tell apart, and well above rounding. */
const TOLERANCE = 1e-10;
const MAX_STEPS = 100;
/** How far a row of probabilities may sum up to other than 1. */
const SUM_TOLERANCE = 1e-3;

/**
 * The temperature at which logits predict labels best: the T that minimises the mean of
 * `log Σⱼ exp(x[j]/T) − x[label]/T` over the rows.
 *
 * The minimum is found by Newton's method on 1/T, in which the loss is convex, safeguarded by bisection; each step is one
 * pass over the logits, in float64. T lies from e^-10 to e^10: at an end of that range if the loss falls all the way, as
 * it does where every row predicts its label, or none does.
 *
 * @param logits float32 row-major `[rows, cols]`, or `options.shape`, of data that the model was not trained on
 * @param labels classes, integers `[rows]`; rows labelled `options.ignoreIndex` are left out
 * @returns `temperature` (divide logits by it), and the mean cross-entropy in nats `before`, at T = 1, and `after`;
 * deterministic, the same on every backend
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value, for no row that counts, for
 * probabilities passed as logits where that is evident, and, naming the row, for a label out of range, a label with a
 * logit of −Infinity, and a row that holds NaN or +Infinity or is −Infinity throughout
 *
 * Views of the kernels' memory are read in place; any other array is copied through a bounded scratch.
 * Source: Guo et al. 2017, 'On calibration of modern neural networks'.
 * @example
 * ```ts
 * import { fitTemperature } from 'softmax-simd';
 *
 * const logits = new Float32Array([4, 0, 4, 0, 0, 4, 4, 0]);
 * const fitted = fitTemperature(logits, [0, 0, 1, 1], { cols: 2 }); // 4 nats apart, but right in 3 of 4
 * fitted.temperature; // 3.641
 * fitted.before; // 1.018
 * fitted.after; // 0.562
 * ```
 */
export function fitTemperature(
  host: Host,
  logits: Floats,
  labels: Labels,
  options: FitTemperatureOptions = {},
): FittedTemperature {
  checkOptions(OP, options, LAYOUT_NAMES, NAMES);
  const search = findTemperature();
  let step = search.next();
  while (!step.done) {
    const pass = new Pass(host, step.value);
    pass.add(OP, logits, labels, options);
    step = search.next(pass.result(OP));
  }
  return step.value;
}

/** The batches of one pass over the data. */
export type Batches = Iterable<LabelledBatch> | AsyncIterable<LabelledBatch>;

/**
 * As {@link fitTemperature}, of data that comes in batches and need not be in memory as a whole: the same bits as for
 * the rows of all batches in one array.
 *
 * @param batches called for each pass, of which there are some ten: the batches from the first to the last, each
 * with its logits, float32 row-major `[rows, cols]`, or `options.shape`, and its labels, integers `[rows]`. A batch is done with before the
 * next is asked for, so it may use the same memory
 * @throws TypeError and RangeError as {@link fitTemperature}, with rows counted within their batch; the promise is
 * rejected, also with whatever `batches` throws
 *
 * Copies and source: as {@link fitTemperature}.
 * @example
 * ```ts
 * import { fitTemperatureBatches } from 'softmax-simd';
 *
 * async function* read() {
 *   yield { logits: new Float32Array([4, 0, 4, 0]), labels: [0, 0] };
 *   yield { logits: new Float32Array([0, 4, 4, 0]), labels: [1, 1] };
 * }
 * const fitted = await fitTemperatureBatches(read, { cols: 2 });
 * fitted.temperature; // 3.641
 * ```
 */
export async function fitTemperatureBatches(
  host: Host,
  batches: () => Batches,
  options: FitTemperatureOptions = {},
): Promise<FittedTemperature> {
  const op = 'fitTemperatureBatches';
  checkOptions(op, options, LAYOUT_NAMES, NAMES);
  if (typeof batches !== 'function') throw typeError(op, 'batches', 'a function', batches);
  const search = findTemperature();
  let step = search.next();
  while (!step.done) {
    const pass = new Pass(host, step.value);
    for await (const batch of iterate(op, batches())) {
      checkBatch(op, batch);
      pass.add(op, batch.logits, batch.labels, options);
    }
    step = search.next(pass.result(op));
  }
  return step.value;
}

function checkBatch(op: string, batch: unknown): void {
  if (typeof batch === 'object' && batch !== null) return;
  throw typeError(op, 'batches', 'a function that gives objects with logits and labels', batch);
}

/** What a function gave, if it can be iterated over. */
function iterate(op: string, given: Batches): Batches {
  const isIterable =
    typeof given === 'object' &&
    given !== null &&
    (Symbol.asyncIterator in given || Symbol.iterator in given);
  if (!isIterable) throw typeError(op, 'batches', 'a function that gives an iterable', given);
  return given;
}

/** Yields the values of β at which it wants to know the loss. */
function* findTemperature(): Generator<number, FittedTemperature, Loss> {
  const atOne = yield 1;
  const best = yield* minimise(atOne);
  return { temperature: 1 / best.beta, before: atOne.loss, after: best.loss };
}

/** Refuses data that no temperature fits. */
function checkHopeless({ op, x, labels, layout, ignoreIndex }: Labelled): void {
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] === ignoreIndex) continue;
    if (elementAt(x, indexIn(layout, row, labels[row])) === -Infinity) {
      throw new RangeError(
        `${op}: logits must be above -Infinity at each row's label, but are not in row ${row}`,
      );
    }
  }
}

/** Whether all is evidently probabilities: from 0 to 1, each row with a sum of 1. */
function areProbabilities({ x, layout }: Labelled): boolean {
  const { rows, cols } = layout;
  if (cols === 1) return false;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let col = 0; col < cols; col++) {
      const value = elementAt(x, indexIn(layout, row, col));
      if (!(value >= 0 && value <= 1)) return false;
      sum += value;
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
 * One pass over the data, in one piece or in batches, with the same bits.
 *
 * With D = max − x and w = exp(−β·D), a row's loss is log Σw + β·D[label]; its derivative D[label] − E[D], and its
 * second derivative the variance of D, under p = w/Σw.
 */
class Pass {
  readonly #host: Host;
  readonly #beta: number;
  #rows = 0;
  #loss = 0;
  #slope = 0;
  #curvature = 0;
  /** Whether all was evidently probabilities so far: looked at in the first pass, which is the one at β = 1. */
  #isProbabilities: boolean;

  constructor(host: Host, beta: number) {
    this.#host = host;
    this.#beta = beta;
    this.#isProbabilities = beta === 1;
  }

  add(op: string, logits: Floats, labels: Labels, options: FitTemperatureOptions): void {
    const data = toLabelled(op, logits, labels, options);
    const beta = this.#beta;
    if (beta === 1) checkHopeless(data);
    if (data.layout.rows > 0) this.#isProbabilities &&= areProbabilities(data);
    const logSum = new Float64Array(1);
    forRows(this.#host, data, beta, ({ max, own, sumW, sumWD, sumWDD }) => {
      this.#rows++;
      const distance = max - own;
      const mean = sumWD / sumW;
      logSum[0] = sumW;
      logEach(logSum, 1);
      this.#loss += logSum[0] + beta * distance;
      this.#slope += distance - mean / beta;
      this.#curvature += Math.max(sumWDD / sumW - mean * mean, 0) / beta / beta;
    });
  }

  result(op: string): Loss {
    const rows = this.#rows;
    if (rows === 0) throw new RangeError(`${op}: labels must count at least one row, but count none`);
    if (this.#isProbabilities) {
      throw new RangeError(
        `${op}: logits must not be probabilities, but all rows are: pass their logarithms`,
      );
    }
    const [loss, slope, curvature] = [this.#loss, this.#slope, this.#curvature].map((sum) => sum / rows);
    return { beta: this.#beta, loss, slope, curvature };
  }
}

/**
 * Newton's method for the zero of the slope. The loss is convex in β (log Σ exp is, and the rest is linear), so the
 * zero is bracketed throughout; a step that leaves the bracket, or would hardly narrow it, becomes one to the
 * bracket's middle, by ratio.
 */
function* minimise(atOne: Loss): Generator<number, Loss, Loss> {
  let low = 1 / MAX_BETA;
  let high = MAX_BETA;
  let point = atOne;
  // No row says anything about β.
  if (point.slope === 0) return point;
  const ends = [yield low, yield high];
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
    point = yield next;
  }
  return point;
}
