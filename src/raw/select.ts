/** Which elements of a row are the largest: comparisons alone, so the same bits on every backend. */
import { forLanes } from './js/lanes.ts';
import { argmaxOf, argmaxOfLanes, selectOf, topKOf } from './js/select.ts';
import type { Views } from './js/views.ts';
import { LANES, MATRIX, type Splits, WORDS } from './split.ts';

/** See `RawKernels`. */
export interface SelectKernels {
  // The five below give the same bits on every backend.

  /** `out[row]` = the first index of the largest element, int32 `[rows]`; −1 without one: of NaN, or −Infinity throughout. */
  argmaxF32(x: number, out: number, rows: number, cols: number, inner: number, from: number): void;
  /**
   * The `k` largest elements of each row, float32 `[rows, k]`, and their indices, int32 `[rows, k]`: descending,
   * lower index first among equals. The first index is −1 in a row that holds NaN.
   */
  topKF32(x: number, values: number, indices: number, rows: number, cols: number, k: number): void;
  /** Lists the indices at which a part of a row lies from `low` to `high`, ascending, int32; returns how many. */
  selectF32(x: number, indices: number, n: number, low: number, high: number): number;
}

export const selectSplits: Splits<SelectKernels> = {
  argmaxF32: { rows: { x: LANES, out: WORDS }, lanes: true },
  topKF32: { rows: { x: MATRIX, values: (_, [k]) => 4 * k, indices: (_, [k]) => 4 * k } },
  selectF32: undefined,
};

export function createSelect(views: () => Views): SelectKernels {
  return {
    argmaxF32(x, out, rows, cols, inner, from) {
      const { f32, i32 } = views();
      const to = out >>> 2;
      if (inner === 1) {
        const at = (x >>> 2) + from * cols;
        for (let row = 0; row < rows; row++) i32[to + row] = argmaxOf(f32, at + row * cols, cols);
        return;
      }
      forLanes(rows, cols, inner, from, (row, lane, n) => {
        argmaxOfLanes(f32, (x >>> 2) + lane, i32, to + row, n, cols, inner);
      });
    },
    topKF32(x, values, indices, rows, cols, k) {
      const { f32, i32 } = views();
      const largest = new Float32Array(k);
      const places = new Int32Array(k);
      for (let row = 0; row < rows; row++) {
        if (!topKOf(f32, (x >>> 2) + row * cols, cols, largest, places)) places[0] = -1;
        for (let i = 0, to = row * k; i < k; i++, to++) {
          f32[(values >>> 2) + to] = largest[i];
          i32[(indices >>> 2) + to] = places[i];
        }
      }
    },
    selectF32(x, indices, n, low, high) {
      const { f32, i32 } = views();
      return selectOf(f32, x >>> 2, n, low, high, i32, indices >>> 2);
    },
  };
}
