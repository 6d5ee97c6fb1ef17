/** Options that several commands share. */
import { InvalidArgumentError, Option } from 'commander';
import type { Backend } from '../index.ts';
import { BACKENDS } from './backends.ts';

/** Options of the program itself, which every command takes. */
export interface CommonOptions {
  backend: 'auto' | Backend;
}

/** `--backend NAME`. */
export function backendOption(): Option {
  return new Option('--backend <name>', 'what computes').choices(['auto', ...BACKENDS]).default('auto');
}

/** `--temperature T`: a float64 number, 0 and Infinity included. */
export function temperatureOption(): Option {
  return new Option('--temperature <T>', 'divide the logits by T').argParser(parseTemperature).default(1);
}

/** `--json`. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON');
}

function parseTemperature(text: string): number {
  const isNumber = /^[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|Infinity)$/i.test(text);
  if (isNumber && Number(text) >= 0) return Number(text);
  throw new InvalidArgumentError('Expected a number that is not negative.');
}
