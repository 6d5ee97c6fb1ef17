// Draws by a share of the mass, of short rows whose probabilities are known, but only roughly.
import { LEAST, ZERO } from './exp';

/** What sums of probabilities may be off, by far. */
const SLACK: f32 = 0.000015258789;

/**
 * out = the first index in order, the largest first and the lower index first among equals, at which the probabilities p
 * sum to the row's share, int32 [rows]; −1 where that is too close to tell, or one of several equal ones. Rows have at least 4 columns.
 */
export function quantileF32(x: usize, p: usize, shares: usize, out: usize, rows: i32, cols: i32): void {
  const bytes = (<usize>cols) << 2;
  for (let row = 0; row < rows; row++) {
    store<i32>(out, quantileOf(x, p, cols, load<f32>(shares)));
    x += bytes;
    p += bytes;
    shares += 4;
    out += 4;
  }
}

function quantileOf(x: usize, p: usize, n: i32, share: f32): i32 {
  // The last vector overlaps the one before it.
  const last = ((<usize>n) << 2) - 16;
  const rest = i32x4.gt_s(i32x4(0, 1, 2, 3), i32x4.splat(2 - ((n - 1) & 3)));
  let low = f32x4.splat(LEAST);
  let high = f32x4.neg(low);
  for (;;) {
    let at: usize = 0;
    let found: i32;
    for (;;) {
      const v = v128.load(x + at);
      found = i32x4.bitmask(v128.and(f32x4.gt(v, low), f32x4.lt(v, high)));
      if (found || at == last) break;
      at = min(at + 16, last);
    }
    if (!found) break;
    const index = at + (ctz(found) << 2);
    const pivot = v128.load32_splat(x + index);
    let above = f32x4.splat(ZERO);
    let equal = above;
    for (at = 0; ; at = min(at + 16, last)) {
      const v = v128.load(x + at);
      let w = v128.load(p + at);
      if (at == last) w = v128.and(w, rest);
      above = f32x4.add(above, v128.and(w, f32x4.gt(v, pivot)));
      equal = f32x4.add(equal, v128.and(w, f32x4.eq(v, pivot)));
      if (at == last) break;
    }
    const sum = sumOf(above);
    const own = load<f32>(p + index);
    const through = sum + sumOf(equal);
    if (share <= sum - SLACK) low = pivot;
    else if (share > through + SLACK) high = pivot;
    // Of several equal ones it would have to be told which.
    else if (share > sum + SLACK && share <= sum + own - SLACK && through == sum + own) return index >> 2;
    else break;
  }
  return -1;
}

function sumOf(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}
