/** Options of `sample` that say how to filter. */
import { InvalidArgumentError } from 'commander';
import { LLAMA_ORDER, type SampleStep, type XtcOptions } from '../index.ts';
import { numberFrom } from './options.ts';

const ORDERS: Record<string, readonly SampleStep[] | undefined> = {
  'hugging-face': undefined,
  llama: LLAMA_ORDER,
};

/** `--order NAME`, or names of filters, as options have them. */
export function parseOrder(text: string): readonly SampleStep[] | undefined {
  if (Object.hasOwn(ORDERS, text)) return ORDERS[text];
  const names = text.split(',').map((name) => OPTION_NAMES[name.trim()]);
  if (names.every((name) => name !== undefined) && new Set(names).size === names.length) return names;
  throw new InvalidArgumentError(
    `Expected hugging-face, llama, or names of ${Object.keys(OPTION_NAMES).join(', ')}, none twice.`,
  );
}

const OPTION_NAMES: Record<string, SampleStep> = {
  temperature: 'temperature',
  'top-n-sigma': 'topNSigma',
  'top-k': 'topK',
  'top-p': 'topP',
  'min-p': 'minP',
  'typical-p': 'typicalP',
  xtc: 'xtc',
};

/** `--xtc PROBABILITY,THRESHOLD`. */
export function parseXtc(text: string): XtcOptions {
  const [probability, threshold] = text.split(',').map(numberFrom(0, 1));
  if (threshold !== undefined && text.split(',').length === 2) return { probability, threshold };
  throw new InvalidArgumentError('Expected two numbers from 0 to 1, e.g. 0.5,0.1.');
}
