/** What a file of logits and its labels hold, whatever they are called, wherever they lie and however they are stored. */
import { createHash } from 'node:crypto';
import type { LabelsSource, LogitsSource } from './source.ts';

/** Pieces of the file that are looked at, and what may be read of it in all. */
const PIECES = 64;
const MAX_ELEMENTS = 2 ** 20;
const LABELS_PER_PIECE = 1024;

/**
 * SHA-256 of rows and columns, of the axis unless it is the last, of up to 64 rows spread over the file, the first and the last among them, and of the
 * labels from each of them on, and which label is ignored unless it is −100. The same for every range of rows of a file.
 */
export async function identityOf(logits: LogitsSource, labels: LabelsSource): Promise<string> {
  const { rows, cols, axis, shape } = logits;
  const along = axis === shape.length - 1 ? '' : `, axis ${axis}`;
  const but = labels.ignored === undefined ? '' : `, label ${labels.ignored} ignored`;
  const hash = createHash('sha256').update(`${rows} × ${cols}${along}${but}\n`);
  const pieces = Math.min(rows, PIECES, Math.max(2, Math.floor(MAX_ELEMENTS / cols)));
  const row = new Float32Array(cols);
  const own = new Int32Array(Math.min(LABELS_PER_PIECE, rows));
  for (let i = 0; i < pieces; i++) {
    const start = pieces === 1 ? 0 : Math.floor((i * (rows - 1)) / (pieces - 1));
    await logits.readRows(start, 1, row);
    hash.update(bytesOf(row));
    const count = Math.min(own.length, rows - start);
    await labels.readLabels(start, count, own);
    hash.update(bytesOf(own.subarray(0, count)));
  }
  return hash.digest('hex');
}

/** Of the files that rows are read from: another one when one of them is written anew. */
export function versionOf(logits: LogitsSource, labels: LabelsSource): string {
  const versions = [logits, labels].map(({ files }) => files.map(({ version }) => version));
  return createHash('sha256').update(JSON.stringify(versions)).digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
