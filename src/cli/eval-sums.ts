import type { Kernels } from '../index.ts';
import { checkLabels, IGNORE_INDEX } from './labels.ts';
import { blockRows, blocks, type LabelsSource, type LogitsSource } from './source.ts';

/** Sums over the rows counted: sums of shards add up to the sums of the whole. */
export interface EvalSums {
  rows: number;
  /** Rows whose label is `IGNORE_INDEX`. */
  ignored: number;
  /** Rows in which the label is the first of the largest logits. */
  correct: number;
  /** Summed cross-entropy, nats. */
  loss: number;
}

/** Counts and loss of logits against labels, by blocks of rows. */
export async function sumUp(
  logits: LogitsSource,
  labels: LabelsSource,
  kernels: Kernels,
  temperature: number,
): Promise<EvalSums> {
  const { rows, cols } = logits;
  const size = blockRows(rows, cols);
  const block = kernels.alloc(size * cols);
  const labelBlock = new Int32Array(size);
  const total: EvalSums = { rows: 0, ignored: 0, correct: 0, loss: 0 };
  for (const { start, count } of blocks(rows, size)) {
    const x = block.subarray(0, count * cols);
    const y = labelBlock.subarray(0, count);
    await labels.readLabels(start, count, y);
    checkLabels(labels.path, start, y, cols);
    await logits.readRows(start, count, x);
    const ignored = y.reduce((n, label) => n + Number(label === IGNORE_INDEX), 0);
    total.rows += count - ignored;
    total.ignored += ignored;
    y.forEach((label, row) => {
      if (label !== IGNORE_INDEX) total.correct += Number(isArgmax(x, row * cols, cols, label));
    });
    total.loss += kernels.crossEntropy(x, y, {
      cols,
      temperature,
      reduction: 'sum',
      ignoreIndex: IGNORE_INDEX,
    });
  }
  return total;
}

/** Whether `label` is the first of the largest elements of the row at `at`; false if one of them is NaN. */
function isArgmax(x: Float32Array, at: number, cols: number, label: number): boolean {
  const value = x[at + label];
  for (let c = 0; c < label; c++) if (!(x[at + c] < value)) return false;
  for (let c = label; c < cols; c++) if (!(x[at + c] <= value)) return false;
  return true;
}
