/** Arrays of half precision. */

/** Half precision: IEEE 754's binary16, or bfloat16, the upper half of a float32. */
export type Dtype = 'float16' | 'bfloat16';

/** Elements of a Uint16Array, or of a Float16Array seen as one, and what they are. Kernels get them as float32. */
export class Half {
  readonly BYTES_PER_ELEMENT = 2;
  readonly codes: Uint16Array;
  readonly type: Dtype;

  constructor(codes: Uint16Array, type: Dtype) {
    this.codes = codes;
    this.type = type;
  }

  get buffer(): ArrayBufferLike {
    return this.codes.buffer;
  }

  get byteOffset(): number {
    return this.codes.byteOffset;
  }

  get byteLength(): number {
    return this.codes.byteLength;
  }

  get length(): number {
    return this.codes.length;
  }
}
