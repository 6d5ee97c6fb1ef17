/** .npy files that an interrupted run leaves to be continued. */
import { fdatasyncSync, rmSync, writeSync } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { failure, InputError, pathError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { sizeOf } from '../source.ts';
import { writeFully } from './file.ts';
import { elementBytes, formatHeader, type OutputType } from './npy-format.ts';
import { differenceOf, formatRows, type Job, readState, STATE_SUFFIX, takeOver } from './state.ts';
import { resolveTarget, syncFolder, WRITABLE } from './target.ts';

/** A file to be written, so many elements for each row. */
export interface NpyPlan {
  readonly path: string;
  readonly shape: readonly number[];
  readonly type: OutputType;
}

/** Files that are written together, row by row; they get their names when all of them are complete. */
export interface ResumableOutput {
  /** The first row that is to be written. */
  readonly firstRow: number;
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

interface OpenFile extends NpyPlan {
  readonly target: string;
  readonly partial: string;
  readonly handle: FileHandle;
  readonly header: Buffer;
  readonly rowBytes: number;
}

/**
 * Starts files, or continues those that an interrupted run of the same job left.
 *
 * @throws InputError if a path cannot be written to, another process writes there, or `resume` finds another job's
 */
export async function openResumable(
  plans: readonly NpyPlan[],
  { rows, job, resume, keep }: ResumableOptions,
): Promise<ResumableOutput> {
  const targets = await Promise.all(plans.map(({ path }) => resolveTarget(path)));
  const statePath = targets[0] + STATE_SUFFIX;
  const [{ path }] = plans;
  const begun = await readState(statePath);
  if (begun?.owner) {
    throw new InputError(`${path}: process ${begun.owner} is writing it (if it is not, delete ${statePath})`);
  }
  if (resume && begun) {
    const difference = differenceOf(begun.job, job);
    if (difference) throw new InputError(`--resume: the unfinished ${path} was begun with ${difference}`);
  }
  const continues = resume && begun !== undefined;
  const state = await takeOver(statePath, job, continues ? begun.rows : 0);
  const files: OpenFile[] = [];
  const closeAll = async (): Promise<void> => {
    for (const { handle } of [...files, { handle: state }]) await handle.close().catch(() => {});
  };
  const removeAll = async (): Promise<void> => {
    await closeAll();
    for (const { partial } of files) await unlink(partial).catch(() => {});
    await unlink(statePath).catch(() => {});
  };
  let firstRow = continues ? begun.rows : 0;
  try {
    for (const [i, plan] of plans.entries()) {
      const file = await openPartial(plan, targets[i], rows, continues);
      files.push(file);
      const { size } = await file.handle.stat();
      const whole = Math.max(0, Math.floor((size - file.header.length) / file.rowBytes));
      if (file.rowBytes > 0) firstRow = Math.min(firstRow, whole);
    }
  } catch (error) {
    await (continues ? closeAll() : removeAll());
    throw error;
  }

  /** Rows written, and rows of which the state says so. */
  let written = firstRow;
  let recorded = firstRow;
  let issued = firstRow;
  let sinceCheckpoint = 0;
  let checkpoint: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  let settled = false;

  const record = async (): Promise<void> => {
    const complete = written;
    for (const { handle } of files) await handle.datasync();
    await state.write(formatRows(complete));
    recorded = complete;
  };
  const note = (): string | undefined => {
    return keep && recorded > 0
      ? `${recorded} of ${rows} rows of ${path} are kept: --resume continues`
      : undefined;
  };
  const settle = onInterrupt(() => {
    if (keep && written > recorded) {
      for (const { handle } of files) fdatasyncSync(handle.fd);
      writeSync(state.fd, formatRows(written));
      recorded = written;
    }
    const kept = note();
    if (kept) return kept;
    for (const name of [...files.map(({ partial }) => partial), statePath]) rmSync(name, { force: true });
    return `${path} is not written`;
  });

  const append = async (
    before: Promise<void>,
    start: number,
    count: number,
    pieces: Uint8Array[],
  ): Promise<void> => {
    // One after the other, so that what is written is all that comes before.
    await before;
    await Promise.all(
      files.map(({ path: name, handle, header, rowBytes }, i) =>
        writeFully(handle, name, pieces[i], header.length + start * rowBytes),
      ),
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
    write(count, elements) {
      const start = issued;
      issued += count;
      const pieces = elements.map((part, i) => elementBytes(part, files[i].type));
      last = append(last, start, count, pieces);
      return last;
    },
    async commit() {
      await last;
      await checkpoint;
      if (written !== rows) throw new Error(`${path}: expected ${rows} rows, got ${written}`);
      try {
        for (const { handle } of files) await handle.sync();
        await state.write(formatRows(rows));
        await closeAll();
        for (const { partial, target } of files) await rename(partial, target);
        await syncFolder(targets[0]);
      } catch (error) {
        throw failure(path, error);
      }
      settled = true;
      settle();
      await unlink(statePath).catch(() => {});
    },
    async stop(helps) {
      if (settled) return undefined;
      settled = true;
      await last.catch(() => {});
      await checkpoint;
      if (helps && keep && written > recorded) await record().catch(() => {});
      settle();
      const kept = helps ? note() : undefined;
      await (kept ? closeAll() : removeAll());
      return kept;
    },
  };
}

/** Opens the temporary file of an output: a new one, or the one that is there. */
async function openPartial(
  plan: NpyPlan,
  target: string,
  rows: number,
  continues: boolean,
): Promise<OpenFile> {
  const { path, shape, type } = plan;
  const partial = `${target}.partial`;
  const header = formatHeader(shape, type);
  const rowBytes = rows === 0 ? 0 : (sizeOf(shape) / rows) * Number(type[1]);
  let handle: FileHandle;
  try {
    if (!continues) await unlink(partial).catch(() => {});
    handle = await open(partial, continues ? 'r+' : 'wx');
  } catch (error) {
    if (!continues || (error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw pathError(path, WRITABLE, error);
    throw new InputError(`--resume: ${partial} is not there any more: begin anew, without --resume`);
  }
  if (!continues) {
    await writeFully(handle, path, header, 0).catch(async (error) => {
      await handle.close();
      await unlink(partial);
      throw error;
    });
  }
  return { ...plan, target, partial, handle, header, rowBytes };
}
