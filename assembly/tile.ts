// A tile: rows side by side, one a lane, so that kernels work down the columns. It lies in the scratch as strips of
// eight lanes, each column of a strip in 32 bytes, next to the column before it. Rows lie in a tensor [outer, cols,
// inner]: row r is [r / inner, :, r % inner]. Nothing but gather and scatter knows where.
import { LANE_COLS } from '../src/raw/sizes';
import { scratch } from './env';

/** Lanes of a strip: two vectors side by side, which an engine may join into one. */
export const STRIP: i32 = 8;
/** Strips in a tile at most: lanes enough for whole cache lines. */
const MOST_STRIPS: i32 = 16;
/** Bytes of a tile of more than one strip; a single strip may take all of the scratch. */
const TILE_BYTES: i32 = 16384;
/** Whether rows are worked on side by side, whatever their number; longer ones are each by itself. */
export function fitsTile(cols: i32): bool {
  return <u32>(cols - 1) < <u32>LANE_COLS;
}

/** Bytes from strip to strip: an odd number of columns, lest all strips meet in the same sets of a cache. */
export function pitchOf(cols: i32): usize {
  return (<usize>(cols | 1)) << 5;
}

/** How many of `rows` rows from r on make a tile. */
export function tileRows(r: i32, rows: i32, cols: i32, inner: i32): i32 {
  const strips = min(MOST_STRIPS, max(1, TILE_BYTES / <i32>pitchOf(cols)));
  const lanes = min(rows, strips * STRIP);
  // Runs long enough to be moved as such do not cross into the next outer index.
  return inner < STRIP ? lanes : min(lanes, inner - (r % inner));
}

/** The address of row r's first element. */
function addressOf(x: usize, r: i32, cols: i32, inner: i32): usize {
  if (inner == 1) return x + ((<usize>r * cols) << 2);
  const outer = r / inner;
  return x + ((<usize>outer * cols * inner + (r - outer * inner)) << 2);
}

/** The tile of n rows from r on; lanes without a row of their own repeat the last one. */
export function gather(x: usize, r: i32, n: i32, cols: i32, inner: i32): void {
  move(x, r, n, cols, inner, false);
}

/** The tile's first n lanes to the rows from r on. */
export function scatter(out: usize, r: i32, n: i32, cols: i32, inner: i32): void {
  move(out, r, n, cols, inner, true);
}

function move(x: usize, r: i32, n: i32, cols: i32, inner: i32, back: bool): void {
  const pitch = pitchOf(cols);
  let tile = scratch;
  if (inner >= STRIP) {
    const at = addressOf(x, r, cols, inner);
    const step = (<usize>inner) << 2;
    if (back) scatterRuns(at, n, cols, step, tile);
    else gatherRuns(at, n, cols, step, tile);
    return;
  }
  const end = r + n;
  if (inner == 1 && cols > 1 && cols < 4) {
    // Whole strips; what is left goes by single elements.
    const at = addressOf(x, r, cols, 1);
    const whole = n & ~(STRIP - 1);
    const to = at + ((<usize>whole * cols) << 2);
    if (cols == 2) {
      if (back) scatterTwos(at, to, tile);
      else gatherTwos(at, to, tile);
    } else if (back) scatterThrees(at, to, tile);
    else gatherThrees(at, to, tile);
    r += whole;
    tile += (whole >> 3) * pitch;
  }
  for (; r < end; r += STRIP) {
    if (inner == 1 && cols > 3) {
      const at = addressOf(x, r, cols, 1);
      if (back) scatterRows(at, min(STRIP, end - r), cols, tile);
      else gatherRows(at, min(STRIP, end - r), cols, tile);
    } else {
      for (let lane = 0; lane < STRIP; lane++) {
        const at = addressOf(x, min(r + lane, end - 1), cols, inner);
        moveLane(at, (<usize>inner) << 2, cols, tile + ((<usize>lane) << 2), back);
      }
    }
    tile += pitch;
  }
}

/** One element after another. */
function moveLane(x: usize, step: usize, cols: i32, lane: usize, back: bool): void {
  for (const end = lane + ((<usize>cols) << 5); lane < end; lane += 32) {
    if (back) store<f32>(x, load<f32>(lane));
    else store<f32>(lane, load<f32>(x));
    x += step;
  }
}

/** Shuffles of two vectors. */
class Pair {
  @inline static lows(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  }

  @inline static highs(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  }

  @inline static lowHalves(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  }

  @inline static highHalves(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }

  @inline static evens(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  }

