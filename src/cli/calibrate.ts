import type { Calibration, Kernels } from '../index.ts';
import { loadKernels } from './backends.ts';
import { InputError, messageOf } from './errors.ts';
import { checkLabels, checkShapes, IGNORE_INDEX } from './labels.ts';
import { namingRows } from './naming.ts';
import { openNpyLabels, openNpyLogits } from './npy.ts';
import type { CommonOptions } from './options.ts';
import { createOutput, type OutputFile } from './output.ts';
import { type Diagram, svgDiagram, textDiagram } from './reliability.ts';
import type { LabelsSource } from './source.ts';

interface CalibrateOptions extends CommonOptions {
  apply?: string[];
  bins: number;
  svg?: string;
  json?: boolean;
}

/** Logits and labels, all of them in memory: a fit reads them several times. */
interface Dataset {
  readonly path: string;
  readonly cols: number;
  readonly x: Float32Array;
  readonly labels: Int32Array;
}

interface Figures extends Calibration {
  temperature: number;
  /** Mean cross-entropy, nats. */
  nll: number;
}

interface Report {
  logits: string;
  rows: number;
  before: Figures;
  after: Figures;
}

/** Fits a temperature to validation logits, and prints how calibrated they, and others, are before and after. */
export async function calibrate(
  logitsPath: string,
  labelsPath: string,
  options: CalibrateOptions,
): Promise<void> {
  const { apply = [], bins, svg, json } = options;
  if (apply.length % 2 === 1 || apply.length > 2) {
    throw new InputError(`--apply: expected LOGITS.npy LABELS.npy, got ${apply.length} paths`);
  }
  const kernels = await loadKernels(options.backend);
  let output: OutputFile | undefined;
  try {
    if (svg) output = await createOutput(svg);
    const validation = await read(kernels, logitsPath, labelsPath);
    const datasets = [validation];
    if (apply.length > 0) datasets.push(await read(kernels, apply[0], apply[1]));
    const { temperature } = fit(kernels, validation);
    const reports = datasets.map((data): Report => {
      const before = measure(kernels, data, 1, bins);
      const after = measure(kernels, data, temperature, bins);
      const rows = before.bins.reduce((sum, { count }) => sum + count, 0);
      return { logits: data.path, rows, before, after };
    });
    if (output) {
      await output.write(Buffer.from(svgDiagram(diagrams(reports[reports.length - 1]))));
      await output.commit();
    }
    if (json) console.log(JSON.stringify({ temperature, backend: kernels.backend, results: reports }));
    else print(temperature, reports);
  } finally {
    await output?.discard();
    kernels.close();
  }
}

async function read(kernels: Kernels, logitsPath: string, labelsPath: string): Promise<Dataset> {
  const logits = await openNpyLogits(logitsPath);
  let source: LabelsSource | undefined;
  try {
    source = await openNpyLabels(labelsPath);
    checkShapes(logits, source);
    const { rows, cols } = logits;
    const labels = new Int32Array(rows);
    await source.readLabels(0, rows, labels);
    checkLabels(source.path, 0, labels, cols);
    if (labels.every((label) => label === IGNORE_INDEX)) {
      throw new InputError(`${labelsPath}: expected at least one row that counts, got none`);
    }
    const x = kernels.alloc(rows * cols);
    await logits.readRows(0, rows, x);
    return { path: logitsPath, cols, x, labels };
  } finally {
    await source?.close();
    await logits.close();
  }
}

function fit(kernels: Kernels, { path, cols, x, labels }: Dataset): { temperature: number } {
  try {
    return namingRows(path, 0, x, cols, () => kernels.fitTemperature(x, labels, { cols }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(`${path}: ${messageOf(error)}`);
  }
}

function measure(
  kernels: Kernels,
  { path, cols, x, labels }: Dataset,
  temperature: number,
  bins: number,
): Figures {
  return namingRows(path, 0, x, cols, () => {
    const nll = kernels.crossEntropy(x, labels, { cols, temperature, ignoreIndex: IGNORE_INDEX });
    return { temperature, nll, ...kernels.calibration(x, labels, { cols, temperature, bins }) };
  });
}

function diagrams({ logits, before, after }: Report): Diagram[] {
  const name = logits.split(/[\\/]/).at(-1);
  return [before, after].map((calibration) => {
    return { title: `${name}, T = ${calibration.temperature.toPrecision(5)}`, calibration };
  });
}

function print(temperature: number, reports: readonly Report[]): void {
  console.log(`temperature  ${temperature.toPrecision(7)}`);
  for (const report of reports) {
    const { before, after, logits, rows } = report;
    const line = (name: string, from: number, to: number): string =>
      `${name.padEnd(13)}${from.toFixed(6).padStart(12)}${to.toFixed(6).padStart(12)}`;
    const figures = [
      `\n${logits}, rows: ${rows}`,
      `${''.padEnd(13)}${'before'.padStart(12)}${'after'.padStart(12)}`,
      line('accuracy', before.accuracy, after.accuracy),
      line('NLL (nats)', before.nll, after.nll),
      line('ECE', before.ece, after.ece),
      line('MCE', before.mce, after.mce),
      line('Brier', before.brier, after.brier),
    ];
    console.log([...figures, ...diagrams(report).map((diagram) => `\n${textDiagram(diagram)}`)].join('\n'));
  }
}
