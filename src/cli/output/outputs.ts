/** The files that a run writes: its own from before the first byte, and under their names when all are complete. */
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { failure, pathError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { Claim, dataPath, type Found, type Job, newToken } from './claim.ts';
import { syncFolder, type Target, WRITABLE } from './target.ts';

/** The most that one system call is asked for. */
const MAX_WRITE_BYTES = 2 ** 30;

const fsync = promisify(fs.fsync);
const fdatasync = promisify(fs.fdatasync);

export interface OutputsOptions {
  /** What the result depends on, for files that another run may continue. */
  readonly job?: Job;
  /** Given what a run that is no longer there has left of the first: whether to continue it. May throw. */
  readonly continues?: (left: Found) => boolean;
}

interface OpenFile {
  readonly target: Target;
  readonly data: string;
  readonly fd: number;
}

export class Outputs {
  readonly #targets: readonly Target[];
  readonly #claims: Claim[] = [];
  readonly #files: OpenFile[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #settle: () => void;
  /** Complete rows of the run that is continued; nothing if none is. */
  continued: number | undefined;
  /** Whether there was one, but its files are not there any more. */
  lost = false;
  /** What a signal does, and what is to be said of it. */
  onSignal = (): string => {
    this.#remove();
    return `${this.#targets[0].path} is not written`;
  };

  private constructor(targets: readonly Target[]) {
    this.#targets = targets;
    // Before anything is there: a signal may come the moment it is.
    this.#settle = onInterrupt(() => this.onSignal());
  }

  /**
   * Takes possession of outputs and starts them, or continues what a run has left that is no longer there.
   *
   * @throws InputError if another process is writing one of them, or they cannot be written to
   */
  static async open(targets: readonly Target[], options: OutputsOptions = {}): Promise<Outputs> {
    const outputs = new Outputs(targets);
    try {
      await outputs.#claim(options);
      for (const target of targets) outputs.#start(target, options.job !== undefined);
    } catch (error) {
      await outputs.discard(outputs.continued !== undefined);
      throw error;
    }
    return outputs;
  }

  async #claim({ job, continues = () => false }: OutputsOptions): Promise<void> {
    const [first, ...others] = this.#targets;
    const begin = newToken();
    // The first one's claim knows whether there is something to continue; the others follow it.
    const main = await Claim.take(first, (left) => {
      const wanted = left !== undefined && continues(left);
      const goesOn = wanted && this.#hasFiles(left);
      this.lost = wanted && !goesOn;
      this.continued = goesOn ? left.rows : undefined;
      return goesOn ? { job, data: left.data, rows: left.rows } : { job, data: begin, rows: job && 0 };
    });
    this.#claims.push(main);
    for (const other of others) this.#claims.push(await Claim.take(other, () => ({ data: main.data })));
  }

  /** Whether what a run has left is there: it may have ended while it gave its files their names. */
  #hasFiles({ data }: Found): boolean {
    return this.#targets.every((target) => {
      return fs.lstatSync(dataPath(target, data), { throwIfNoEntry: false })?.isFile();
    });
  }

  /** Opens the file of an output: a new one, or the one that is there. */
  #start(target: Target, lasts: boolean): void {
    const { data } = this.#claims[0];
    const path = dataPath(target, data);
    try {
      const goesOn = this.continued !== undefined;
      const before = goesOn ? fs.lstatSync(path) : undefined;
      const fd = fs.openSync(path, goesOn ? 'r+' : 'wx');
      this.#files.push({ target, data: path, fd });
      if (before && fs.fstatSync(fd).ino !== before.ino) throw new Error(`${path}: the file changed`);
      if (lasts) fs.fsyncSync(fd);
    } catch (error) {
      throw pathError(target.path, WRITABLE, error);
    }
  }

  /** Bytes that an output has so far. */
  sizeOf(output: number): number {
    return fs.fstatSync(this.#files[output].fd).size;
  }

  /** Writes bytes to where they belong in an output. There is no need to wait for others. */
  write(output: number, bytes: Uint8Array, position: number): Promise<void> {
    const { target, fd } = this.#files[output];
    const work = writeFully(fd, target.path, bytes, position);
    this.#pending.add(work);
    // What went wrong is told to whoever waits for it.
    work.catch(() => {}).finally(() => this.#pending.delete(work));
    return work;
  }

  /** Gets what is written to the disk, and notes how many rows that is. */
  async record(rows: number): Promise<void> {
    for (const { fd } of this.#files) await fdatasync(fd);
    this.#claims[0].record(rows);
  }

  /** The same at once, for a signal. */
  recordNow(rows: number): void {
    for (const { fd } of this.#files) fs.fdatasyncSync(fd);
    this.#claims[0].record(rows);
  }

  /** Gives all outputs their names, replacing any files that had them, as soon as they are on the disk. */
  async commit(): Promise<void> {
    const [{ path }] = this.#targets;
    await Promise.allSettled(this.#pending);
    try {
      for (const { fd } of this.#files) await fsync(fd);
      // From here on without a pause: a signal finds none of the names given, or all.
      if (!this.areOurs()) {
        throw new Error('another process, which took this one for dead, has begun to write it');
      }
      for (const { data, target } of this.#files) fs.renameSync(data, target.real);
    } catch (error) {
      throw failure(path, error);
    }
    this.#close(false);
    onInterrupt(() => `${path} is written`);
    await Promise.all(this.#targets.map(({ real }) => syncFolder(real)));
  }

  /** Gives up. @param keep leave what there is, for another run to continue; after `commit` nothing happens */
  async discard(keep = false): Promise<void> {
    await Promise.allSettled(this.#pending);
    if (keep && this.areOurs()) this.#close(true);
    else this.#remove();
  }

  /** Whether nobody has taken this process for one that is no longer there. */
  areOurs(): boolean {
    return this.#claims.every((claim) => claim.isOurs());
  }

  #remove(): void {
    const isOwn = this.#claims.every((claim) => claim.ownsData());
    for (const { data } of isOwn ? this.#files : []) fs.rmSync(data, { force: true });
    this.#close(false);
  }

  #close(keep: boolean): void {
    for (const { fd } of this.#files.splice(0)) fs.closeSync(fd);
    for (const claim of this.#claims.splice(0)) claim.release(keep);
    this.#settle();
  }
}

/** Writes all bytes to where they belong in a file that is called `path`. */
async function writeFully(fd: number, path: string, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(bytes.length - done, MAX_WRITE_BYTES);
    done += await new Promise<number>((resolve, reject) => {
      fs.write(fd, bytes, done, length, position + done, (error, written) => {
        if (error) reject(failure(path, error));
        else resolve(written);
      });
    });
  }
}
