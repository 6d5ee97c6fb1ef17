/** Files of nothing but elements: their type and shape are told by the user. */
import { InputError } from '../errors.ts';
import { formatShape, sizeOf } from '../source.ts';
import type { ByteSource } from './bytes.ts';
import type { Dtype } from './dtype.ts';
import type { Tensor, Wanted } from './tensor.ts';

/** Takes all bytes for elements. @param shape of which one dimension may be −1: whatever the size makes it */
export function openRaw(bytes: ByteSource, dtype: Dtype, shape: readonly number[], wanted: Wanted): Tensor {
  const { path, size } = bytes;
  if (!wanted.types.includes(dtype.name)) {
    throw new InputError(`${path}: expected ${wanted.what}, got ${dtype.name}`);
  }
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((dim) => dim !== -1)) * dtype.size;
  if (open >= 0 && size === undefined) {
    throw new InputError(`${path}: expected a shape without -1, got ${formatShape(shape)}`);
  }
  const whole = open < 0 || size === undefined ? shape : shape.with(open, Math.floor(size / known));
  const expected = sizeOf(whole) * dtype.size;
  if (size !== undefined && !(expected === size)) {
    throw new InputError(
      `${path}: expected ${open < 0 ? expected : `a multiple of ${known}`} bytes for shape ${formatShape(shape)} of ${dtype.name}, got ${size}`,
    );
  }
  return { path, bytes, start: 0, dtype, shape: whole };
}
