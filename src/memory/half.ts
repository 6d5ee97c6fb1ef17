/** Arrays of half precision. */
import { bf16OfBits, bitsOfF16, f16OfBits } from '../raw/half.ts';

/** Half precision: IEEE 754's binary16, or bfloat16, the upper half of a float32. */
export type Dtype = 'float16' | 'bfloat16';

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);

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

  /** As the kernels have it. */
  get brain(): number {
    return Number(this.type === 'bfloat16');
  }

  at(i: number): number {
    word[0] = this.brain ? this.codes[i] << 16 : bitsOfF16(this.codes[i]);
    return float[0];
  }

  /** Rounded to float32 first, as a result is. */
  codeOf(value: number): number {
    float[0] = value;
    return this.brain ? bf16OfBits(word[0]) : f16OfBits(word[0]);
  }
}
