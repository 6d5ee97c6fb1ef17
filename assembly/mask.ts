// Rows of which a mask keeps some elements (1) and leaves out the others (0), which are not read into any result.
import { LEAST, ZERO } from './exp';
import { fill } from './row';
import { logSoftmaxF32, softmaxF32 } from './softmax';

/** Elements to mask before they are worked on, so that they are still in the cache. */
const CHUNK: i32 = 4096;

/** As softmaxF32; a row without anything kept gives zeros. maskBytes: from one row's mask to the next one's. */
export function maskedSoftmaxF32(
  x: usize,
  mask: usize,
  out: usize,
  rows: i32,
  cols: i32,
  maskBytes: i32,
  beta: f64,
): void {
  masked(x, mask, out, rows, cols, maskBytes, beta, false);
}

/** As logSoftmaxF32; a row without anything kept gives −Infinity. */
export function maskedLogSoftmaxF32(
  x: usize,
  mask: usize,
  out: usize,
  rows: i32,
  cols: i32,
  maskBytes: i32,
  beta: f64,
): void {
  masked(x, mask, out, rows, cols, maskBytes, beta, true);
}

function masked(
  x: usize,
  mask: usize,
  out: usize,
  rows: i32,
  cols: i32,
  maskBytes: i32,
  beta: f64,
  log: bool,
): void {
  const bytes = (<usize>cols) << 2;
  const step = max(1, CHUNK / max(cols, 1));
  for (let row = 0; row < rows; row += step) {
    const n = min(step, rows - row);
    maskF32(x, mask, out, n, cols, maskBytes);
    if (log) logSoftmaxF32(out, out, n, cols, 1, 0, beta);
    else softmaxF32(out, out, n, cols, 1, 0, beta);
    for (let i = 0; i < n; i++) {
      if (!keepsAny(mask, cols)) fill(out, cols, log ? -Infinity : 0);
      mask += maskBytes;
      out += bytes;
    }
    x += bytes * n;
  }
}

function keepsAny(mask: usize, n: i32): bool {
  for (let i = 0; i < n; i++) if (load<u8>(mask + i)) return true;
  return false;
}

/** out = x where the mask keeps, −Infinity elsewhere. */
export function maskF32(x: usize, mask: usize, out: usize, rows: i32, cols: i32, maskBytes: i32): void {
  const bottom = f32x4.splat(LEAST);
  for (let row = 0; row < rows; row++) {
    let i = 0;
    for (; i + 4 <= cols; i += 4) {
      const at = (<usize>i) << 2;
      const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(mask + i));
      const dropped = i32x4.eq(i32x4.extend_low_i16x8_u(bytes), f32x4.splat(ZERO));
      v128.store(out + at, v128.bitselect(bottom, v128.load(x + at), dropped));
    }
    for (; i < cols; i++) {
      const at = (<usize>i) << 2;
      store<f32>(out + at, load<u8>(mask + i) ? load<f32>(x + at) : -Infinity);
    }
    const bytes = (<usize>cols) << 2;
    x += bytes;
    out += bytes;
    mask += maskBytes;
  }
}
