/**
 * Where the elements of rows lie in a file, along any axis, in C order or in Fortran order; and how they are read.
 * Nothing here is Node's own: pages read such files, too.
 */

/** Elements, or rows of them, that lie equally far from each other. */
interface Dim {
  readonly size: number;
  /** From one to the next, in elements of the file. */
  readonly stride: number;
}

/** Rows are numbered as the indices beside the axis count, the last one fastest, whatever their order in the file. */
export interface RowsLayout {
  /** Of the rows; the last counts fastest. */
  readonly rows: readonly Dim[];
  /** Of the elements of a row. */
  readonly cols: Dim;
}

/** Gaps that are rather read than jumped over. */
const GAP_BYTES = 2 ** 15;
/** Elements of a run that are worth a call to the system. */
const RUN_ELEMENTS = 1024;

const sizeOf = (dims: readonly Dim[]): number => dims.reduce((all, { size }) => all * size, 1);

/** @param axis of the elements of a row; none: each element is a row */
export function layoutOf(shape: readonly number[], isFortran: boolean, axis?: number): RowsLayout {
  const strides: number[] = Array(shape.length).fill(1);
  let stride = 1;
  for (let i = 0; i < shape.length; i++) {
    const at = isFortran ? i : shape.length - 1 - i;
    strides[at] = stride;
    stride *= shape[at];
  }
  const rows: Dim[] = [];
  for (const [i, size] of shape.entries()) {
    if (i === axis || size === 1) continue;
    const last = rows.at(-1);
    // Those that follow each other without a gap are one.
    if (last?.stride === size * strides[i]) {
      rows[rows.length - 1] = { size: last.size * size, stride: strides[i] };
    } else {
      rows.push({ size, stride: strides[i] });
    }
  }
  const cols = axis === undefined ? 1 : shape[axis];
  return { rows, cols: { size: cols, stride: axis === undefined || cols < 2 ? 1 : strides[axis] } };
}

/** Whether the elements follow each other row by row, or there are none. */
export function isRowMajor({ rows, cols }: RowsLayout): boolean {
  if (sizeOf(rows) * cols.size === 0) return true;
  return cols.stride === 1 && (rows.length === 0 || (rows.length === 1 && rows[0].stride === cols.size));
}

/** How many rows have a piece of the file to themselves: those of one index before the axis, in C order. */
export function slabRows({ rows, cols }: RowsLayout): number {
  let rest = sizeOf(rows);
  for (const { size, stride } of rows) {
    if (stride !== (rest / size) * cols.size) break;
    rest /= size;
  }
  return rest;
}

/** From how many rows on elements that lie side by side are of different rows, enough of them for one reading. */
export function rowsForRun({ rows, cols }: RowsLayout): number {
  const at = cols.size > 1 && cols.stride === 1 ? -1 : rows.findIndex(({ stride }) => stride === 1);
  if (at < 0) return 1;
  return Math.min(rows[at].size, RUN_ELEMENTS) * sizeOf(rows.slice(at + 1));
}

/** Elements to be read, and where they belong among those asked for. */
interface Step extends Dim {
  /** From one to the next there. */
  readonly step: number;
}

/** A range of indices in each dimension. */
interface Box {
  /** Its first element in the file. */
  readonly from: number;
  /** Where that belongs. */
  readonly to: number;
  /** The one with the longest stride first. */
  readonly dims: readonly Step[];
}

/** How elements are read, and what becomes of them. */
export interface Gathering {
  /** Bytes of an element. */
  readonly elementBytes: number;
  /** Elements that are read at a time. */
  readonly limit: number;
  /** Reads so many elements. */
  readonly read: (first: number, length: number) => Promise<void>;
  /** Takes elements `from + i·stride` of those that were read last: they are elements `to + i·step` of the rows. */
  readonly place: (from: number, to: number, length: number, stride: number, step: number) => void;
}

/** Reads `count` rows from row `start` on. */
export async function gatherRows(
  { rows, cols }: RowsLayout,
  { start, count }: { start: number; count: number },
  gathering: Gathering,
): Promise<void> {
  for (const { from, to, dims } of boxesOf(rows, start, count)) {
    const steps = dims.map((dim) => ({ ...dim, step: dim.step * cols.size }));
    const all = [...steps, { ...cols, step: 1 }].filter(({ size }) => size > 1);
    const sorted = all.sort((a, b) => b.stride - a.stride);
    await gatherBox({ from, to: to * cols.size, dims: sorted }, gathering);
  }
}

/** Rows, cut into boxes; `to` and `step` count rows. */
function* boxesOf(rows: readonly Dim[], start: number, count: number): Generator<Box> {
  if (count === 0) return;
  const [head, ...tail] = rows;
  if (head === undefined) {
    yield { from: 0, to: 0, dims: [] };
    return;
  }
  const unit = sizeOf(tail);
  for (let done = 0; done < count; ) {
    const index = Math.floor((start + done) / unit);
    const first = (start + done) % unit;
    const whole = first === 0 ? Math.floor((count - done) / unit) : 0;
    const base = index * head.stride;
    if (whole > 0) {
      const sizes = tail.map((dim, i) => ({ ...dim, step: sizeOf(tail.slice(i + 1)) }));
      yield { from: base, to: done, dims: [{ size: whole, stride: head.stride, step: unit }, ...sizes] };
      done += whole * unit;
      continue;
    }
    const part = Math.min(unit - first, count - done);
    for (const box of boxesOf(tail, first, part)) {
      yield { from: base + box.from, to: done + box.to, dims: box.dims };
    }
    done += part;
  }
}

/** Reads a box: as much of it at once as fits, unless that would be mostly gaps. */
async function gatherBox({ from, to, dims }: Box, gathering: Gathering): Promise<void> {
  const { limit, elementBytes, read, place } = gathering;
  const [head = { size: 1, stride: 1, step: 1 }, ...tail] = dims;
  const maxGap = Math.floor(GAP_BYTES / elementBytes);
  const below = spanOf(tail, maxGap);
  const together = head.stride - below > maxGap ? 1 : 1 + Math.floor((limit - below) / head.stride);
  for (let i = 0; i < head.size; ) {
    const size = below > limit ? 1 : Math.min(together, head.size - i);
    const [first, at] = [from + i * head.stride, to + i * head.step];
    if (below > limit) {
      await gatherBox({ from: first, to: at, dims: tail }, gathering);
    } else {
      await read(first, below + (size - 1) * head.stride);
      placeAll([{ ...head, size }, ...tail], 0, at, place);
    }
    i += size;
  }
}

/** Elements from the first to the last of a box; Infinity if there is a wider gap between them. */
function spanOf(dims: readonly Step[], maxGap: number): number {
  return dims.reduceRight(
    (span, { size, stride }) => (stride - span > maxGap ? Infinity : span + (size - 1) * stride),
    1,
  );
}

function placeAll(dims: readonly Step[], from: number, to: number, place: Gathering['place']): void {
  const [{ size, stride, step }, ...tail] = dims;
  if (tail.length === 0) place(from, to, size, stride, step);
  else for (let i = 0; i < size; i++) placeAll(tail, from + i * stride, to + i * step, place);
}
