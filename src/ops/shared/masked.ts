import { checkMask, type Floats, type FloatsOut, toFloats, toOut } from '../../arguments/arrays.ts';
import { checkBeta, checkOptions } from '../../arguments/check.ts';
import { toLayout } from '../../arguments/layout.ts';
import { MASKED_ROWS_NAMES, type MaskedRowsOptions } from '../../arguments/options.ts';
import { copyMasked } from '../../long/parts.ts';
import type { Operand } from '../../memory/blocks.ts';
import { fill } from '../../memory/elements.ts';
import { checkOverlap, type Host } from '../../memory/host.ts';
import { putRow, rowOf, runRows } from '../../memory/lanes.ts';
import { placeConstant } from '../../memory/per-column.ts';
import type { FloatView, OutView } from '../../memory/view.ts';

type MaskedOp = 'softmax' | 'logSoftmax' | 'logSumExp';
type LongRow = (host: Host, x: FloatView, out: OutView, beta: number, mask?: Uint8Array) => void;

/** An operation over what a mask keeps of each row; `long` is the one without a mask over a single row. */
export function maskedRows(
  host: Host,
  op: MaskedOp,
  long: LongRow,
  x: Floats,
  options: MaskedRowsOptions,
): FloatsOut {
  checkOptions(op, options, MASKED_ROWS_NAMES);
  const { dtype } = options;
  const data = toFloats(op, 'x', x, dtype);
  const layout = toLayout(op, 'x', data.length, options, 1);
  const { rows, cols } = layout;
  const beta = checkBeta(op, options.temperature, options.beta);
  const mask = checkMask(op, options.mask, rows, cols);
  const outCols = op === 'logSumExp' ? 1 : cols;
  const { out: given } = options;
  const out =
    given === undefined ? new Float32Array(rows * outCols) : toOut(op, 'out', given, rows * outCols, dtype);
  if (given !== undefined) {
    checkOverlap(host, op, 'out', out, 'x', data, op !== 'logSumExp');
    checkOverlap(host, op, 'out', out, 'mask', mask, false);
  }

  const whole = mask.length === rows * cols;
  const maskBytes = whole ? cols : 0;
  const constant = placeConstant(host, whole ? undefined : mask);
  const fits = constant !== undefined && run(constant.host, constant.address, out);
  if (!fits) {
    for (let row = 0; row < rows; row++) {
      const result = rowOf(out, layout, row, outCols);
      const rowMask = whole ? rowOf(mask, layout, row, cols) : mask;
      longRow(host, op, long, rowOf(data, layout, row, cols), rowMask, result, beta);
      putRow(out, layout, row, result);
    }
  }
  return (given ?? out) as FloatsOut;

  function run(within: Host, constantAt: number, result: OutView): boolean {
    const { raw } = within;
    const reduces = op === 'logSumExp';
    const operands: Operand[] = [
      { view: data, rowBytes: cols * 4, write: false },
      { view: result, rowBytes: outCols * 4, write: true, over: reduces ? undefined : 0 },
    ];
    if (whole) operands.push({ view: mask, rowBytes: cols, write: false });
    // A reduction needs room for the masked rows.
    if (reduces) operands.push({ view: undefined, rowBytes: cols * 4, write: true });
    return runRows(within, layout, operands, (addresses, n) => {
      const [at, outAt] = addresses;
      const maskAt = whole ? addresses[2] : constantAt;
      if (op === 'softmax') raw.maskedSoftmaxF32(at, maskAt, outAt, n, cols, maskBytes, beta);
      else if (op === 'logSoftmax') raw.maskedLogSoftmaxF32(at, maskAt, outAt, n, cols, maskBytes, beta);
      else {
        const room = addresses[operands.length - 1];
        raw.maskF32(at, maskAt, room, n, cols, maskBytes);
        raw.logSumExpF32(room, outAt, n, cols, 1, 0, beta);
      }
    });
  }
}

/** One row that does not fit into the scratch. */
function longRow(
  host: Host,
  op: MaskedOp,
  long: LongRow,
  x: FloatView,
  mask: Uint8Array,
  out: OutView,
  beta: number,
): void {
  if (op === 'logSumExp') long(host, x, out, beta, mask);
  else if (mask.some((kept) => kept !== 0)) {
    // Half precision would round what is kept.
    const kept = out instanceof Float32Array ? out : new Float32Array(out.length);
    copyMasked(kept, x, mask);
    long(host, kept, out, beta);
  } else fill(out, op === 'softmax' ? 0 : -Infinity);
}
