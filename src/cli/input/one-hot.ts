/** Labels as rows of zeros with a 1 at the class. */
import { InputError } from '../errors.ts';
import { type LabelsSource, type LogitsSource, sizeOf } from '../source.ts';
import type { Tensor } from './tensor.ts';

/** Elements read at a time. */
const PIECE_ELEMENTS = 2 ** 18;

/** Whether there is an element for each of several classes, where labels would have one for each row. */
export function areOneHot(tensors: readonly Tensor[], { rows, cols }: LogitsSource, axis = -1): boolean {
  const size = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return (
    cols > 1 && size > 0 && size === rows * cols && tensors.every(({ shape }) => shape.at(axis) === cols)
  );
}

/** The classes of one-hot rows, which are read as logits are. */
export function oneHotLabels(matrix: LogitsSource): LabelsSource {
  const { path, shape, axis, rows, cols, rereadable, files } = matrix;
  const atOnce = Math.max(1, Math.floor(PIECE_ELEMENTS / cols));
  let scratch: Float32Array | undefined;
  return {
    ...{ path, shape: shape.toSpliced(axis, 1), length: rows, rereadable, files },
    // What is set aside for conversions will do for a piece.
    held: matrix.held + (cols > PIECE_ELEMENTS ? 4 * cols : 0),
    async readLabels(start, count, into) {
      scratch ??= new Float32Array(Math.min(atOnce, rows) * cols);
      for (let done = 0; done < count; done += atOnce) {
        const n = Math.min(atOnce, count - done);
        await matrix.readRows(start + done, n, scratch);
        for (let i = 0; i < n; i++) {
          const row = scratch.subarray(i * cols, (i + 1) * cols);
          into[done + i] = classOf(row, () => matrix.locate(start + done + i));
        }
      }
    },
    close() {
      scratch = undefined;
      return matrix.close();
    },
  };
}

function classOf(row: Float32Array, locate: () => string): number {
  const found = row.indexOf(1);
  for (let i = 0; i < row.length; i++) {
    if (i === found || row[i] === 0) continue;
    throw new InputError(
      `${locate()}: expected integer labels, or one-hot rows (zeros and a single 1), got ${row[i]} at column ${i}`,
    );
  }
  if (found < 0)
    throw new InputError(
      `${locate()}: expected integer labels, or one-hot rows (zeros and a single 1), got no 1`,
    );
  return found;
}
