/** Draws an element of each row. */

import type { Floats } from '../../arguments/arrays.ts';
import { checkChoice, checkInteger } from '../../arguments/check.ts';
import { isTensor, shapeOf } from '../../arguments/tensors.ts';
import type { Host } from '../../memory/host.ts';
import type { Layout } from '../../memory/lanes.ts';
import { toAdjustments } from '../shared/adjustments.ts';
import type { Sample, SampleIds, SampleOptions } from './options.ts';
import { createPicker, type Random } from './pickers.ts';
import { toRandom } from './random.ts';
import { RawLogProbs } from './raw-log-probs.ts';
import { Results } from './results.ts';
import { pickRows, toLogits } from './rows.ts';
import { toSteps } from './steps.ts';

/** More alternatives of a row, or of all rows, are a mistake. */
const MOST_ALTERNATIVES = 2 ** 20;
const MOST_IN_ALL = 2 ** 28;

/** `sample`, by its own random numbers or by others. */
export function sampleBy(
  host: Host,
  logits: Floats,
  options: SampleOptions,
  given?: Random,
): Sample | SampleIds {
  const op = 'sample';
  const { x, layout } = toLogits(op, logits, options);
  const { rows, cols } = layout;
  const random = given ?? toRandom(op, options, rows);
  const steps = toSteps(op, options);
  const adjustments = toAdjustments(op, options, layout);
  const { alternatives, logProbs = 'raw' } = options;
  const mode = checkChoice(op, 'logProbs', ['raw', 'processed', 'none'], logProbs);
  const most = Math.max(1, Math.min(MOST_ALTERNATIVES, Math.floor(MOST_IN_ALL / rows)));
  const n = alternatives === undefined ? 0 : checkInteger(op, 'alternatives', alternatives, 1, most);
  const results = new Results({ rows, cols: n, inner: innerOf(layout, options, logits) }, mode, random);
  const picker = createPicker({ host, steps, random, taker: results }, cols);
  const rawLogProbs = new RawLogProbs(host, x, layout, results);
  pickRows({ op, host, x, layout, adjustments, picker, ids: results.ids, rawLogProbs });
  return results.all;
}

/** How many rows lie side by side; of one column a layout need not say. */
function innerOf(
  { cols, inner }: Layout,
  { shape: given, axis = -1 }: SampleOptions,
  logits: Floats,
): number {
  const shape = given === undefined && isTensor(logits) ? shapeOf(logits) : given;
  if (shape === undefined || cols > 1) return inner;
  return shape.slice(axis < 0 ? axis + shape.length + 1 : axis + 1).reduce((all, size) => all * size, 1);
}
