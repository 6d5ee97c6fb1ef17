/** Tensors of other libraries, known by their structure: onnxruntime's and transformers.js'. */

import type { Dtype } from '../memory/half.ts';
import { describe } from './errors.ts';

/** An object with typed data and its dimensions, as onnxruntime and transformers.js have them. */
export interface TensorLike {
  /** A typed array, row-major, of a type that the argument takes. */
  readonly data: unknown;
  /** The sizes of its dimensions. */
  readonly dims: readonly number[];
  /** `'float16'` and `'bfloat16'` say what a `Uint16Array` holds. */
  readonly type?: string;
}

/** The same with the dimensions under another name. */
export interface ShapedTensorLike {
  /** A typed array, row-major, of a type that the argument takes. */
  readonly data: unknown;
  /** The sizes of its dimensions. */
  readonly shape: readonly number[];
  /** `'float16'` and `'bfloat16'` say what a `Uint16Array` holds. */
  readonly dtype?: string;
}

/** A tensor of another library, known by its structure. */
export type Tensor = TensorLike | ShapedTensorLike;

/** Whether a value is a tensor whose data is at hand: not one of TensorFlow.js, whose data is asked for. */
export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  const { dataSync, dims, shape } = value as Partial<TensorLike & ShapedTensorLike> & { dataSync?: unknown };
  return typeof dataSync !== 'function' && 'data' in value && (Array.isArray(dims) || Array.isArray(shape));
}

/** A tensor's data. @throws TypeError if it has none, as where it is on a GPU */
export function dataOf(op: string, name: string, tensor: Tensor): unknown {
  let data: unknown;
  try {
    data = tensor.data;
  } catch (error) {
    throw new TypeError(
      `${op}: ${name}.data must be at hand, but is not: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (ArrayBuffer.isView(data)) return data;
  throw new TypeError(`${op}: ${name}.data must be a typed array, but is ${describe(data)}`);
}

/** A tensor's dimensions. */
export function shapeOf(tensor: Tensor): readonly number[] {
  return 'dims' in tensor ? tensor.dims : tensor.shape;
}

/** What a tensor says of its `Uint16Array`, if anything. */
export function dtypeOf(tensor: Tensor): Dtype | undefined {
  const { type, dtype } = tensor as { type?: unknown; dtype?: unknown };
  const name = type ?? dtype;
  return name === 'float16' || name === 'bfloat16' ? name : undefined;
}
