/** Gradients of a row part by part. */
import type { Host } from '../memory/host.ts';
import type { FloatView, OutView } from '../memory/view.ts';
import { fillParts, sumParts } from './parts.ts';

/** As `softmaxGradientF32` of one row. */
export function longSoftmaxGradient(
  host: Host,
  p: FloatView,
  dp: FloatView,
  out: OutView,
  beta: number,
): void {
  const { raw } = host;
  const [dot] = sumParts(host, [dp, p], 1, ([a, b], _, n, sums) => raw.dotSumsF32(a, b, sums, n));
  fillParts(host, [p, dp], out, ([a, b], to, n) => raw.productGradientF32(a, b, to, n, dot, beta));
}

/** As `logSoftmaxGradientF32` of one row. */
export function longLogSoftmaxGradient(
  host: Host,
  logP: FloatView,
  dLogP: FloatView,
  out: OutView,
  beta: number,
): void {
  const { raw } = host;
  const [sum] = sumParts(host, [dLogP], 1, ([a], _, n, sums) => raw.dotSumsF32(a, 0, sums, n));
  fillParts(host, [logP, dLogP], out, ([a, b], to, n) => {
    raw.targetGradientF32(a, b, 0, to, n, 0, 1, sum, -beta, 1, 0);
  });
}
