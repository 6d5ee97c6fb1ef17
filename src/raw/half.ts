/** Half precision, IEEE 754's binary16 and bfloat16, into float32 and back. */
import type { Views } from './js/views.ts';
import type { Splits } from './split.ts';

/** Of `n` elements, bfloat16 if `brain` is 1, float16 if it is 0. */
export interface HalfKernels {
  /** Float32 from half precision, in the bits of NaN, too. `x` may be the last half of the bytes of `out`. */
  widenHalves(x: number, out: number, n: number, brain: number): void;
  /**
   * Half precision from float32, rounded to the nearest, ties to even; NaN becomes the positive quiet one. `out` may be
   * the first half of the bytes of `x`.
   */
  narrowHalves(x: number, out: number, n: number, brain: number): void;
}

/** Arrays that share bytes cannot be divided. */
export const halfSplits: Splits<HalfKernels> = {
  widenHalves: { elements: { x: 2, out: 4 } },
  narrowHalves: { elements: { x: 4, out: 2 } },
};

export function createHalf(views: () => Views): HalfKernels {
  return {
    widenHalves(x, out, n, brain) {
      const { u16, i32 } = views();
      const from = x >>> 1;
      const to = out >>> 2;
      if (brain) for (let i = 0; i < n; i++) i32[to + i] = u16[from + i] << 16;
      else for (let i = 0; i < n; i++) i32[to + i] = bitsOfF16(u16[from + i]);
    },
    narrowHalves(x, out, n, brain) {
      const { u16, i32 } = views();
      const from = x >>> 2;
      const to = out >>> 1;
      if (brain) for (let i = 0; i < n; i++) u16[to + i] = bf16OfBits(i32[from + i]);
      else for (let i = 0; i < n; i++) u16[to + i] = f16OfBits(i32[from + i]);
    },
  };
}

const FLOAT_INFINITY = 0x7f800000;

/** The bits of a float16 as float32. */
export function bitsOfF16(code: number): number {
  const sign = (code & 0x8000) << 16;
  const exponent = (code >> 10) & 0x1f;
  const fraction = code & 0x3ff;
  if (exponent === 0x1f) return sign | FLOAT_INFINITY | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal: the leading one moves to where it is not written.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** The float16 of float32 bits. */
export function f16OfBits(bits: number): number {
  const size = bits & 0x7fffffff;
  if (size > FLOAT_INFINITY) return 0x7e00;
  const sign = (bits >>> 16) & 0x8000;
  if (size >= 0x477ff000) return sign | 0x7c00;
  // Just below half of the last place that stays, or half if that is odd: what carries is rounded up.
  if (size >= 113 << 23) return sign | ((size - (112 << 23) + 0xfff + ((size >>> 13) & 1)) >>> 13);
  const shift = 126 - (size >>> 23);
  if (shift > 24) return sign;
  const fraction = (size & 0x7fffff) | 0x800000;
  return sign | ((fraction + 2 ** (shift - 1) - 1 + ((fraction >>> shift) & 1)) >>> shift);
}

/** The bfloat16 of float32 bits. */
export function bf16OfBits(bits: number): number {
  if ((bits & 0x7fffffff) > FLOAT_INFINITY) return 0x7fc0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