  @inline static odds(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
}

/** Rows that lie one behind the other, four and four columns at a time; the last four may overlap those before. */
function gatherRows(x: usize, n: i32, cols: i32, tile: usize): void {
  const bytes = (<usize>cols) << 2;
  const last = x + (n - 1) * bytes;
  for (let half = 0; half < 2; half++) {
    const a = min(x, last);
    const b = min(x + bytes, last);
    const c = min(x + 2 * bytes, last);
    const d = min(x + 3 * bytes, last);
    for (let i: usize = 0; i < bytes; i += 16) {
      const at = min(i, bytes - 16);
      const va = v128.load(a + at);
      const vb = v128.load(b + at);
      const vc = v128.load(c + at);
      const vd = v128.load(d + at);
      const to = tile + (at << 3);
      const ab = Pair.lows(va, vb);
      const cd = Pair.lows(vc, vd);
      const ab2 = Pair.highs(va, vb);
      const cd2 = Pair.highs(vc, vd);
      v128.store(to, Pair.lowHalves(ab, cd));
      v128.store(to, Pair.highHalves(ab, cd), 32);
      v128.store(to, Pair.lowHalves(ab2, cd2), 64);
      v128.store(to, Pair.highHalves(ab2, cd2), 96);
    }
    x += 4 * bytes;
    tile += 16;
  }
}

function scatterRows(out: usize, n: i32, cols: i32, tile: usize): void {
  const bytes = (<usize>cols) << 2;
  const last = out + (n - 1) * bytes;
  for (let half = 0; half < 2; half++) {
    const a = min(out, last);
    const b = min(out + bytes, last);
    const c = min(out + 2 * bytes, last);
    const d = min(out + 3 * bytes, last);
    for (let i: usize = 0; i < bytes; i += 16) {
      const at = min(i, bytes - 16);
      const from = tile + (at << 3);
      const v0 = v128.load(from);
      const v1 = v128.load(from, 32);
      const v2 = v128.load(from, 64);
      const v3 = v128.load(from, 96);
      const low01 = Pair.lows(v0, v1);
      const low23 = Pair.lows(v2, v3);
      const high01 = Pair.highs(v0, v1);
      const high23 = Pair.highs(v2, v3);
      v128.store(a + at, Pair.lowHalves(low01, low23));
      v128.store(b + at, Pair.highHalves(low01, low23));
      v128.store(c + at, Pair.lowHalves(high01, high23));
      v128.store(d + at, Pair.highHalves(high01, high23));
    }
    out += 4 * bytes;
    tile += 16;
  }
}

/** Strips of whole rows of 2 columns. */
function gatherTwos(x: usize, end: usize, tile: usize): void {
  for (; x < end; x += 64) {
    for (let half: usize = 0; half < 32; half += 16) {
      const a = v128.load(x + 2 * half);
      const b = v128.load(x + 2 * half, 16);
      v128.store(tile + half, Pair.evens(a, b));
      v128.store(tile + half, Pair.odds(a, b), 32);
    }
    tile += 96;
  }
}

function scatterTwos(out: usize, end: usize, tile: usize): void {
  for (; out < end; out += 64) {
    for (let half: usize = 0; half < 32; half += 16) {
      const p = v128.load(tile + half);
      const q = v128.load(tile + half, 32);
      v128.store(out + 2 * half, Pair.lows(p, q));
      v128.store(out + 2 * half, Pair.highs(p, q), 16);
    }
    tile += 96;
  }
}

/** Strips of whole rows of 3 columns. */
function gatherThrees(x: usize, end: usize, tile: usize): void {
  for (; x < end; x += 48) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    const c = v128.load(x, 32);
    // a = 0 1 2 0, b = 1 2 0 1, c = 2 0 1 2
    const p = i8x16.shuffle(a, b, 0, 1, 2, 3, 12, 13, 14, 15, 24, 25, 26, 27, 24, 25, 26, 27);
    const q = i8x16.shuffle(a, b, 4, 5, 6, 7, 16, 17, 18, 19, 28, 29, 30, 31, 28, 29, 30, 31);
    const r = i8x16.shuffle(a, b, 8, 9, 10, 11, 20, 21, 22, 23, 20, 21, 22, 23, 20, 21, 22, 23);
    v128.store(tile, i8x16.shuffle(p, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20, 21, 22, 23));
    v128.store(tile, i8x16.shuffle(q, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 24, 25, 26, 27), 32);
    v128.store(tile, i8x16.shuffle(r, c, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 28, 29, 30, 31), 64);
    // The second half of a strip, then the next strip.
    tile += tile & 16 ? 80 : 16;
  }
}

function scatterThrees(out: usize, end: usize, tile: usize): void {
  for (; out < end; out += 48) {
    const p = v128.load(tile);
    const q = v128.load(tile, 32);
    const r = v128.load(tile, 64);
    const low = Pair.lows(p, q);
    const high = Pair.highs(p, q);
    // low = p0 q0 p1 q1, high = p2 q2 p3 q3
    v128.store(out, i8x16.shuffle(low, r, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 8, 9, 10, 11));
    const qr = i8x16.shuffle(low, r, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    v128.store(out, i8x16.shuffle(qr, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), 16);
    v128.store(
      out,
      i8x16.shuffle(qr, high, 8, 9, 10, 11, 24, 25, 26, 27, 28, 29, 30, 31, 12, 13, 14, 15),
      32,
    );
    tile += tile & 16 ? 80 : 16;
  }
}

/** Rows of which the same columns lie side by side. */
function gatherRuns(x: usize, n: i32, cols: i32, step: usize, tile: usize): void {
  const pitch = pitchOf(cols);
  for (let c = 0; c < cols; c++) {
    let from = x;
    let to = tile;
    for (const end = x + ((<usize>n & ~7) << 2); from < end; from += 32) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      to += pitch;
    }
    const rest = n & 7;
    if (rest) {
      const v = v128.load32_splat(from + ((<usize>rest - 1) << 2));
      v128.store(to, v);
      v128.store(to, v, 16);
      for (let lane: usize = 0; lane < (<usize>rest) << 2; lane += 4)
        store<f32>(to + lane, load<f32>(from + lane));
    }
    x += step;
    tile += 32;
  }
}

function scatterRuns(out: usize, n: i32, cols: i32, step: usize, tile: usize): void {
  const pitch = pitchOf(cols);
  for (let c = 0; c < cols; c++) {
    let to = out;
    let from = tile;
    for (const end = out + ((<usize>n & ~7) << 2); to < end; to += 32) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += pitch;
    }
    for (let lane: usize = 0; lane < (<usize>(n & 7)) << 2; lane += 4)
      store<f32>(to + lane, load<f32>(from + lane));
    out += step;
    tile += 32;
  }
}
