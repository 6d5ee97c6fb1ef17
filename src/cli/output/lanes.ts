/** Rows of results in a file in which they lie side by side, since their elements follow each other along an axis. */

/** `[…, width, inner]` elements in C order, for each row `width` of them. */
export interface Lanes {
  readonly width: number;
  /** Rows that lie side by side. */
  readonly inner: number;
}

/** Elements that are put in order at a time, and the most of a row's neighbours among them. */
const PIECE_ELEMENTS = 2 ** 18;
const PIECE_LANES = 2 ** 14;
/** Writes at the same time. */
const WRITES = 16;

/** How many rows, from the first on, are among the first `elements` of the file. */
export function rowsWithin(elements: number, { width, inner }: Lanes): number {
  const slab = width * inner;
  const slabs = Math.floor(elements / slab);
  return slabs * inner + Math.max(0, elements - slabs * slab - (width - 1) * inner);
}

/**
 * Writes rows from row `start` on to where they belong.
 *
 * @param rows their elements, row by row
 * @param write writes elements to a place in the file
 */
export async function writeLanes(
  rows: Uint16Array | Uint32Array,
  start: number,
  { width, inner }: Lanes,
  write: (elements: Uint16Array | Uint32Array, first: number) => Promise<void>,
): Promise<void> {
  const count = rows.length / width;
  const piece = rows.slice(0, PIECE_ELEMENTS);
  for (let done = 0; done < count; ) {
    const lane = (start + done) % inner;
    const slab = (start + done - lane) * width;
    const lanes = Math.min(inner - lane, count - done, PIECE_LANES);
    const most = Math.floor(PIECE_ELEMENTS / lanes);
    for (let column = 0; column < width; column += most) {
      const columns = Math.min(most, width - column);
      for (let i = 0; i < lanes; i++) {
        const from = (done + i) * width + column;
        for (let c = 0; c < columns; c++) piece[c * lanes + i] = rows[from + c];
      }
      const first = slab + column * inner + lane;
      // Whole columns follow each other.
      const step = lanes === inner ? columns : 1;
      for (let c = 0; c < columns; ) {
        const writes: Promise<void>[] = [];
        for (; c < columns && writes.length < WRITES; c += step) {
          writes.push(write(piece.subarray(c * lanes, (c + step) * lanes), first + c * inner));
        }
        await Promise.all(writes);
      }
    }
    done += lanes;
  }
}
