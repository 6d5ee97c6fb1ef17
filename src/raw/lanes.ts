/** Rows in lanes, `[outer, cols, inner]`, into row-major rows and back. */
import { forLanes, gather, scatter } from './js/lanes.ts';
import type { Views } from './js/views.ts';
import { LANES, MATRIX, type Splits } from './split.ts';

/** Of any four bytes. Row r of `x` lies at `(⌊r/inner⌋·cols + col)·inner + r mod inner`. */
export interface LaneKernels {
  /** `to = ` rows `from` to `from + rows` of `x`, `[rows, cols]`. */
  gatherWords(x: number, to: number, rows: number, cols: number, inner: number, from: number): void;
  /** Rows `from` to `from + rows` of `to` = `x`, `[rows, cols]`. */
  scatterWords(x: number, to: number, rows: number, cols: number, inner: number, from: number): void;
}

export const laneSplits: Splits<LaneKernels> = {
  gatherWords: { rows: { x: LANES, to: MATRIX }, lanes: true },
  scatterWords: { rows: { x: MATRIX, to: LANES }, lanes: true },
};

export function createLanes(views: () => Views): LaneKernels {
  return {
    gatherWords(x, to, rows, cols, inner, from) {
      const { i32 } = views();
      forLanes(rows, cols, inner, from, (row, lane, n) => {
        gather(i32, (x >>> 2) + lane, i32, (to >>> 2) + row * cols, n, cols, inner);
      });
    },
    scatterWords(x, to, rows, cols, inner, from) {
      const { i32 } = views();
      forLanes(rows, cols, inner, from, (row, lane, n) => {
        scatter(i32, (x >>> 2) + row * cols, i32, (to >>> 2) + lane, n, cols, inner);
      });
    },
  };
}
