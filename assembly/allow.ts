// Rows of which a mask of bits, one an element, allows some.
import { LEAST, ZERO } from './exp';

class Bits {
  @inline static allowed(word: v128, each: v128): v128 {
    return i32x4.eq(v128.and(word, each), each);
  }
}

/** out = x where the bit is 1, −Infinity elsewhere; x itself where there are no bits. */
export function allowF32(x: usize, bits: usize, out: usize, rows: i32, cols: i32, bitsBytes: i32): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    if (bits) allowRow(x, bits, out, cols);
    else memory.copy(out, x, bytes);
    x += bytes;
    out += bytes;
    bits += bitsBytes;
  }
}

function allowRow(x: usize, bits: usize, out: usize, n: i32): void {
  const bottom = f32x4.splat(LEAST);
  // By a variable: engines rebuild what they know for a constant in every turn of a loop.
  const each = i32x4.shl(i32x4(1, 2, 4, 8), <i32>ZERO);
  const next = i32x4.shl(each, 4);
  const third = i32x4.shl(each, 8);
  const fourth = i32x4.shl(each, 12);
  for (const end = x + ((<usize>n & ~31) << 2); x < end; bits += 4) {
    let word = v128.load32_splat(bits);
    for (const last = x + 128; x < last; x += 64) {
      v128.store(out, v128.bitselect(v128.load(x), bottom, Bits.allowed(word, each)));
      v128.store(out, v128.bitselect(v128.load(x, 16), bottom, Bits.allowed(word, next)), 16);
      v128.store(out, v128.bitselect(v128.load(x, 32), bottom, Bits.allowed(word, third)), 32);
      v128.store(out, v128.bitselect(v128.load(x, 48), bottom, Bits.allowed(word, fourth)), 48);
      word = i32x4.shr_u(word, 16);
      out += 64;
    }
  }
  for (let i = 0; i < (n & 31); i++) {
    const at = (<usize>i) << 2;
    store<f32>(out + at, (load<i32>(bits) >>> i) & 1 ? load<f32>(x + at) : -Infinity);
  }
}
