import {
  checkBeta,
  checkCols,
  checkFloats,
  checkIgnoreIndex,
  checkOptions,
  toFloats,
  toLabels,
  weighLabels,
} from '../arguments/check.ts';
import type { PerplexityOptions, TokenLogProbsOptions } from '../arguments/options.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { exp } from '../raw/js/math.ts';
import { forLosses, type Losses, sumLosses } from './cross-entropy.ts';

export function tokenLogProbs(
  host: Host,
  logits: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options: TokenLogProbsOptions = {},
): Float32Array {
  const op = 'tokenLogProbs';
  const { losses } = checkTokens(op, logits, labels, options);
  let { out } = options;
  if (out === undefined) out = new Float32Array(losses.rows);
  else {
    checkFloats(op, 'out', out, losses.rows);
    checkOverlap(host, op, 'out', out, 'logits', losses.x, false);
    checkOverlap(host, op, 'out', out, 'labels', losses.labels as Int32Array, false);
  }
  const result = out;
  forLosses(host, losses, (values, from, n, first) => {
    for (let i = 0; i < n; i++) result[first + i] = 0 - values[from + i];
  });
  return result;
}

export function perplexity(
  host: Host,
  logits: Float32Array | readonly number[],
  labels: Int32Array | readonly number[],
  options: PerplexityOptions = {},
): number {
  const { losses, counted } = checkTokens('perplexity', logits, labels, options);
  return exp(sumLosses(host, losses) / counted);
}

function checkTokens(
  op: string,
  logits: Float32Array | readonly number[],
  target: Int32Array | readonly number[],
  options: PerplexityOptions,
): { losses: Losses; counted: number } {
  checkOptions(op, options);
  const x = toFloats(op, 'logits', logits);
  const cols = checkCols(op, 'logits', x.length, options.cols);
  const rows = cols === 0 ? 0 : x.length / cols;
  const labels = toLabels(op, 'labels', target, rows);
  const beta = checkBeta(op, options.temperature, options.beta);
  const { ignoreIndex = -100 } = options;
  checkIgnoreIndex(op, ignoreIndex);
  const counted = weighLabels(op, 'labels', labels, cols, ignoreIndex, undefined);
  const scalars = { beta, scale: 1, smoothing: 0, zLoss: 0 };
  return { losses: { x, rows, cols, labels, ignoreIndex, scalars }, counted };
}
