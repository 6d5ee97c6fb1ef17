// Rows of which a mask of bits, one an element, allows some.
import { LEAST, ZERO } from './exp';

/** Variables, so that a loop keeps what is made of them. */
export let FIRST_BIT: i32 = 1;

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
  const zero = f32x4.splat(ZERO);
  let each = i32x4.splat(FIRST_BIT);
  each = i32x4.replace_lane(each, 1, FIRST_BIT << 1);
  each = i32x4.replace_lane(each, 2, FIRST_BIT << 2);
  each = i32x4.replace_lane(each, 3, FIRST_BIT << 3);
  const next = i32x4.shl(each, 4);
  const to = out - x;
  for (const end = x + ((<usize>n & ~31) << 2); x < end; bits += 4) {
    let word = v128.load32_splat(bits);
    for (const last = x + 128; x < last; x += 32) {
      const dropped0 = i32x4.eq(v128.and(word, each), zero);
      const dropped1 = i32x4.eq(v128.and(word, next), zero);
      v128.store(x + to, v128.bitselect(bottom, v128.load(x), dropped0));
      v128.store(x + to, v128.bitselect(bottom, v128.load(x, 16), dropped1), 16);
      word = i32x4.shr_u(word, 8);
    }
  }
  for (let i = 0; i < (n & 31); i++) {
    const at = x + ((<usize>i) << 2);
    store<f32>(at + to, (load<i32>(bits) >>> i) & 1 ? load<f32>(at) : -Infinity);
  }
}
