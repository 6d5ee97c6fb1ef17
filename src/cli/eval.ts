import type { Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { type EvalSums, sumUp } from './eval-sums.ts';
import { checkShapes } from './labels.ts';
import { openNpyLabels, openNpyLogits } from './npy.ts';
import type { CommonOptions } from './options.ts';
import type { LabelsSource } from './source.ts';

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
