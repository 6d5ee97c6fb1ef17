/**
 * What is known of an unfinished output, in a file of lines of JSON beside it: first whose it is, then, each time
 * so much is safely on the disk, how many rows are complete.
 */
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { failure, InputError, pathError } from '../errors.ts';
import { WRITABLE } from './target.ts';

export const STATE_SUFFIX = '.partial.state';
const FORMAT = 'softmax-simd unfinished output';

/** What must be equal for a run to continue another: names and values, in words. */
export type Job = Readonly<Record<string, string | number>>;

export interface State {
  readonly job: Job;
  /** Complete rows. */
  readonly rows: number;
  /** The process that writes, if it still does. */
  readonly owner: number | undefined;
}

/** The state of an output, if there is an unfinished one. @throws InputError if the file is something else */
export async function readState(path: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw pathError(path, 'what is known of an unfinished output', error);
  }
  const [first, ...others] = text.split('\n').map(parseLine);
  if (first?.format !== FORMAT || typeof first.job !== 'object' || first.job === null) {
    throw new InputError(
      `${path}: expected what is known of an unfinished output, got something else: delete it`,
    );
  }
  const owner = first.host === hostname() && isAlive(Number(first.pid)) ? Number(first.pid) : undefined;
  const counts = others.map((line) => line?.rows).filter((rows) => Number.isSafeInteger(rows));
  return { job: first.job as Job, rows: Math.max(0, Number(counts.at(-1) ?? 0)), owner };
}

/** A line's object; `undefined` for one that was cut off when the process ended, or the disk was full. */
function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) ?? undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Makes this process the owner of an output, and opens its state for more lines. */
export async function takeOver(path: string, job: Job, rows: number): Promise<FileHandle> {
  const first = JSON.stringify({ format: FORMAT, host: hostname(), pid: process.pid, job });
  const fresh = `${path}.${process.pid}`;
  let handle: FileHandle;
  try {
    handle = await open(fresh, 'w');
  } catch (error) {
    throw pathError(path, WRITABLE, error);
  }
  try {
    await handle.write(`${first}\n${formatRows(rows)}`);
    await handle.sync();
    await rename(fresh, path);
  } catch (error) {
    await handle.close();
    throw failure(path, error);
  }
  return handle;
}

export function formatRows(rows: number): string {
  return `${JSON.stringify({ rows })}\n`;
}

/** The first difference between what an output was begun as and what is asked for. */
export function differenceOf(begun: Job, asked: Job): string | undefined {
  for (const name of new Set([...Object.keys(begun), ...Object.keys(asked)])) {
    if (begun[name] !== asked[name]) return `${name} ${begun[name] ?? 'none'}, not ${asked[name] ?? 'none'}`;
  }
  return undefined;
}
