/** The loss of independent yes-or-no labels. */

import {
  type Floats,
  type FloatsOut,
  isFloats,
  toColumns,
  toFloats,
  toFloatsOf,
  toOut,
} from '../arguments/arrays.ts';
import { checkBeta, checkOptions, checkReduction } from '../arguments/check.ts';
import { typeError } from '../arguments/errors.ts';
import { toLayout } from '../arguments/layout.ts';
import { type Names, type Reduction, ROW_NAMES, type RowOptions } from '../arguments/options.ts';
import type { Operand } from '../memory/blocks.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { type Layout, putRow, rowOf, runRows } from '../memory/lanes.ts';
import { placeConstant } from '../memory/per-column.ts';
import { type FloatView, type OutView, partOf } from '../memory/view.ts';
import { BLOCK_COLS } from '../raw/sizes.ts';

export interface BinaryCrossEntropyOptions extends RowOptions {
  /** `'mean'` over all elements (the default), their `'sum'`, or `'none'`: the loss of each element. */
  reduction?: Reduction;
  /** What positive targets weigh: one number, or one for each column, `[cols]`. Default 1. */
  posWeight?: number | Floats;
  /** Receives d(reduced loss)/d(logits), `[rows, cols]`; `logits` itself or an array that does not overlap it. */
  gradient?: FloatsOut;
}

const NAMES: Names<BinaryCrossEntropyOptions> = ['reduction', 'posWeight', 'gradient'];

/**
 * Cross-entropy of independent yes-or-no labels, from logits, in nats: for each element
 * `posWeight·t·log(1 + exp(−β·x)) + (1 − t)·log(1 + exp(β·x))`, with the gradient
 * `β·((1 − t)·σ(β·x) − posWeight·t·σ(−β·x))` in the same pass.
 *
 * @param logits float32 row-major `[rows, cols]`, or `options.shape`
 * @param target the probability of 'yes', of the logits' length: 0, 1 or anything between
 * @returns a number for the reductions 'mean' (over all elements) and 'sum', a float32 of the logits' length for
 * 'none'
 * @throws TypeError for an argument of the wrong type; RangeError for a wrong value or length, and for a gradient
 * that overlaps an input without being the logits; nothing is written then
 *
 * Accuracy: each element is within 2 steps, a reduced loss within 4, the gradient within 4·2^-23 of the largest
 * entry in its row. Special values: NaN gives NaN; at infinite logits a share (t or 1 − t) of 0 contributes 0; the mean
 * of no elements is NaN, their sum 0. Views of the kernels' memory are used in place, other arrays are copied through a
 * bounded scratch. Semantics: PyTorch's `binary_cross_entropy_with_logits`.
 * @example
 * ```ts
 * import { binaryCrossEntropy } from 'softmax-simd';
 *
 * binaryCrossEntropy([2, -1, 0.5], [1, 0, 0]); // 0.471
 * binaryCrossEntropy([2, -1], [1, 0], { posWeight: [3, 1], reduction: 'none' }); // Float32Array [0.381, 0.313]
 * ```
 */
