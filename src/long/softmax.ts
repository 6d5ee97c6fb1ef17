/** Softmax of a row, and its kin, part by part. */
import { fill, setElement } from '../memory/elements.ts';
import type { Host } from '../memory/host.ts';
import type { FloatView, OutView } from '../memory/view.ts';
import { hasSoftmax } from '../raw/limits.ts';
import {
  forSums,
  indexInRow,
  logOddsOfRow,
  logScaleRow,
  maxOfRow,
  scaleSummands,
  totalOfRow,
} from './rows.ts';

/** As `softmaxF32`, for one row, in parts. */
export function longSoftmax(host: Host, x: FloatView, out: OutView, beta: number): void {
  const max = maxOfRow(host, x);
  if (!hasSoftmax(max, beta)) fill(out, NaN);
  else {
    const total = totalOfRow(host, x, out, -1, max, beta);
    scaleSummands(host, x, out, -1, max, beta, 1 / total, true);
  }
}

/** Of some elements of a row, put into their place, what `longSoftmax` gives. */
export function longSoftmaxOf(host: Host, x: FloatView, some: Float32Array, beta: number): void {
  const max = maxOfRow(host, x);
  if (!hasSoftmax(max, beta)) {
    some.fill(NaN);
    return;
  }
  const total = totalOfRow(host, x, undefined, -1, max, beta);
  forSums(host, some, some, -1, max, beta, () => {});
  scaleSummands(host, some, some, -1, max, beta, 1 / total, true);
}

/** As `logSoftmaxF32`, for one row, in parts. */
export function longLogSoftmax(host: Host, x: FloatView, out: OutView, beta: number): void {
  logSoftmaxOf(host, x, x, out, beta);
}

/** Of some elements of a row, put into their place, what `longLogSoftmax` gives. */
export function longLogSoftmaxOf(host: Host, x: FloatView, some: Float32Array, beta: number): void {
  logSoftmaxOf(host, x, some, some, beta);
}

function logSoftmaxOf(host: Host, x: FloatView, some: FloatView, out: OutView, beta: number): void {
  const max = maxOfRow(host, x);
  if (!hasSoftmax(max, beta)) fill(out, NaN);
  else {
    const { odds } = logOddsOfRow(host, x, undefined, indexInRow(host, x, max), beta);
    logScaleRow(host, some, out, max, beta, host.raw.softplus(odds));
  }
}

/** As `logSumExpF32`, for one row, in parts. */
export function longLogSumExp(host: Host, x: FloatView, out: OutView, beta: number, mask?: Uint8Array): void {
  const { raw } = host;
  const max = maxOfRow(host, x, mask);
  if (hasSoftmax(max, beta)) {
    const logTotal = raw.logTotalF32(totalOfRow(host, x, undefined, -1, max, beta, mask), max, beta);
    setElement(out, 0, Number.isNaN(logTotal) ? NaN : (max === 0 ? 0 : beta * max) + logTotal);
  } else setElement(out, 0, indexInRow(host, x, NaN, mask) < 0 ? max : NaN);
}
