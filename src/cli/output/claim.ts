/**
 * Who owns an output: the process whose claim lies beside it, in a file that only one process can create. A claim is
 * lines of JSON: first whose it is, then, each time so much is safely on the disk, how many rows are complete.
 *
 * What is right rests on names alone. A run writes to a file that carries the claim's random token, and renames that
 * and no other: whatever a process takes another for, it cannot give the other's bytes its own name. Whether an owner
 * is still there, by its process or, where that cannot be seen, by the claim's time, which it renews every second,
 * only decides who is turned away: a claim without an owner is taken over.
 *
 * Every step is one system call without a pause, so that no signal comes between a file and the note of it.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { failure, InputError, pathError } from '../errors.ts';
import { isThere, type Owner, thisProcess } from './owner.ts';
import { type Target, WRITABLE } from './target.ts';

const SUFFIX = '.partial.state';
const FORMAT = 'softmax-simd unfinished output 2';
/** What is known of many input files. */
const MAX_BYTES = 2 ** 26;
/** How every claim begins, as far as it has been written. */
const BEGINNING = `{"format":"${FORMAT}"`;

/** How often an owner shows that it is there, and how long one is watched that cannot be seen otherwise. */
const BEAT_MS = 1000;
const PATIENCE_MS = 3500;
const LOOK_MS = 200;

/** What must be equal for a run to continue another: names and values, in words. */
export type Job = Readonly<Record<string, string | number>>;

/** What a run says of itself in its claim. */
export interface About {
  readonly job?: Job;
  /** Rows that are complete already. */
  readonly rows?: number;
  /** The token in the name of the file that is written. */
  readonly data: string;
}

/** A claim as it is found. */
export interface Found extends About {
  /** Nothing in one that was not finished when its process ended. */
  readonly token: string | undefined;
  readonly owner: Owner | undefined;
  readonly rows: number;
}

export const newToken = (): string => randomBytes(8).toString('hex');

/** The file that is written, in the output's own folder. */
export const dataPath = ({ real }: Target, data: string): string => `${real}.partial.${data}`;

/** An output that this process owns. */
export class Claim {
  readonly target: Target;
  readonly data: string;
  readonly #path: string;
  readonly #fd: number;
  readonly #beat: NodeJS.Timeout;
  #held = true;

