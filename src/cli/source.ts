/** What the commands read: logits and labels, by blocks of rows, whatever files they come from. */

/** Tells a file from all others of this machine, whatever it is called. */
export type FileKey = string;

/** The key of a file, from what the system says of it. */
export function keyOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): FileKey {
  return `${dev}:${ino}`;
}

/** A file on the disk that data is read from. */
export interface InputFile {
  readonly key: FileKey;
  /** Another one when it is written anew: its size, and when it was written. */
  readonly version: string;
}

/** A `[rows, cols]` matrix of logits. Of more than two dimensions, those beside the axis are the rows. */
export interface LogitsSource {
  readonly path: string;
  readonly shape: readonly number[];
  /** The dimension of `shape` that is the columns. */
  readonly axis: number;
  readonly rows: number;
  readonly cols: number;
  /** Rows that have a piece of the file to themselves, in which they lie side by side; 1: each has its own. */
  readonly slab: number;
  /** Fewer rows at once are read slowly. */
  readonly atOnce: number;
  /** Bytes in memory beside the rows that are read. */
  readonly held: number;
  /** Whether rows that were read can be read again. */
  readonly rereadable: boolean;
  /** What tells it from other logits, and from itself before it was written anew; `undefined` if nothing does. */
  readonly identity: string | undefined;
  /** The files on the disk that it is in. */
  readonly files: readonly InputFile[];
  /** A row's file and number in it, for messages. */
  locate(row: number): string;
  /**
   * Reads `count` rows from row `start` on into the beginning of `into`, as float32. One call at a time. After
   * the last row it checks that nothing follows.
   */
  readRows(start: number, count: number, into: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** One class label for each row. */
export interface LabelsSource {
  readonly path: string;
  readonly shape: readonly number[];
  readonly length: number;
  /** Bytes in memory beside the labels that are read. */
  readonly held: number;
  readonly rereadable: boolean;
  readonly files: readonly InputFile[];
  /** What rows to leave out are called in the file, if it is not `IGNORE_INDEX`, which they have when they are read. */
  readonly ignored?: number;
  /** Reads `count` labels from row `start` on into the beginning of `into`, as int32. One call at a time. */
  readLabels(start: number, count: number, into: Int32Array): Promise<void>;
  close(): Promise<void>;
}

/** Elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1);
}

/** A shape as Python writes it: `(2048, 256)`, `(5,)`, `()`. */
export function formatShape(shape: readonly number[]): string {
  return `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
}
