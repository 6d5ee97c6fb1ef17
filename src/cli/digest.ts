/** What rows hold, told beside their evaluation, which it does not slow down. */
import { createCipheriv, createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Block } from './blocks.ts';
import { cutRows, GROUP_TILES, tileRows } from './sums.ts';

/** From so many elements on, a thread of its own is worth its start. */
const MANY_ELEMENTS = 2 ** 23;

/**
 * The digest of rows of logits, as float32, and their labels, in order: the same however they are cut into blocks.
 *
 * Of each group of tiles the GMAC, AES-128-GCM's 128-bit tag of data that is only authenticated, which processors have
 * instructions for (NIST SP 800-38D), under a key that everybody knows: what changes by mistake is noticed, but who
 * wants two files of one digest can make them. Of the tags, and of the labels, SHA-256.
 */
export class RowsDigest {
  readonly #cols: number;
  readonly #group: number;
  readonly #labels = createHash('sha256');
  readonly #tags: Promise<Uint8Array>[] = [];
  readonly #worker: TagWorker | undefined;
  /** The beginning of a group of which the rest comes in another block. */
  #pieces: Uint8Array[] = [];

  /** @param rows how many there will be */
  constructor(rows: number, cols: number) {
    this.#cols = cols;
    this.#group = GROUP_TILES * tileRows(cols);
    const many = rows * cols >= MANY_ELEMENTS && availableParallelism() > 1;
    this.#worker = many ? new TagWorker() : undefined;
  }

  /** Adds the rows that follow, which are to stay as they are until that is done. */
  add({ start: from, x, labels, hold }: Block): void {
    this.#labels.update(bytesOf(labels));
    const cols = this.#cols;
    for (const { start, count } of cutRows(from, from + labels.length, this.#group)) {
      const rows = bytesOf(x.subarray((start - from) * cols, (start - from + count) * cols));
      const isEnd = (start + count) % this.#group === 0;
      if (isEnd && this.#pieces.length === 0) hold(this.#addGroup(rows));
      // A copy: the block is used for other rows when the rest comes.
      else this.#pieces.push(rows.slice());
      if (isEnd) this.#flush();
    }
  }

  /** 64 hexadecimal digits. Nothing can be added afterwards. */
  async finish(): Promise<string> {
    this.#flush();
    const tags = createHash('sha256');
    for (const tag of this.#tags) tags.update(await tag);
    return createHash('sha256').update(tags.digest()).update(this.#labels.digest()).digest('hex');
  }

  close(): void {
    this.#worker?.close();
  }

  #flush(): void {
    if (this.#pieces.length > 0) void this.#addGroup(Buffer.concat(this.#pieces));
    this.#pieces = [];
  }

  async #addGroup(bytes: Uint8Array): Promise<void> {
    const isShared = bytes.buffer instanceof SharedArrayBuffer;
    const tag =
      this.#worker && isShared ? this.#worker.tagOf(bytes) : Promise.resolve(tagOf(createCipheriv, bytes));
    // What went wrong is told when the tag is asked for.
    tag.catch(() => {});
    this.#tags.push(tag);
    await tag;
  }
}

/** Stands alone: it is also sent to a worker as text. */
function tagOf(create: typeof createCipheriv, bytes: Uint8Array): Uint8Array {
  const cipher = create('aes-128-gcm', 'softmax-simd row', new Uint8Array(12));
  cipher.setAAD(bytes);
  cipher.final();
  return cipher.getAuthTag();
}

const SOURCE = `
const { parentPort } = require('node:worker_threads');
const { createCipheriv } = require('node:crypto');
${tagOf.toString()}
parentPort.on('message', (bytes) => parentPort.postMessage(${tagOf.name}(createCipheriv, bytes)));`;

/** Tags of bytes in shared memory, one after the other, from a thread of their own. */
class TagWorker {
  readonly #worker = new Worker(SOURCE, { eval: true, execArgv: [] });
  readonly #waiting: { resolve: (tag: Uint8Array) => void; reject: (error: Error) => void }[] = [];

  #failed: Error | undefined;

  constructor() {
    this.#worker.on('message', (tag: Uint8Array) => this.#waiting.shift()?.resolve(tag));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that takes digests has ended')));
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  tagOf(bytes: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#failed) throw this.#failed;
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(bytes);
    });
  }

  close(): void {
    void this.#worker.terminate();
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
