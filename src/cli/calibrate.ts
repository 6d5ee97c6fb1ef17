import { IGNORE_INDEX } from '../arguments/labels.ts';
import type { Calibration, Kernels, LabelledBatch } from '../index.ts';
import { loadKernels } from './backends.ts';
import { type Dataset, toDataset } from './dataset.ts';
import { InputError, messageOf, printable } from './errors.ts';
import { figuresOf } from './figures.ts';
import { type InputOptions, openLabelled } from './input/open.ts';
import { nameRow } from './naming.ts';
import type { StreamOptions } from './options.ts';
import { createOutput, type OutputFile } from './output/file.ts';
import { printBesides } from './output/stdout.ts';
import { resolveOutputs } from './output/target.ts';
import { type Diagram, svgDiagram, textDiagram } from './reliability.ts';
import { addBlock, type EvalBlock, emptySums } from './sums.ts';

interface CalibrateOptions extends StreamOptions, InputOptions {
  labels?: string[];
  apply?: string[];
  bins: number;
  svg?: string;
  json?: boolean;
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
export async function calibrate(names: readonly string[], options: CalibrateOptions): Promise<void> {
  const { apply = [], bins, svg, json } = options;
  if (apply.length % 2 === 1 || apply.length > 2) {
    throw new InputError(`--apply: expected LOGITS.npy LABELS.npy, got ${apply.length} paths`);
  }
  const kernels = await loadKernels(options.backend);
  let output: OutputFile | undefined;
  const datasets: Dataset[] = [];
  const open = async (files: readonly string[], labels?: string[]): Promise<void> => {
    const { logits, labels: others } = await openLabelled('calibrate', files, { ...options, labels });
    datasets.push(toDataset(logits, others, kernels, options));
  };
  try {
    await open(names, options.labels);
    if (apply.length > 0) await open(apply);
    const inputs = datasets.flatMap(({ logits, labels }) => [...logits.files, ...labels.files]);
    const { svg: target } = resolveOutputs({ svg }, inputs);
    if (target) output = await createOutput(target);
    let temperature = 1;
    const reports: Report[] = [];
    for (const [i, data] of datasets.entries()) {
      const before = await measure(kernels, data, 1, bins);
      if (i === 0) temperature = await fit(kernels, data);
      const after = await measure(kernels, data, temperature, bins);
      const rows = before.bins.reduce((sum, { count }) => sum + count, 0);
      reports.push({ logits: data.logits.path, rows, before, after });
      data.free();
    }
    if (output) {
      await output.write(Buffer.from(svgDiagram(diagrams(reports[reports.length - 1]))));
    }
    const results = { temperature, backend: kernels.backend, results: reports };
    // Before the diagram gets its name: should this fail, there is none.
    await printBesides(json ? `${JSON.stringify(results)}\n` : format(temperature, reports));
    await output?.commit();
  } finally {
    await output?.discard();
    for (const { logits, labels } of datasets) {
      await labels.close();
      await logits.close();
    }
    kernels.close();
  }
}

async function fit(kernels: Kernels, data: Dataset): Promise<number> {
  const { logits } = data;
  let pass = 0;
  let last: EvalBlock | undefined;
  async function* batches(): AsyncGenerator<LabelledBatch> {
    pass++;
    for await (const block of data.pass(`fit, pass ${pass}`)) {
      last = block;
      yield { logits: block.x, labels: block.labels };
    }
  }
  try {
    const options = { cols: logits.cols, ignoreIndex: IGNORE_INDEX };
    const { temperature } = await kernels.fitTemperatureBatches(batches, options);
    return temperature;
  } catch (error) {
    const named = last ? nameRow(error, logits, last.start, last.x) : error;
    throw named instanceof RangeError ? new InputError(`${logits.path}: ${messageOf(named)}`) : named;
  }
}

async function measure(kernels: Kernels, data: Dataset, temperature: number, bins: number): Promise<Figures> {
  const { logits, labels } = data;
  const sums = emptySums(bins);
  for await (const block of data.pass(`T = ${temperature.toPrecision(5)}`)) {
    addBlock(sums, kernels, block, temperature);
    if (Number.isNaN(sums.calibration?.brier.value)) {
      throw nameRow(new RangeError('a row has no probabilities'), logits, block.start, block.x);
    }
  }
  if (sums.rows === 0)
    throw new InputError(`${labels.path}: expected at least one row that counts, got none`);
  const settings = { classes: logits.cols, temperature, backend: kernels.backend };
  const { accuracy, nll, ece = NaN, mce = NaN, brier = NaN, bins: filled } = figuresOf(sums, settings);
  return { temperature, nll, accuracy, ece, mce, brier, bins: filled ?? [] };
}

function diagrams({ logits, before, after }: Report): Diagram[] {
  const name = logits.split(/[\\/]/).at(-1);
  return [before, after].map((calibration) => {
    return { title: `${printable(name ?? '')}, T = ${calibration.temperature.toPrecision(5)}`, calibration };
  });
}

function format(temperature: number, reports: readonly Report[]): string {
  const texts = [`temperature  ${temperature.toPrecision(7)}`];
  for (const report of reports) {
    const { before, after, logits, rows } = report;
    const line = (name: string, from: number, to: number): string =>
      `${name.padEnd(13)}${from.toFixed(6).padStart(12)}${to.toFixed(6).padStart(12)}`;
    const figures = [
      `\n${printable(logits)}, rows: ${rows}`,
      `${''.padEnd(13)}${'before'.padStart(12)}${'after'.padStart(12)}`,
      line('accuracy', before.accuracy, after.accuracy),
      line('NLL (nats)', before.nll, after.nll),
      line('ECE', before.ece, after.ece),
      line('MCE', before.mce, after.mce),
      line('Brier', before.brier, after.brier),
    ];
    texts.push(...figures, ...diagrams(report).map((diagram) => `\n${textDiagram(diagram)}`));
  }
  return `${texts.join('\n')}\n`;
}
