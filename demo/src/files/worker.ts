/** Reads .npy files and computes what `softmax-simd eval` and `calibrate` print, with the same code. */
import { type Calibration, type Kernels, loadSync } from 'softmax-simd';
import { readBlocks } from '../../../src/cli/blocks.ts';
import { messageOf } from '../../../src/cli/errors.ts';
import { figuresOf } from '../../../src/cli/figures.ts';
import type { ByteSource } from '../../../src/cli/input/bytes.ts';
import { FLOATS, INTEGERS } from '../../../src/cli/input/dtype.ts';
import { openNpy } from '../../../src/cli/input/npy.ts';
import { labelsOf, logitsOf } from '../../../src/cli/input/tensor.ts';
import { checkLabels, checkShapes, IGNORE_INDEX } from '../../../src/cli/labels.ts';
import { namingRows } from '../../../src/cli/naming.ts';
import type { LabelsSource, LogitsSource } from '../../../src/cli/source.ts';
import { addBlock, emptySums, tileRows } from '../../../src/cli/sums.ts';

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

/** What blocks of rows may take. */
const MEMORY_BYTES = 64 * 2 ** 20;
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
  const floats = { what: 'float logits', types: FLOATS, bfloat16: false };
  const integers = { what: 'integer labels', types: INTEGERS, bfloat16: false };
  const logits = logitsOf(await openNpy(bytesOf(logitsFile), floats));
  const labels = labelsFile && labelsOf(await openNpy(bytesOf(labelsFile), integers));
  if (labels) checkShapes(logits, labels);
  const k = loadBits();
  try {
    const { rows, cols: classes } = logits;
    const top = await largest(k, logits, labels);
    const facts = { rows, classes, backend: k.backend, top };
    if (!labels) return facts;
    const evaluation = await evaluate(k, logits, labels);
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

function bytesOf(file: File): ByteSource {
  return {
    ...{ path: file.name, size: file.size, rereadable: true, identity: undefined },
    async read(into, position) {
      into.set(new Uint8Array(await file.slice(position, position + into.length).arrayBuffer()));
    },
    async finish() {},
    async close() {},
  };
}

/** As `eval` sums up, bit for bit. */
async function evaluate(k: Kernels, logits: LogitsSource, labels: LabelsSource): Promise<Evaluation> {
  const { cols } = logits;
  const sums = emptySums(0);
  for await (const block of readBlocks(logits, k, { memory: MEMORY_BYTES, labels, tile: tileRows(cols) })) {
    addBlock(sums, k, { ...block, cols }, 1);
  }
  return figuresOf(sums, { classes: cols, temperature: 1, backend: k.backend });
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
  const { rows, cols } = logits;
  const labels = new Int32Array(rows);
  await source.readLabels(0, rows, labels);
  checkLabels(source.path, 0, labels, cols);
  try {
    const x = k.alloc(rows * cols);
    await logits.readRows(0, rows, x);
    return namingRows(logits, 0, x, () => {
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
