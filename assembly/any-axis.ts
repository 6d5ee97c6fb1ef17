// Operations along any axis of a tensor [outer, cols, inner], of which row r is [r / inner, :, r % inner]: the rows
// from `from` on, by tiles. Of what there is one of in a row, the addresses are those of row `from`. What a row gives is
// the same whatever its neighbours.

import { labelLossAlone, lossAlone, softmaxAlone } from './alone';
import { putGradients, takeLabels, takeTops, weigh } from './lane-labels';
import { changed, countTops, leaveTops, prepareLanes, product } from './lane-reference';
import { argmaxAlong, argmaxes, argmaxRuns, largestLists, listsToTile, RUN } from './lane-select';
import { logSumExps, logTotals, softmaxFactors } from './lane-totals';
import { clampedSums, expSums, logScaleLanes, maxima, scaleLanes, twoMaxima } from './lanes';
import { INDEX, MAX, SLOT, slots } from './slot';
import { addressOf, fitsTile, gather, pairsOf, STRIP, scatter, tileRows } from './tile';

/** So few rows take less time one by one than in a tile. */
const FEW_ROWS: i32 = 4;

function isAlone(rows: i32, cols: i32, inner: i32, beta: f64): bool {
  return rows <= FEW_ROWS && inner == 1 && beta == 1.0 && cols > 3;
}

export function softmaxLanes(
  x: usize,
  out: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  from: i32,
  beta: f64,
): void {
  const end = from + rows;
  if (isAlone(rows, cols, inner, beta)) {
    for (const bytes = (<usize>cols) << 2; from < end; from++) {
      if (!softmaxAlone(x + from * bytes, out + from * bytes, cols)) break;
    }
  }
  while (from < end) {
    const n = tileRows(from, end - from, cols, inner);
    const strips = (n + STRIP - 1) / STRIP;
    gather(x, from, n, cols, inner);
    maxima(strips, cols);
    prepareLanes(strips, cols, beta);
    expSums(strips, cols, product);
    softmaxFactors(strips);
    scaleLanes(strips, cols, 1);
    scatter(out, from, n, cols, inner);
    from += n;
  }
}

export function logSoftmaxLanes(
  x: usize,
  out: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  from: i32,
  beta: f64,
): void {
  for (const end = from + rows; from < end; ) {
    const n = tileRows(from, end - from, cols, inner);
    const strips = (n + STRIP - 1) / STRIP;
    gather(x, from, n, cols, inner);
    twoMaxima(strips, cols);
    leaveTops(strips, beta);
    prepareLanes(strips, cols, beta);
    clampedSums(strips, cols, product);
    logTotals(pairsOf(n), beta, true, false);
    if (changed) gather(x, from, n, cols, inner);
    if (beta == Infinity) countTops(strips, cols);
    logScaleLanes(strips, cols, beta);
    scatter(out, from, n, cols, inner);
    from += n;
  }
}

/** float32 [rows]. */
export function logSumExpLanes(
  x: usize,
  out: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  from: i32,
  beta: f64,
): void {
  for (const end = from + rows; from < end; ) {
    const n = tileRows(from, end - from, cols, inner);
    const strips = (n + STRIP - 1) / STRIP;
    gather(x, from, n, cols, inner);
    maxima(strips, cols);
    prepareLanes(strips, cols, beta);
    clampedSums(strips, cols, product);
    logTotals(pairsOf(n), beta, true, false);
    logSumExps(strips, beta);
    storeLanes(out, n, MAX);
    from += n;
    out += (<usize>n) << 2;
  }
}

/** The losses, float64 [rows], of labels, int32 [rows], and their gradients if `gradient` is not 0. */
export function labelLossLanes(
  x: usize,
  labels: usize,
  weight: usize,
  losses: usize,
  gradient: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  from: i32,
  beta: f64,
  ignoreIndex: i32,
  scale: f64,
): void {
  const end = from + rows;
  if (!gradient && isAlone(rows, cols, inner, beta)) {
    for (const bytes = (<usize>cols) << 2; from < end; from++) {
      const label = load<i32>(labels);
      if (label == ignoreIndex) break;
      const w: f64 = weight ? load<f32>(weight + ((<usize>label) << 2)) : 1;
      if (!labelLossAlone(x + from * bytes, label, w, cols)) break;
      store<f64>(losses, lossAlone);
      labels += 4;
      losses += 8;
    }
  }
  while (from < end) {
    const n = tileRows(from, end - from, cols, inner);
    const strips = (n + STRIP - 1) / STRIP;
    gather(x, from, n, cols, inner);
    takeLabels(labels, weight, n, strips, cols, ignoreIndex);
    twoMaxima(strips, cols);
    leaveTops(strips, beta);
    takeTops(strips, cols);
    prepareLanes(strips, cols, beta);
    if (gradient) expSums(strips, cols, product);
    else clampedSums(strips, cols, product);
    logTotals(pairsOf(n), beta, false, gradient != 0);
    weigh(losses, n, strips, beta, scale * beta, gradient != 0);
    if (gradient) {
      scaleLanes(strips, cols, Infinity);
      putGradients(labels, n, strips, cols, ignoreIndex);
      scatter(gradient, from, n, cols, inner);
    }
    from += n;
    labels += (<usize>n) << 2;
    losses += (<usize>n) << 3;
  }
}

/** argmaxF32 of rows that fit a tile, or lie side by side. */
export function argmaxLanes(x: usize, out: usize, rows: i32, cols: i32, inner: i32, from: i32): void {
  for (const end = from + rows; from < end; ) {
    let n = min(min(RUN, end - from), inner - (from % inner));
    if (inner < STRIP && fitsTile(cols)) {
      n = tileRows(from, end - from, cols, inner);
      gather(x, from, n, cols, inner);
      argmaxes((n + STRIP - 1) / STRIP, cols);
      storeLanes(out, n, INDEX);
    } else {
      const at = addressOf(x, from, cols, inner);
      const step = (<usize>inner) << 2;
      if (n > 3) argmaxRuns(at, out, n, cols, step);
      else {
        n = 1;
        store<i32>(out, argmaxAlong(at, cols, step));
      }
    }
    from += n;
    out += (<usize>n) << 2;
  }
}

/** The k largest elements of each row, k ≤ LIST_MOST, and their indices, as topKF32 has them; rows in a list. */
export function topKLanes(x: usize, values: usize, indices: usize, rows: i32, cols: i32, k: i32): void {
  for (let from = 0; from < rows; ) {
    const n = tileRows(from, rows - from, cols, 1);
    const strips = (n + STRIP - 1) / STRIP;
    gather(x, from, n, cols, 1);
    largestLists(strips, cols, k);
    listsToTile(strips, k, false);
    scatter(values, from, n, k, 1);
    listsToTile(strips, k, true);
    scatter(indices, from, n, k, 1);
    from += n;
  }
}

/** A slot's vectors to n results. */
function storeLanes(out: usize, n: i32, offset: usize): void {
  let s = slots() + offset;
  for (; n >= STRIP; n -= STRIP) {
    v128.store(out, v128.load(s));
    v128.store(out, v128.load(s, 16), 16);
    s += SLOT;
    out += 32;
  }
  for (let lane: usize = 0; lane < (<usize>n) << 2; lane += 4) store<f32>(out + lane, load<f32>(s + lane));
}
