/** Vector-Jacobian products: from the gradient by a result to that by the logits. */

import { type Floats, type FloatsOut, toFloats, toFloatsOf, toOut } from '../arguments/arrays.ts';
import { checkBeta, checkOptions } from '../arguments/check.ts';
import { toLayout } from '../arguments/layout.ts';
import { ELEMENT_NAMES, type ElementOptions, ROWS_NAMES, type RowsOptions } from '../arguments/options.ts';
import { longLogSoftmaxGradient, longSoftmaxGradient } from '../long/gradients.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { putRow, rowOf, runRows } from '../memory/lanes.ts';
import type { FloatView, OutView } from '../memory/view.ts';
import type { RawKernels } from '../raw/index.ts';

type GradientKernel = keyof Pick<
  RawKernels,
  'softmaxGradientF32' | 'logSoftmaxGradientF32' | 'sigmoidGradientF32'
>;
type LongRow = (host: Host, y: FloatView, dy: FloatView, out: OutView, beta: number) => void;

/**
 * From the gradient by `p = softmax(β·x)` to the gradient by the logits x: `β·p·(dp − Σⱼ p[j]·dp[j])`, row by row.
 *
 * @param p probabilities, float32 row-major `[rows, cols]`, or `options.shape`
 * @param dp the derivative of a loss by each of them, of the same shape
 * @returns float32 `[rows, cols]`, or the shape: `options.out`, which may be `p` or `dp`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: computed in float64 and rounded once; NaN in a row spreads over it. Views of the kernels' memory are
 * used in place, other arrays are copied through a bounded scratch. As in PyTorch's `_softmax_backward_data`.
 * @example
 * ```ts
 * import { softmax, softmaxGradient } from 'softmax-simd';
 *
 * const p = softmax([2.0, 1.0, 0.1]);
 * softmaxGradient(p, [1, 0, 0]); // Float32Array [0.225, -0.16, -0.065]
 * ```
 */
export function softmaxGradient(host: Host, p: Floats, dp: Floats, options: RowsOptions = {}): FloatsOut {
  const names = ['softmaxGradient', 'p', 'dp'] as const;
  return gradient(host, names, 'softmaxGradientF32', longSoftmaxGradient, p, dp, options);
}

/**
 * From the gradient by `log p = logSoftmax(β·x)` to the gradient by the logits x: `β·(dLogP − p·Σⱼ dLogP[j])`, row
 * by row.
 *
 * @param logP log-probabilities, float32 row-major `[rows, cols]`, or `options.shape`
 * @param dLogP the derivative of a loss by each of them, of the same shape
 * @returns float32 `[rows, cols]`, or the shape: `options.out`, which may be `logP` or `dLogP`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: computed in float64 and rounded once; a NaN among the derivatives spreads over its row. Views of the
 * kernels' memory are used in place, other arrays are copied through a bounded scratch. As in PyTorch's
 * `_log_softmax_backward_data`.
 * @example
 * ```ts
 * import { logSoftmax, logSoftmaxGradient } from 'softmax-simd';
 *
 * const logP = logSoftmax([2.0, 1.0, 0.1]);
 * logSoftmaxGradient(logP, [-1, 0, 0]); // Float32Array [-0.341, 0.242, 0.099]
 * ```
 */
export function logSoftmaxGradient(
  host: Host,
  logP: Floats,
  dLogP: Floats,
  options: RowsOptions = {},
): FloatsOut {
  const names = ['logSoftmaxGradient', 'logP', 'dLogP'] as const;
  return gradient(host, names, 'logSoftmaxGradientF32', longLogSoftmaxGradient, logP, dLogP, options);
}

/**
 * From the gradient by `p = sigmoid(β·x)` to the gradient by x: `β·p·(1 − p)·dp` of each element.
 *
 * @param p results of `sigmoid`, float32, any shape
 * @param dp the derivative of a loss by each of them, of the same length
 * @returns float32 of the same length: `options.out`, which may be `p` or `dp`, or a new array
 * @throws TypeError for an argument of the wrong type, RangeError for a wrong value; nothing is written then
 *
 * Accuracy: computed in float64 and rounded once. Special values: NaN in `p` or `dp` gives NaN there; p of exactly 0
 * or 1 gives 0, with an infinite dp NaN. Views of the kernels' memory are used in place, other arrays are copied
 * through a bounded scratch.
 * @example
 * ```ts
 * import { sigmoid, sigmoidGradient } from 'softmax-simd';
 *
 * sigmoidGradient(sigmoid([0, 2]), [1, 1]); // Float32Array [0.25, 0.105]
 * ```
 */
export function sigmoidGradient(host: Host, p: Floats, dp: Floats, options: ElementOptions = {}): FloatsOut {
  const names = ['sigmoidGradient', 'p', 'dp'] as const;
  return gradient(host, names, 'sigmoidGradientF32', undefined, p, dp, options);
}

/** One kernel over a result `y` of an operation and the derivatives `dy` by it; row by row if there is a `long`. */
function gradient(
  host: Host,
  [op, yName, dyName]: readonly [op: string, y: string, dy: string],
  kernel: GradientKernel,
  long: LongRow | undefined,
  y: Floats,
  dy: Floats,
  options: RowsOptions,
): FloatsOut {
  checkOptions(op, options, long ? ROWS_NAMES : ELEMENT_NAMES);
  const { dtype } = options;
  const data = toFloats(op, yName, y, dtype);
  const derivatives = toFloatsOf(op, dyName, dy, data.length, dtype);
  const layout = long
    ? toLayout(op, yName, data.length, options, 0, y)
    : { rows: data.length, cols: 1, inner: 1 };
  const { rows, cols } = layout;
  const beta = checkBeta(op, options.temperature, options.beta);
  const { out: given } = options;
  const out =
    given === undefined ? new Float32Array(data.length) : toOut(op, 'out', given, data.length, dtype);
  if (given !== undefined) {
    checkOverlap(host, op, 'out', out, yName, data, true);
    checkOverlap(host, op, 'out', out, dyName, derivatives, true);
  }
  const rowBytes = cols * 4;
  // Not `over` an input, as `out` may be the other one.
  const operands = [
    { view: data, rowBytes, write: false },
    { view: derivatives, rowBytes, write: false },
    { view: out, rowBytes, write: true },
  ];
  const fits = runRows(host, layout, operands, ([yAt, dyAt, outAt], n) =>
    host.raw[kernel](yAt, dyAt, outAt, n, cols, beta),
  );
  if (!fits && long) {
    for (let row = 0; row < rows; row++) {
      const result = rowOf(out, layout, row, cols);
      long(host, rowOf(data, layout, row, cols), rowOf(derivatives, layout, row, cols), result, beta);
      putRow(out, layout, row, result);
    }
  }
  return (given ?? out) as FloatsOut;
}
