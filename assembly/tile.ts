// A tile: rows side by side, one a lane, so that kernels work down the columns. It lies in the scratch as strips of
// eight lanes, each column of a strip in 32 bytes, next to the column before it. Rows lie in a tensor [outer, cols,
// inner]: row r is [r / inner, :, r % inner]. Nothing but gather and scatter knows where.
import { LANE_COLS } from '../src/raw/sizes';
import { scratch } from './env';
import {
  gatherRows,
  gatherRuns,
  gatherThrees,
  gatherTwos,
  moveLane,
  scatterRows,
  scatterRuns,
  scatterThrees,
  scatterTwos,
} from './transpose';

/** Lanes of a strip: two vectors side by side, which an engine may join into one. */
export const STRIP: i32 = 8;
/** Strips in a tile at most: lanes enough for whole cache lines. */
const MOST_STRIPS: i32 = 16;
/** Bytes of a tile of more than one strip; a single strip may take all of the scratch. */
const TILE_BYTES: i32 = 16384;
/** The same where lanes are copied as they lie, which goes the faster the more there are. */
const RUNS_BYTES: i32 = 32768;

/** Whether rows are worked on side by side, whatever their number; longer ones are each by itself. */
export function fitsTile(cols: i32): bool {
  return <u32>(cols - 1) < <u32>LANE_COLS;
}

/** Bytes from strip to strip: an odd number of columns, lest all strips meet in the same sets of a cache. */
export function pitchOf(cols: i32): usize {
  return (<usize>(cols | 1)) << 5;
}

/** Pairs of lanes that have n rows, and lanes to be written as a vector with these. */
export function pairsOf(n: i32): i32 {
  return ((n + 3) >> 2) << 1;
}

/** How many of `rows` rows from r on make a tile. */
export function tileRows(r: i32, rows: i32, cols: i32, inner: i32): i32 {
  const bytes = inner < STRIP ? TILE_BYTES : RUNS_BYTES;
  const strips = min(MOST_STRIPS, max(1, bytes / <i32>pitchOf(cols)));
  const lanes = min(rows, strips * STRIP);
  // Runs long enough to be moved as such do not cross into the next outer index.
  return inner < STRIP ? lanes : min(lanes, inner - (r % inner));
}

/** The address of row r's first element. */
export function addressOf(x: usize, r: i32, cols: i32, inner: i32): usize {
  if (inner == 1) return x + ((<usize>r * cols) << 2);
  const outer = r / inner;
  return x + ((<usize>outer * cols * inner + (r - outer * inner)) << 2);
}

/** The tile of n rows from r on; lanes without a row of their own repeat the last one. */
export function gather(x: usize, r: i32, n: i32, cols: i32, inner: i32): void {
  move(x, r, n, cols, cols, inner, false);
}

/** The tile's first n lanes to the rows from r on. */
export function scatter(out: usize, r: i32, n: i32, cols: i32, inner: i32): void {
  move(out, r, n, cols, cols, inner, true);
}

/** `cols` of the `stride` columns of n rows, from x's on. */
function move(x: usize, r: i32, n: i32, cols: i32, stride: i32, inner: i32, back: bool): void {
  const pitch = pitchOf(cols);
  const step = (<usize>inner) << 2;
  let tile = scratch;
  if (inner >= STRIP) {
    const at = addressOf(x, r, stride, inner);
    if (back) scatterRuns(at, n, cols, step, tile, pitch);
    else gatherRuns(at, n, cols, step, tile, pitch);
    return;
  }
  const end = r + n;
  const bytes = (<usize>stride) << 2;
  if (inner == 1 && cols == stride && (cols == 2 || cols == 3)) {
    // Whole strips; what is left goes by single elements.
    const whole = n & ~(STRIP - 1);
    const at = x + r * bytes;
    const to = at + whole * bytes;
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
      if (back) scatterRows(x + r * bytes, min(STRIP, end - r), cols, bytes, tile);
      else gatherRows(x + r * bytes, min(STRIP, end - r), cols, bytes, tile);
    } else {
      // What fills the strip up is read, so as to be no special value, but not written.
      const lanes = back ? min(STRIP, end - r) : STRIP;
      for (let lane = 0; lane < lanes; lane++) {
        const at = addressOf(x, min(r + lane, end - 1), stride, inner);
        moveLane(at, step, cols, tile + ((<usize>lane) << 2), back);
      }
    }
    tile += pitch;
  }
}

/** Columns moved at a time between layouts. */
const PART_COLS: i32 = 64;

/** Rows `from` on of [outer, cols, inner] to [rows, cols]. */
export function gatherWords(x: usize, to: usize, rows: i32, cols: i32, inner: i32, from: i32): void {
  transpose(x, to, from, rows, cols, inner, false);
}

/** [rows, cols] to the rows `from` on of [outer, cols, inner]. */
export function scatterWords(x: usize, to: usize, rows: i32, cols: i32, inner: i32, from: i32): void {
  transpose(to, x, from, rows, cols, inner, true);
}

function transpose(
  tensor: usize,
  list: usize,
  from: i32,
  rows: i32,
  cols: i32,
  inner: i32,
  back: bool,
): void {
  for (let row = 0; row < rows; ) {
    const n = tileRows(from + row, rows - row, min(cols, PART_COLS), inner);
    for (let c = 0; c < cols; ) {
      // No part of fewer than four columns is left over.
      const part = cols - c < PART_COLS + 4 ? cols - c : PART_COLS;
      const at = tensor + ((<usize>c * inner) << 2);
      const to = list + ((<usize>c) << 2);
      move(back ? to : at, back ? row : from + row, n, part, cols, back ? 1 : inner, false);
      move(back ? at : to, back ? from + row : row, n, part, cols, back ? inner : 1, true);
      c += part;
    }
    row += n;
  }
}
