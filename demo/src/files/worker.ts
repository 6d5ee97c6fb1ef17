/** Reads files and computes what `softmax-simd eval` and `calibrate` print, with the same code. */
import type { Calibration, Kernels } from 'softmax-simd';
import { IGNORE_INDEX } from '../../../src/arguments/labels.ts';
import { messageOf } from '../../../src/cli/errors.ts';
import { type EvalFigures, figuresOf } from '../../../src/cli/figures.ts';
import { labelsOf, logitsOf } from '../../../src/cli/input/tensor.ts';
import { checkLabels, checkShapes } from '../../../src/cli/labels.ts';
import { namingRows } from '../../../src/cli/naming.ts';
import type { LabelsSource, LogitsSource } from '../../../src/cli/source.ts';
import { addBlock, type EvalBlock, emptySums } from '../../../src/cli/sums.ts';
import { loadBits } from '../kernels.ts';
import { findInputs } from './inputs.ts';

export interface FilesRequest {
  readonly files: readonly File[];
  /** What was given before: logits that labels alone go with. */
  readonly held: File | undefined;
  readonly bins: number;
}

export interface Figures extends Calibration {
  readonly temperature: number;
  /** Mean cross-entropy, nats. */
  readonly nll: number;
}

export interface FilesResult {
  /** What the logits and the labels were found in. */
  readonly names: { readonly logits: string; readonly labels: string | undefined };
  readonly rows: number;
  readonly classes: number;
  readonly backend: string;
  /** The largest probabilities of the first rows. */
  readonly top: readonly TopRow[];
  /** As `eval --json` has them; with labels only. */
  readonly evaluation?: EvalFigures;
  /** At T = 1 and at the fitted temperature; why not, where there is none. */
  readonly calibration?: { readonly before: Figures; readonly after: Figures } | { readonly refused: string };
}

interface TopRow {
  readonly ids: readonly number[];
  readonly probabilities: readonly number[];
  readonly label: number | undefined;
}

export type FilesMessage =
  | { readonly result: FilesResult }
  /** Labels, and nothing they belong to. */
  | { readonly waiting: string }
  | { readonly error: string };

const TOP = 5;
const TOP_ROWS = 200;

addEventListener('message', async ({ data }: MessageEvent<FilesRequest>) => {
  const post = (message: FilesMessage): void => postMessage(message);
  try {
    post(await work(data));
  } catch (error) {
    post({ error: messageOf(error) });
  }
});

async function work({ files, held, bins }: FilesRequest): Promise<FilesMessage> {
  const given = await findInputs(files);
  // Labels alone belong to the logits that are here; logits come with labels of their own, or none.
  const tensor = given.logits ?? (held && (await findInputs([held])).logits);
  if (!tensor) return { waiting: given.labels?.path ?? 'nothing' };
  const logits = logitsOf(tensor);
  const labels = given.labels && labelsOf(given.labels);
  if (labels) checkShapes(logits, labels);
  const k = loadBits();
  try {
    const { rows, cols: classes } = logits;
    const top = await largest(k, logits, labels);
    const names = { logits: logits.path, labels: labels?.path };
    const facts = { names, rows, classes, backend: k.backend, top };
    if (!labels) return { result: facts };
    const block = await readAll(k, logits, labels);
    const evaluation = measure(k, block, 1, 0);
    return { result: { ...facts, evaluation, calibration: calibrate(k, logits, block, bins) } };
  } finally {
    k.close();
  }
}

/** All of it, in the kernels' memory. */
async function readAll(k: Kernels, logits: LogitsSource, source: LabelsSource): Promise<EvalBlock> {
  const { rows, cols } = logits;
  const labels = new Int32Array(rows);
  await source.readLabels(0, rows, labels);
  checkLabels(source.path, 0, labels, cols);
  const x = k.alloc(rows * cols);
  await logits.readRows(0, rows, x);
  return { x, labels, cols, start: 0 };
}

/** As `eval` and `calibrate` have them, bit for bit. */
function measure(k: Kernels, block: EvalBlock, temperature: number, bins: number): EvalFigures {
  const sums = emptySums(bins);
  addBlock(sums, k, block, temperature);
  return figuresOf(sums, { classes: block.cols, temperature, backend: k.backend });
}

async function largest(
  k: Kernels,
  logits: LogitsSource,
  labels: LabelsSource | undefined,
): Promise<TopRow[]> {
  const { cols } = logits;
  const rows = Math.min(TOP_ROWS, logits.rows);
  const count = Math.min(TOP, cols);
  if (count === 0) return [];
  const x = new Float32Array(rows * cols);
  await logits.readRows(0, rows, x);
  const y = labels && new Int32Array(rows);
  if (labels && y) await labels.readLabels(0, rows, y);
  const { indices } = k.topK(x, count, { cols });
  const p = k.softmax(x, { cols });
  return Array.from({ length: rows }, (_, row) => {
    const ids = Array.from(indices.subarray(row * count, (row + 1) * count));
    return { ids, probabilities: ids.map((id) => p[row * cols + id]), label: y?.[row] };
  });
}

function calibrate(
  k: Kernels,
  logits: LogitsSource,
  block: EvalBlock,
  bins: number,
): NonNullable<FilesResult['calibration']> {
  const { x, labels, cols } = block;
  try {
    return namingRows(logits, 0, x, () => {
      const { temperature } = k.fitTemperature(x, labels, { cols, ignoreIndex: IGNORE_INDEX });
      const figures = (t: number): Figures => {
        const { nll, accuracy, ece = NaN, mce = NaN, brier = NaN, bins: filled } = measure(k, block, t, bins);
        return { temperature: t, nll, accuracy, ece, mce, brier, bins: filled ?? [] };
      };
      return { before: figures(1), after: figures(temperature) };
    });
  } catch (error) {
    return { refused: messageOf(error) };
  }
}
