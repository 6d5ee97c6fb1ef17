// Rows of logits, adjusted: a mask of bits, one an element, allows some; a few listed ones are changed.
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

/**
 * Changes the elements of each row that are listed: how many, and of each, in 24 bytes, its index, its count, what is
 * added, and what is taken away where the count is not 0, when it has been divided or multiplied.
 */
export function patchF32(
  out: usize,
  lists: usize,
  rows: i32,
  cols: i32,
  listBytes: i32,
  repetition: f64,
  presence: f64,
): void {
  for (let row = 0; row < rows; row++) {
    let at = lists + 8;
    for (const end = at + load<i32>(lists) * 24; at < end; at += 24) {
      const to = out + ((<usize>load<i32>(at)) << 2);
      let z = <f64>load<f32>(to) + load<f64>(at, 8);
      if (load<i32>(at, 4)) z = (z > 0 ? z / repetition : z * repetition) - load<f64>(at, 16) - presence;
      store<f32>(to, <f32>z);
    }
    out += (<usize>cols) << 2;
    lists += listBytes;
  }
}
