/** The error for a row that has no largest element, or none with a distribution around it. */
import { partOf } from '../memory/view.ts';

export function refuseRow(op: string, name: string, x: Float32Array, row: number, cols: number): RangeError {
  const at = row * cols;
  let index = -1;
  for (let i = 0; i < cols && index < 0; i++) if (x[at + i] !== x[at + i]) index = i;
  if (index >= 0)
    return new RangeError(`${op}: ${name} must not be NaN, but is in row ${row}, column ${index}`);
  index = partOf(x, at, at + cols).indexOf(Infinity);
  if (index >= 0) {
    return new RangeError(`${op}: ${name} must be below Infinity, but is not in row ${row}, column ${index}`);
  }
  return new RangeError(
    `${op}: ${name} must have an element above -Infinity in each row, but row ${row} has none`,
  );
}