export function binaryCrossEntropy(
  host: Host,
  logits: Floats,
  target: Floats,
  options: BinaryCrossEntropyOptions & { reduction: 'none' },
): Float32Array;
export function binaryCrossEntropy(
  host: Host,
  logits: Floats,
  target: Floats,
  options?: BinaryCrossEntropyOptions & { reduction?: 'mean' | 'sum' },
): number;
export function binaryCrossEntropy(
  host: Host,
  logits: Floats,
  target: Floats,
  options?: BinaryCrossEntropyOptions,
): number | Float32Array;
export function binaryCrossEntropy(
  host: Host,
  logits: Floats,
  target: Floats,
  options: BinaryCrossEntropyOptions = {},
): number | Float32Array {
  const op = 'binaryCrossEntropy';
  checkOptions(op, options, ROW_NAMES, NAMES);
  const { dtype } = options;
  const x = toFloats(op, 'logits', logits, dtype);
  const targets = toFloatsOf(op, 'target', target, x.length, dtype);
  const layout = toLayout(op, 'logits', x.length, options, 0, logits);
  const { cols } = layout;
  const beta = checkBeta(op, options.temperature, options.beta);
  const { reduction = 'mean', posWeight = 1, gradient: given } = options;
  checkReduction(op, reduction);
  const scalar = typeof posWeight === 'number' ? posWeight : 1;
  const isColumns =
    isFloats(posWeight, dtype) || posWeight instanceof Uint16Array || Array.isArray(posWeight);
  if (typeof posWeight !== 'number' && !isColumns) {
    throw typeError(op, 'posWeight', 'a number, or one for each column', posWeight);
  }
  const weights =
    typeof posWeight === 'number' ? undefined : toColumns(op, 'posWeight', posWeight, cols, dtype);
  const gradient = given === undefined ? undefined : toOut(op, 'gradient', given, x.length, dtype);
  if (gradient !== undefined) {
    checkOverlap(host, op, 'gradient', gradient, 'logits', x, true);
    checkOverlap(host, op, 'gradient', gradient, 'target', targets, false);
    if (weights) checkOverlap(host, op, 'gradient', gradient, 'posWeight', weights, false);
  }

  const scale = reduction === 'mean' ? 1 / x.length : 1;
  const losses = reduction === 'none' ? new Float32Array(x.length) : undefined;
  let sum = 0;
  /** All of some arrays of these, in rows of one block at most; `w` are the weights of the columns. */
  function pass(of: Arrays, rows: Layout, w: Float32Array | undefined): void {
    const constant = placeConstant(host, w);
    // A block always fits into the scratch.
    if (constant === undefined) return;
    const { raw, arena } = constant.host;
    const rowBytes = rows.cols * 4;
    const operands: Operand[] = [
      { view: of.x, rowBytes, write: false },
      { view: of.targets, rowBytes, write: false },
      { view: undefined, rowBytes: 8, write: true },
    ];
    if (of.losses) operands.push({ view: of.losses, rowBytes, write: true });
    if (of.gradient) operands.push({ view: of.gradient, rowBytes, write: true, over: 0 });
    runRows(constant.host, rows, operands, (addresses, count) => {
      const [xAt, targetAt, sumsAt] = addresses;
      const lossesAt = of.losses ? addresses[3] : 0;
      const to = of.gradient ? addresses[operands.length - 1] : 0;
      const at = constant.address;
      const n = rows.cols;
      raw.binaryCrossEntropyF32(xAt, targetAt, at, lossesAt, sumsAt, to, count, n, beta, scalar, scale);
      for (let i = 0; i < count; i++) sum += arena.f64[sumsAt / 8 + i];
    });
  }

  /** Rows of `n` columns each. */
  function passParts(of: Arrays, from: number, rows: number, n: number, w: Float32Array | undefined): void {
    const part = <V extends FloatView>(view: V) => partOf(view, from, from + rows * n);
    const { x, targets, losses, gradient } = of;
    const optional = { losses: losses && part(losses), gradient: gradient && part(gradient) };
    pass({ x: part(x), targets: part(targets), ...optional }, { rows, cols: n, inner: 1 }, w);
  }

  const all: Arrays = { x, targets, losses, gradient };
  if (weights === undefined) {
    // The elements are a single row.
    const whole = x.length - (x.length % BLOCK_COLS);
    if (whole > 0) passParts(all, 0, whole / BLOCK_COLS, BLOCK_COLS, undefined);
    if (whole < x.length) passParts(all, whole, 1, x.length - whole, undefined);
  } else if (cols <= BLOCK_COLS) pass(all, layout, weights);
  else {
    for (let row = 0; row < layout.rows; row++) {
      const take = <V extends FloatView>(view: V) => rowOf(view, layout, row, cols);
      const of = {
        x: take(x),
        targets: take(targets),
        losses: losses && take(losses),
        gradient: gradient && take(gradient),
      };
      for (let i = 0; i < cols; i += BLOCK_COLS) {
        const n = Math.min(BLOCK_COLS, cols - i);
        passParts(of, i, 1, n, partOf(weights, i, i + n));
      }
      if (losses && of.losses) putRow(losses, layout, row, of.losses);
      if (gradient && of.gradient) putRow(gradient, layout, row, of.gradient);
    }
  }
  return losses ?? (reduction === 'mean' ? sum / x.length : sum);
}

/** What is read and written of each element. */
interface Arrays {
  readonly x: FloatView;
  readonly targets: FloatView;
  readonly losses: Float32Array | undefined;
  readonly gradient: OutView | undefined;
}
