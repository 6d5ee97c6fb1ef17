// Between tensors and tiles: every load and store of what a tile is made of. Another type of elements would be a variant
// of this file.

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
export function gatherRows(x: usize, n: i32, cols: i32, stride: usize, tile: usize): void {
  const bytes = (<usize>cols) << 2;
  const last = x + (n - 1) * stride;
  for (let half = 0; half < 2; half++) {
    const a = min(x, last);
    const b = min(x + stride, last);
    const c = min(x + 2 * stride, last);
    const d = min(x + 3 * stride, last);
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
    x += 4 * stride;
    tile += 16;
  }
}

export function scatterRows(out: usize, n: i32, cols: i32, stride: usize, tile: usize): void {
  const bytes = (<usize>cols) << 2;
  const last = out + (n - 1) * stride;
  for (let first = 0; first < n; first += 4) {
    const a = min(out, last);
    const b = min(out + stride, last);
    const c = min(out + 2 * stride, last);
    const d = min(out + 3 * stride, last);
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
    out += 4 * stride;
    tile += 16;
  }
}

/** Strips of whole rows of 2 columns. */
export function gatherTwos(x: usize, end: usize, tile: usize): void {
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

export function scatterTwos(out: usize, end: usize, tile: usize): void {
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
export function gatherThrees(x: usize, end: usize, tile: usize): void {
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

export function scatterThrees(out: usize, end: usize, tile: usize): void {
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
export function gatherRuns(x: usize, n: i32, cols: i32, step: usize, tile: usize, pitch: usize): void {
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

export function scatterRuns(out: usize, n: i32, cols: i32, step: usize, tile: usize, pitch: usize): void {
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

/** One element after another. */
export function moveLane(x: usize, step: usize, cols: i32, lane: usize, back: bool): void {
  for (const end = lane + ((<usize>cols) << 5); lane < end; lane += 32) {
    if (back) store<f32>(x, load<f32>(lane));
    else store<f32>(lane, load<f32>(x));
    x += step;
  }
}
