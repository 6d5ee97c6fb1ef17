import {
  checkBeta,
  checkChoice,
  checkCols,
  checkFloats,
  checkOptions,
  toColumns,
  toFloats,
  typeError,
} from '../arguments/check.ts';
import type { BinaryCrossEntropyOptions } from '../arguments/options.ts';
import { type Operand, runBlocks } from '../memory/blocks.ts';
import { checkOverlap, type Host } from '../memory/host.ts';
import { placeConstant } from '../memory/per-column.ts';
import { partOf } from '../memory/view.ts';
import { BLOCK_COLS } from '../raw/abi.ts';
import { REDUCTIONS } from './cross-entropy.ts';

export function binaryCrossEntropy(
  host: Host,
  logits: Float32Array | readonly number[],
  target: Float32Array | readonly number[],
  options: BinaryCrossEntropyOptions = {},
): number | Float32Array {
  const op = 'binaryCrossEntropy';
  checkOptions(op, options);
  const x = toFloats(op, 'logits', logits);
  const targets = checkFloats(op, 'target', toFloats(op, 'target', target), x.length);
  const cols = checkCols(op, 'logits', x.length, options.cols);
  const beta = checkBeta(op, options.temperature, options.beta);
  const { reduction = 'mean', posWeight = 1, gradient } = options;
  checkChoice(op, 'reduction', REDUCTIONS, reduction);
  const scalar = typeof posWeight === 'number' ? posWeight : 1;
  if (typeof posWeight !== 'number' && !(posWeight instanceof Float32Array) && !Array.isArray(posWeight)) {
    throw typeError(op, 'posWeight', 'a number, or one for each column', posWeight);
  }
  const weights = typeof posWeight === 'number' ? undefined : toColumns(op, 'posWeight', posWeight, cols);
  if (gradient !== undefined) {
    checkFloats(op, 'gradient', gradient, x.length);
    checkOverlap(host, op, 'gradient', gradient, 'logits', x, true);
    checkOverlap(host, op, 'gradient', gradient, 'target', targets, false);
    if (weights) checkOverlap(host, op, 'gradient', gradient, 'posWeight', weights, false);
  }

  const scale = reduction === 'mean' ? 1 / x.length : 1;
  const losses = reduction === 'none' ? new Float32Array(x.length) : undefined;
  let sum = 0;
  /** Rows of `n` columns, of one block at most, from element `from` on; `w` are the weights of the columns. */
  function pass(from: number, rows: number, n: number, w: Float32Array | undefined): void {
    const constant = placeConstant(host, w);
    // A block always fits into the scratch.
    if (constant === undefined) return;
    const { raw, arena } = constant.host;
    const part = (view: Float32Array) => partOf(view, from, from + rows * n);
    const operands: Operand[] = [
      { view: part(x), rowBytes: n * 4, write: false },
      { view: part(targets), rowBytes: n * 4, write: false },
      { view: undefined, rowBytes: 8, write: true },
    ];
    if (losses) operands.push({ view: part(losses), rowBytes: n * 4, write: true });
    if (gradient) operands.push({ view: part(gradient), rowBytes: n * 4, write: true, over: 0 });
    runBlocks(constant.host, rows, operands, (addresses, count) => {
      const [xAt, targetAt, sumsAt] = addresses;
      const lossesAt = losses ? addresses[3] : 0;
      const to = gradient ? addresses[operands.length - 1] : 0;
      const at = constant.address;
      raw.binaryCrossEntropyF32(xAt, targetAt, at, lossesAt, sumsAt, to, count, n, beta, scalar, scale);
      for (let i = 0; i < count; i++) sum += arena.f64[sumsAt / 8 + i];
    });
  }

  if (weights && cols <= BLOCK_COLS) pass(0, cols === 0 ? 0 : x.length / cols, cols, weights);
  else {
    // Without weights by column, the elements are a single row.
    const length = weights ? cols : x.length;
    for (let row = 0; row < x.length; row += length) {
      const whole = weights ? 0 : length - (length % BLOCK_COLS);
      if (whole > 0) pass(row, whole / BLOCK_COLS, BLOCK_COLS, undefined);
      for (let i = whole; i < length; i += BLOCK_COLS) {
        const n = Math.min(BLOCK_COLS, length - i);
        pass(row + i, 1, n, weights && partOf(weights, i, i + n));
      }
    }
  }
  return losses ?? (reduction === 'mean' ? sum / x.length : sum);
}
