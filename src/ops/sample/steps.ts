/** The filters of a call, checked, in their order. */
import { checkBeta, checkInteger, checkNumber, checkOptions } from '../../arguments/check.ts';
import { rangeError, typeError } from '../../arguments/errors.ts';
import type { Names } from '../../arguments/options.ts';
import { ownOptions } from '../../arguments/own-options.ts';
import { DEFAULT_ORDER, type SampleOptions, type SampleStep, type XtcOptions } from './options.ts';

/** A filter that does something: `value` is its option, β for the temperature, the threshold for xtc. */
export interface Step {
  readonly name: SampleStep;
  readonly value: number;
}

export interface Steps {
  readonly list: readonly Step[];
  /** With which probability the step xtc applies to a row. */
  readonly xtcProbability: number;
}

/** What filters work on: what is left of a row. */
export interface Filterable {
  temperature(beta: number): void;
  topNSigma(n: number): void;
  topK(k: number): void;
  topP(share: number): void;
  minP(share: number): void;
  typicalP(share: number): void;
  xtc(threshold: number): void;
}

export function toSteps(op: string, options: SampleOptions): Steps {
  const { topNSigma, topK, topP, minP, typicalP, order } = options;
  const beta = checkBeta(op, options.temperature, options.beta);
  const share = (name: string, value: number | undefined, none: number): number =>
    value === undefined ? none : checkNumber(op, name, value, 0, 1);
  const xtc = toXtc(op, options.xtc);
  const values: Record<SampleStep, number> = {
    temperature: beta,
    topNSigma: topNSigma === undefined ? Infinity : checkNumber(op, 'topNSigma', topNSigma, 0, Infinity),
    topK: topK === undefined ? Infinity : checkInteger(op, 'topK', topK, 1, Number.MAX_SAFE_INTEGER),
    topP: share('topP', topP, 1),
    minP: share('minP', minP, 0),
    typicalP: share('typicalP', typicalP, 1),
    xtc: xtc.threshold,
  };
  const isIdle: Record<SampleStep, boolean> = {
    temperature: beta === 1,
    topNSigma: values.topNSigma === Infinity,
    topK: values.topK === Infinity,
    topP: values.topP === 1,
    minP: values.minP === 0,
    typicalP: values.typicalP === 1,
    xtc: xtc.probability === 0,
  };
  const list = toOrder(op, order)
    .filter((name) => !isIdle[name])
    .map((name) => ({ name, value: values[name] }));
  return { list, xtcProbability: xtc.probability };
}

function toOrder(op: string, order: unknown = DEFAULT_ORDER): readonly SampleStep[] {
  if (!Array.isArray(order)) throw typeError(op, 'order', 'an array of names', order);
  const seen: SampleStep[] = [];
  for (let i = 0; i < order.length; i++) {
    const name: SampleStep = order[i];
    if (typeof name !== 'string') throw typeError(op, `order[${i}]`, 'a name', name);
    if (!DEFAULT_ORDER.includes(name)) {
      const names = DEFAULT_ORDER.map((each) => `'${each}'`).join(', ');
      throw rangeError(op, `order[${i}]`, `one of ${names}`, name);
    }
    if (seen.includes(name)) throw new RangeError(`${op}: order must not repeat '${name}'`);
    seen.push(name);
  }
  return seen;
}

const XTC_NAMES: Names<XtcOptions> = ['probability', 'threshold'];

function toXtc(op: string, value: XtcOptions | undefined): XtcOptions {
  if (value === undefined) return { probability: 0, threshold: 0 };
  if (typeof value !== 'object' || value === null) throw typeError(op, 'xtc', 'an object', value);
  checkOptions(`${op}: xtc`, value, XTC_NAMES);
  const { probability, threshold } = ownOptions(value) as XtcOptions;
  return {
    probability: checkNumber(op, 'xtc.probability', probability, 0, 1),
    threshold: checkNumber(op, 'xtc.threshold', threshold, 0, 1),
  };
}

/** Applies the steps to a row, the step xtc only if it `excludes`. */
export function applySteps(steps: readonly Step[], row: Filterable, excludes: boolean): void {
  for (let i = 0; i < steps.length; i++) {
    const { name, value } = steps[i];
    if (name !== 'xtc' || excludes) row[name](value);
  }
}