  private constructor(target: Target, path: string, fd: number, data: string) {
    this.target = target;
    this.data = data;
    this.#path = path;
    this.#fd = fd;
    this.#beat = setInterval(() => {
      const now = new Date();
      fs.futimes(fd, now, now, () => {});
    }, BEAT_MS);
    this.#beat.unref();
  }

  /** What a run left that no longer is there, or one that still is; nothing if the output is nobody's. */
  static find(target: Target): Found | undefined {
    return readClaim(target.real + SUFFIX);
  }

  /**
   * Makes this process the owner of an output.
   *
   * @param about of this run, given what a run that is no longer there has left
   * @throws InputError if another process is the owner
   */
  static async take(target: Target, about: (left: Found | undefined) => About): Promise<Claim> {
    const path = target.real + SUFFIX;
    const token = newToken();
    const text = ({ rows, ...others }: About): string => {
      const first = JSON.stringify({ format: FORMAT, token, owner: thisProcess(), ...others });
      return `${first}\n${rows === undefined ? '' : formatRows(rows)}`;
    };
    for (;;) {
      const fresh = about(undefined);
      const fd = create(target, path, text(fresh));
      if (fd !== undefined) return new Claim(target, path, fd, fresh.data);
      const left = await readAbandoned(target, path);
      if (left === undefined) continue;
      const own = about(left);
      const taken = await takeOver(target, path, left, text(own));
      if (taken === undefined) continue;
      const claim = new Claim(target, path, taken, own.data);
      if (left.data !== own.data) fs.rmSync(dataPath(target, left.data), { force: true });
      return claim;
    }
  }

  /** Notes how many rows are complete. */
  record(rows: number): void {
    fs.writeSync(this.#fd, formatRows(rows));
  }

  /** Gives the output up: the claim goes, unless it is kept for another run, or has become another's. */
  release(keep = false): void {
    if (!this.#held) return;
    this.#held = false;
    clearInterval(this.#beat);
    try {
      if (!keep && this.isOurs()) fs.unlinkSync(this.#path);
    } finally {
      fs.closeSync(this.#fd);
    }
  }

  /** Whether the file that was written is still nobody else's: another may continue it. */
  ownsData(): boolean {
    if (this.isOurs()) return true;
    try {
      return readClaim(this.#path)?.data !== this.data;
    } catch {
      return true;
    }
  }

  /** Whether nobody has taken this process for one that is no longer there. */
  isOurs(): boolean {
    const now = fs.statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    return now?.ino === fs.fstatSync(this.#fd, { bigint: true }).ino;
  }
}

/**
 * Puts a claim in the place of one without an owner. The right to that is a file, too, which only one process can
 * create, named after the claim that it replaces; should its process end right then, it is replaced in its turn.
 * Nothing if another was faster.
 */
async function takeOver(
  target: Target,
  path: string,
  left: Found,
  text: string,
): Promise<number | undefined> {
  const passed: string[] = [];
  for (let last: Found | undefined = left; ; ) {
    const right = `${path}.${last.token ?? 'unfinished'}`;
    const fd = create(target, right, text);
    if (fd === undefined) {
      passed.push(right);
      last = await readAbandoned(target, right);
      if (last === undefined) return undefined;
      continue;
    }
    // Somebody may have replaced it, and even have ended, since it was read.
    const now = readClaim(path);
    if (now === undefined || now.token !== left.token) {
      fs.closeSync(fd);
      fs.rmSync(right, { force: true });
      return undefined;
    }
    fs.renameSync(right, path);
    for (const name of passed) fs.rmSync(name, { force: true });
    return fd;
  }
}

/** A new file with this text, open to append to it; nothing if there is one already. Links are not followed. */
function create(target: Target, path: string, text: string): number | undefined {
  let fd: number;
  try {
    fd = fs.openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw pathError(target.path, WRITABLE, error);
  }
  try {
    fs.writeSync(fd, text);
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    fs.rmSync(path, { force: true });
    throw failure(target.path, error);
  }
}

/** A claim whose owner is no longer there; nothing if the claim is not. @throws InputError if the owner is there */
async function readAbandoned(target: Target, path: string): Promise<Found | undefined> {
  const found = readClaim(path);
  if (found === undefined) return undefined;
  const held = found.owner ? isThere(found.owner) : 'unknown';
  if (held === false || (held === 'unknown' && !(await isRenewed(path)))) return found;
  throw new InputError(
    `${target.path}: another process is writing it${found.owner ? ` (${found.owner.pid})` : ''}`,
  );
}

/** Whether an owner that cannot be seen renews its claim, or has ended it meanwhile. */
async function isRenewed(path: string): Promise<boolean> {
  const timeOf = (): bigint | undefined =>
    fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  const before = timeOf();
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    if (timeOf() !== before) return true;
  }
  return false;
}

/** The claim in a file, if there is one. @throws InputError if there is something else */
function readClaim(path: string): Found | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  const first = parseLine(end < 0 ? text : text.slice(0, end));
  // A process that ended before its first line was written has nothing else, either.
  if (end < 0 && first === undefined && BEGINNING.startsWith(text.slice(0, BEGINNING.length))) {
    return { token: undefined, owner: undefined, data: 'none', rows: 0 };
  }
  const { format, token, data, owner, job } = first ?? {};
  const isToken = (value: unknown): value is string =>
    typeof value === 'string' && /^[0-9a-f]{16}$/.test(value);
  const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
  const isClaim = format === FORMAT && isObject(owner) && (job === undefined || isObject(job));
  if (!isClaim || !isToken(token) || !isToken(data)) throw somethingElse(path);
  const counts = text
    .slice(end + 1)
    .split('\n')
    .map((line) => parseLine(line)?.rows)
    .filter((rows) => Number.isSafeInteger(rows));
  const rows = Math.max(0, Number(counts.at(-1) ?? 0));
  return { token, data, owner: owner as Owner, job: job as Job | undefined, rows };
}

/** The text of a regular file; nothing if it is not there. Pipes are not waited for, nor links followed. */
function readText(path: string): string | undefined {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isFile() || stats.size > MAX_BYTES) throw somethingElse(path);
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw pathError(path, 'what is known of an unfinished output', error);
  }
}

function somethingElse(path: string): InputError {
  return new InputError(
    `${path}: expected what is known of an unfinished output, got something else: delete it`,
  );
}

/** A line's object; `undefined` for one that was cut off when the process ended, or the disk was full. */
function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) ?? undefined;
  } catch {
    return undefined;
  }
}

function formatRows(rows: number): string {
  return `${JSON.stringify({ rows })}\n`;
}
