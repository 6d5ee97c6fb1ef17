/** Labels beside logits. */
import { IGNORE_INDEX } from '../arguments/labels.ts';
import { InputError } from './errors.ts';
import { formatShape, type LabelsSource, type LogitsSource } from './source.ts';

/** One label for each row: the dimensions of the logits beside the axis, with or without those of 1, or flat. */
export function checkShapes(logits: LogitsSource, labels: LabelsSource): void {
  const dims = (shape: readonly number[]): string => shape.filter((dim) => dim !== 1).join();
  const flat = labels.shape.length === 1 && labels.length === logits.rows;
  if (!flat && dims(labels.shape) !== dims(logits.shape.toSpliced(logits.axis, 1))) {
    throw new InputError(
      `${labels.path}: expected one label for each of the ${logits.rows} rows of ${logits.path} ` +
        `${formatShape(logits.shape)}, got shape ${formatShape(labels.shape)}`,
    );
  }
  if (logits.cols === 0) {
    throw new InputError(
      `${logits.path}: expected at least one class, got shape ${formatShape(logits.shape)}`,
    );
  }
}

/** Labels from row `start` on: classes, or `IGNORE_INDEX`. */
export function checkLabels(path: string, start: number, labels: Int32Array, cols: number): void {
  const bad = labels.findIndex((label) => label !== IGNORE_INDEX && (label < 0 || label >= cols));
  if (bad < 0) return;
  throw new InputError(
    `${path}: row ${start + bad}: expected a label in [0, ${cols}) or ${IGNORE_INDEX}, got ${labels[bad]}`,
  );
}
