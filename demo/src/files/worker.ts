/** Reads .npy files and computes what `softmax-simd eval` and `calibrate` print, with the same code. */
import { type Calibration, type Kernels, loadSync } from 'softmax-simd';
import { messageOf } from '../../../src/cli/errors.ts';
import { sumUp } from '../../../src/cli/eval-sums.ts';
import { checkLabels, checkShapes, IGNORE_INDEX } from '../../../src/cli/labels.ts';
import { namingRows } from '../../../src/cli/naming.ts';
import { type OpenBytes, readNpyLabels, readNpyLogits } from '../../../src/cli/npy-reader.ts';
import type { LabelsSource, LogitsSource } from '../../../src/cli/source.ts';

export interface FilesRequest {
  readonly logits: File;
  readonly labels: File | undefined;
  readonly bins: number;
}

export interface Figures extends Calibration {
  readonly temperature: number;
  /** Mean cross-entropy, nats. */
  readonly nll: number;
}

export interface FilesResult {
  readonly rows: number;
  readonly classes: number;
  readonly backend: string;
  /** The largest probabilities of the first rows. */
  readonly top: readonly TopRow[];
  /** As `eval --json` has them; with labels only. */
  readonly evaluation?: Evaluation;
  /** At T = 1 and at the fitted temperature; why not, where there is none. */
  readonly calibration?: { readonly before: Figures; readonly after: Figures } | { readonly refused: string };
}

interface TopRow {
  readonly ids: readonly number[];
  readonly probabilities: readonly number[];
  readonly label: number | undefined;
}

interface Evaluation {
  readonly rows: number;
  readonly ignored: number;
  readonly correct: number;
  readonly accuracy: number;
  readonly nll: number;
  readonly perplexity: number;
}

export type FilesMessage = { readonly result: FilesResult } | { readonly error: string };

const TOP = 5;
const TOP_ROWS = 200;

addEventListener('message', async ({ data }: MessageEvent<FilesRequest>) => {
  const post = (message: FilesMessage): void => postMessage(message);
  try {
    post({ result: await work(data) });
  } catch (error) {
    post({ error: messageOf(error) });
  }
});

async function work({ logits: logitsFile, labels: labelsFile, bins }: FilesRequest): Promise<FilesResult> {
  const logits = await readNpyLogits(logitsFile.name, opener(logitsFile));
  const labels = labelsFile && (await readNpyLabels(labelsFile.name, opener(labelsFile)));
  if (labels) checkShapes(logits, labels);
  const k = loadBits();
  try {
    const { rows, cols: classes } = logits;
    const top = await largest(k, logits, labels);
    const facts = { rows, classes, backend: k.backend, top };
    if (!labels) return facts;
    const sums = await sumUp(logits, labels, k, 1);
    const nll = sums.loss / sums.rows;
    const { loss: _, ...counts } = sums;
    const evaluation = { ...counts, accuracy: sums.correct / sums.rows, nll, perplexity: Math.exp(nll) };
    return { ...facts, evaluation, calibration: await calibrate(k, logits, labels, bins) };
  } finally {
    k.close();
  }
}

/** `simd` has the same bits on every machine; where there is none, `js` has bits of its own. */
function loadBits(): Kernels {
  try {
    return loadSync({ backend: 'simd' });
  } catch {
    return loadSync({ backend: 'js' });
  }
}

function opener(file: File): OpenBytes {
  return async () => {
    return {
      size: file.size,
      async read(into, position) {
        into.set(new Uint8Array(await file.slice(position, position + into.length).arrayBuffer()));
      },
      async close() {},
    };
  };
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

async function calibrate(
  k: Kernels,
  logits: LogitsSource,
  source: LabelsSource,
  bins: number,
): Promise<NonNullable<FilesResult['calibration']>> {
  const { rows, cols, path } = logits;
  const labels = new Int32Array(rows);
  await source.readLabels(0, rows, labels);
  checkLabels(source.path, 0, labels, cols);
  try {
    const x = k.alloc(rows * cols);
    await logits.readRows(0, rows, x);
    return namingRows(path, 0, x, cols, () => {
      const { temperature } = k.fitTemperature(x, labels, { cols });
      const figures = (t: number): Figures => {
        const nll = k.crossEntropy(x, labels, { cols, temperature: t, ignoreIndex: IGNORE_INDEX });
        return { temperature: t, nll, ...k.calibration(x, labels, { cols, temperature: t, bins }) };
      };
      return { before: figures(1), after: figures(temperature) };
    });
  } catch (error) {
    return { refused: messageOf(error) };
  }
}
