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
        `${formatShape(logits.shape)}, or one-hot rows, got shape ${formatShape(labels.shape)}`,
    );
  }
  if (logits.cols === 0) {
    throw new InputError(
      `${logits.path}: expected at least one class, got shape ${formatShape(logits.shape)}`,
    );
  }
}

/** Labels of which those that the file calls `index` are `IGNORE_INDEX`. */
export function ignoring(labels: LabelsSource, cols: number, index: number = IGNORE_INDEX): LabelsSource {
  if (index === IGNORE_INDEX) return labels;
  return {
    ...labels,
    ignored: index,
    async readLabels(start, count, into) {
      await labels.readLabels(start, count, into);
      for (let i = 0; i < count; i++) {
        if (into[i] === index) into[i] = IGNORE_INDEX;
        else if (into[i] === IGNORE_INDEX) throw outside(labels.path, start + i, into[i], cols, index);
      }
    },
  };
}

function outside(path: string, row: number, label: number, cols: number, ignored: number): InputError {
  return new InputError(`${path}: row ${row}: expected a label in [0, ${cols}) or ${ignored}, got ${label}`);
}

/** Labels from row `start` on: classes, or `IGNORE_INDEX`, which the file calls `ignored`. */
export function checkLabels(
  path: string,
  start: number,
  labels: Int32Array,
  cols: number,
  ignored: number = IGNORE_INDEX,
): void {
  const bad = labels.findIndex((label) => label !== IGNORE_INDEX && (label < 0 || label >= cols));
  if (bad < 0) return;
  throw outside(path, start + bad, labels[bad], cols, ignored);
}
