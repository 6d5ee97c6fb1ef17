/** The filters of a call, checked, in their order. */
import { checkBeta, checkChoice, checkInteger, checkNested, checkNumber } from '../../arguments/check.ts';
import { typeError } from '../../arguments/errors.ts';
import type { Names } from '../../arguments/options.ts';
import { DEFAULT_ORDER, type DrawOptions, type SampleStep, type XtcOptions } from './options.ts';

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

/** At these values steps do nothing. */
const IDLE = {
  temperature: 1,
  topNSigma: Infinity,
  topK: Infinity,
  topP: 1,
  minP: 0,
  typicalP: 1,
} as const;

export function toSteps(op: string, options: DrawOptions): Steps {
  const { topK } = options;
  const beta = checkBeta(op, options.temperature, options.beta);
  const upTo = (high: number, name: 'topNSigma' | 'topP' | 'minP' | 'typicalP'): number => {
    const value = options[name];
    return value === undefined ? IDLE[name] : checkNumber(op, name, value, 0, high);
  };
  const xtc = toXtc(op, options.xtc);
  const values: Record<SampleStep, number> = {
    temperature: beta,
    topNSigma: upTo(Infinity, 'topNSigma'),
    topK: topK === undefined ? Infinity : checkInteger(op, 'topK', topK, 1, Number.MAX_SAFE_INTEGER),
    topP: upTo(1, 'topP'),
    minP: upTo(1, 'minP'),
    typicalP: upTo(1, 'typicalP'),
    xtc: xtc.threshold,
  };
  const list = toOrder(op, options.order)
    .filter((name) => (name === 'xtc' ? xtc.probability > 0 : values[name] !== IDLE[name]))
    .map((name) => ({ name, value: values[name] }));
  return { list, xtcProbability: xtc.probability };
}

function toOrder(op: string, order: unknown = DEFAULT_ORDER): readonly SampleStep[] {
  if (!Array.isArray(order)) throw typeError(op, 'order', 'an array of names', order);
  const seen: SampleStep[] = [];
  for (let i = 0; i < order.length; i++) {
    const name = checkChoice(op, `order[${i}]`, DEFAULT_ORDER, order[i]);
    if (seen.includes(name)) throw new RangeError(`${op}: order must not repeat '${name}'`);
    seen.push(name);
  }
  return seen;
}

const XTC_NAMES: Names<XtcOptions> = ['probability', 'threshold'];

function toXtc(op: string, value: XtcOptions | undefined): XtcOptions {
  if (value === undefined) return { probability: 0, threshold: 0 };
  const { probability, threshold } = checkNested(op, 'xtc', value, XTC_NAMES);
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
