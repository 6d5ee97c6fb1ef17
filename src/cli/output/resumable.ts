/** .npy files that an interrupted run leaves to be continued. */
import { InputError, printable } from '../errors.ts';
import { formatShape, sizeOf } from '../source.ts';
import type { Job } from './claim.ts';
import { type Lanes, rowsWithin, writeLanes } from './lanes.ts';
import { elementBytes, formatHeader, type OutputType, TYPE_NAMES } from './npy-format.ts';
import { Outputs } from './outputs.ts';
import type { Target } from './target.ts';

/** A file to be written, so many elements for each row: along the axis, or one if there is none. */
export interface NpyPlan {
  readonly target: Target;
  readonly shape: readonly number[];
  readonly axis?: number;
  readonly type: OutputType;
}

/** Files that are written together, row by row; they get their names when all of them are complete. */
export interface ResumableOutput {
  /** The first row that is to be written. */
  readonly firstRow: number;
  /** What is written, in words. */
  readonly written: string;
  /** Appends rows, for each file its elements. There is no need to wait for those before. */
  write(rows: number, elements: readonly (Float32Array | Int32Array)[]): Promise<void>;
  commit(): Promise<void>;
  /**
   * Ends a run that failed. If `helps`, since it may go well another time, what is complete is kept and the result
   * says so; otherwise everything goes. After `commit` it does nothing.
   */
  stop(helps: boolean): Promise<string | undefined>;
}

export interface ResumableOptions {
  readonly rows: number;
  readonly job: Job;
  /** Continue what an interrupted run left, if there is any. */
  readonly resume: boolean;
  /** Keep what is complete when interrupted: not if the input cannot be read again. */
  readonly keep: boolean;
}

/** As many bytes are written before the next attempt to get them to the disk. */
const CHECKPOINT_BYTES = 32 * 2 ** 20;

/**
 * Starts files, or continues those that an interrupted run of the same job left.
 *
 * @throws InputError if a path cannot be written to, another process writes there, or `resume` finds another job's
 */
export async function openResumable(
  plans: readonly NpyPlan[],
  { rows, job, resume, keep }: ResumableOptions,
): Promise<ResumableOutput> {
  const [{ path }] = plans.map(({ target }) => target);
  const layouts = plans.map(({ shape, axis = shape.length, type }) => ({
    header: formatHeader(shape, type),
    lanes: { width: shape[axis] ?? 1, inner: sizeOf(shape.slice(axis + 1)) },
    ...{ isEmpty: sizeOf(shape) === 0, elementSize: Number(type[1]), type },
  }));
  const outputs = await Outputs.open(
    plans.map(({ target }) => target),
    {
      job,
      continues(left) {
        if (!resume || left.job === undefined) return false;
        const difference = differenceOf(left.job, job);
        if (difference) throw new InputError(`--resume: the unfinished ${path} was begun with ${difference}`);
        return true;
      },
    },
  );
  let firstRow = outputs.continued ?? 0;
  try {
    if (resume && outputs.lost) {
      process.stderr.write(`${printable(path)}: what was complete is not there any more: beginning anew\n`);
    }
    for (const [i, { header, isEmpty, elementSize, lanes }] of layouts.entries()) {
      const elements = Math.max(0, Math.floor((outputs.sizeOf(i) - header.length) / elementSize));
      if (!isEmpty) firstRow = Math.min(firstRow, rowsWithin(elements, lanes));
    }
    // A run that is continued may have ended before it wrote them.
    for (const [i, { header }] of layouts.entries()) if (firstRow === 0) await outputs.write(i, header, 0);
  } catch (error) {
    await outputs.discard(outputs.continued !== undefined);
    throw error;
  }

  /** Rows written, and rows of which the claim says so. */
  let written = firstRow;
  let recorded = firstRow;
  let issued = firstRow;
  let sinceCheckpoint = 0;
  let checkpoint: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  let settled = false;

  const record = async (): Promise<void> => {
    const complete = written;
    await outputs.record(complete);
    recorded = complete;
  };
  const note = (): string | undefined => {
    return keep && recorded > 0 && outputs.areOurs()
      ? `${recorded} of ${rows} rows of ${path} are kept: --resume continues`
      : undefined;
  };
  const remove = outputs.onSignal;
  outputs.onSignal = () => {
    if (keep && written > recorded) {
      outputs.recordNow(written);
      recorded = written;
    }
    return note() ?? remove();
  };

  const append = async (before: Promise<void>, start: number, count: number, pieces: Uint8Array[]) => {
    // One after the other, so that what is written is all that comes before.
    await before;
    await Promise.all(
      layouts.map(({ header, lanes, elementSize }, i) => {
        const write = (bytes: Uint8Array, first: number): Promise<void> =>
          outputs.write(i, bytes, header.length + first * elementSize);
        return appendRows(pieces[i], start, lanes, elementSize, write);
      }),
    );
    written = start + count;
    sinceCheckpoint += pieces.reduce((sum, { length }) => sum + length, 0);
    if (checkpoint || sinceCheckpoint < CHECKPOINT_BYTES) return;
    sinceCheckpoint = 0;
    // A record that cannot be written is one that is missing; the data's own errors come when it is closed.
    checkpoint = record()
      .catch(() => {})
      .finally(() => {
        checkpoint = undefined;
      });
  };

  return {
    firstRow,
    written: plans
      .map(({ target, shape, type }) => `${target.path}, ${TYPE_NAMES[type]} ${formatShape(shape)}`)
      .join(' and '),
    write(count, elements) {
      const start = issued;
      issued += count;
      const pieces = elements.map((part, i) => elementBytes(part, layouts[i].type));
      last = append(last, start, count, pieces);
      return last;
    },
    async commit() {
      await last;
      await checkpoint;
      if (written !== rows) throw new Error(`${path}: expected ${rows} rows, got ${written}`);
      await outputs.commit();
      settled = true;
    },
    async stop(helps) {
      if (settled) return undefined;
      settled = true;
      await last.catch(() => {});
      await checkpoint;
      if (helps && keep && written > recorded) await record().catch(() => {});
      const kept = helps ? note() : undefined;
      await outputs.discard(kept !== undefined);
      return kept;
    },
  };
}

/** Writes rows, by their bytes, to where they belong. */
async function appendRows(
  bytes: Uint8Array,
  start: number,
  lanes: Lanes,
  elementSize: number,
  write: (bytes: Uint8Array, first: number) => Promise<void>,
): Promise<void> {
  if (lanes.inner === 1 || lanes.width <= 1) return write(bytes, start * lanes.width);
  const { buffer, byteOffset, length } = bytes;
  const count = length / elementSize;
  const rows =
    elementSize === 2
      ? new Uint16Array(buffer, byteOffset, count)
      : new Uint32Array(buffer, byteOffset, count);
  return writeLanes(rows, start, lanes, (elements, first) => {
    return write(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength), first);
  });
}

/** The first difference between what an output was begun as and what is asked for. */
function differenceOf(begun: Job, asked: Job): string | undefined {
  for (const name of new Set([...Object.keys(begun), ...Object.keys(asked)])) {
    if (begun[name] !== asked[name]) return `${name} ${begun[name] ?? 'none'}, not ${asked[name] ?? 'none'}`;
  }
  return undefined;
}
