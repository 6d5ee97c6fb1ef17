import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { checkLabels, checkShapes, IGNORE_INDEX } from './labels.ts';
import { openNpyLabels, openNpyLogits } from './npy.ts';
import type { CommonOptions } from './options.ts';
import { blockRows, blocks, type LabelsSource, type LogitsSource } from './source.ts';

/** Sums over the rows counted: sums of shards add up to the sums of the whole. */
interface EvalSums {
  rows: number;
  /** Rows whose label is `IGNORE_INDEX`. */
  ignored: number;
  /** Rows in which the label is the first of the largest logits. */
  correct: number;
  /** Summed cross-entropy, nats. */
  loss: number;
}

/** What `eval --json` prints. */
interface EvalResult extends Omit<EvalSums, 'loss'> {
  classes: number;
  temperature: number;
  backend: string;
  /** `correct / rows` */
  accuracy: number;
  /** Mean cross-entropy, nats. */
  nll: number;
  /** `exp(nll)` */
  perplexity: number;
}

interface EvalOptions extends CommonOptions {
  temperature: number;
  json?: boolean;
}

/** Prints accuracy, mean cross-entropy (nats) and perplexity of logits against labels. */
export async function evaluate(logitsPath: string, labelsPath: string, options: EvalOptions): Promise<void> {
  const logits = await openNpyLogits(logitsPath);
  let labels: LabelsSource | undefined;
  let kernels: Kernels | undefined;
  try {
    labels = await openNpyLabels(labelsPath);
    checkShapes(logits, labels);
    kernels = await loadKernels(options.backend);
    const sums = await sumUp(logits, labels, kernels, options.temperature);
    const nll = sums.loss / sums.rows;
    report(options.json === true, {
      ...{ rows: sums.rows, ignored: sums.ignored, classes: logits.cols },
      ...{ temperature: options.temperature, backend: kernels.backend },
      ...{ correct: sums.correct, accuracy: sums.correct / sums.rows, nll, perplexity: Math.exp(nll) },
    });
  } finally {
    kernels?.close();
    await labels?.close();
    await logits.close();
  }
}

async function sumUp(
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

function report(json: boolean, result: EvalResult): void {
  if (json) {
    // JSON has no NaN and no Infinity: they become null.
    console.log(JSON.stringify(result));
    return;
  }
  const { rows, ignored, classes, correct, accuracy, nll, perplexity, temperature, backend } = result;
  console.log(`rows         ${rows}${ignored > 0 ? ` (and ${ignored} ignored)` : ''}`);
  console.log(`classes      ${classes}`);
  console.log(`accuracy     ${(100 * accuracy).toFixed(3)} % (${correct} of ${rows})`);
  console.log(`NLL          ${nll.toPrecision(7)} nats`);
  console.log(`perplexity   ${perplexity.toPrecision(7)}`);
  console.log(`temperature  ${temperature}`);
  console.log(`backend      ${backend}`);
}
