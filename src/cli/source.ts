/** What the commands read: logits and labels, by blocks of rows, whatever file they come from. */

/** A `[rows, cols]` matrix of logits in a file. More than two dimensions: the leading ones are the rows. */
export interface LogitsSource {
  readonly path: string;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly cols: number;
  /** Reads `count` rows from row `start` on into the beginning of `into`, as float32. */
  readRows(start: number, count: number, into: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** One class label for each row, in a file. */
export interface LabelsSource {
  readonly path: string;
  readonly shape: readonly number[];
  readonly length: number;
  /** Reads `count` labels from row `start` on into the beginning of `into`, as int32. */
  readLabels(start: number, count: number, into: Int32Array): Promise<void>;
  close(): Promise<void>;
}

/** Elements in a block of rows: 1 MiB of float32, which stays in a second-level cache. */
const BLOCK_ELEMENTS = 2 ** 18;

/** Rows in a block: at least one, however long a row is. */
export function blockRows(rows: number, cols: number): number {
  return Math.max(1, Math.min(rows, Math.floor(BLOCK_ELEMENTS / Math.max(1, cols))));
}

/** The blocks of `rows` rows in order, as first row and number of rows. */
export function* blocks(rows: number, size: number): Generator<{ start: number; count: number }> {
  for (let start = 0; start < rows; start += size) yield { start, count: Math.min(size, rows - start) };
}

/** A shape as Python writes it: `(2048, 256)`, `(5,)`, `()`. */
export function formatShape(shape: readonly number[]): string {
  return `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
}
