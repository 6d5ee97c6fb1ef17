/** What rows hold, as fast as it can be told: it costs a few per cent of an evaluation. */
import { createCipheriv, createHash } from 'node:crypto';
import { cutRows, tileRows } from './sums.ts';

/** Fixed and known: whoever wants two files of one digest can make them. What changes by mistake is noticed. */
const KEY = Buffer.from('softmax-simd row');
const IV = Buffer.alloc(12);

/**
 * The digest of rows of logits, as float32, and their labels, in order: the same however they are cut into blocks.
 *
 * Of each tile the GMAC, AES-128-GCM's 128-bit tag of data that is only authenticated, which processors have
 * instructions for (NIST SP 800-38D); of the tags and the labels SHA-256.
 */
export class RowsDigest {
  readonly #cols: number;
  readonly #tile: number;
  readonly #tags = createHash('sha256');
  readonly #labels = createHash('sha256');
  /** The beginning of a tile of which the rest comes in another block. */
  #pieces: Uint8Array[] = [];

  constructor(cols: number) {
    this.#cols = cols;
    this.#tile = tileRows(cols);
  }

  /** Adds the rows that follow: their number, and where the block of them begins in the file. */
  add(from: number, x: Float32Array, labels: Int32Array): void {
    this.#labels.update(bytesOf(labels));
    const cols = this.#cols;
    for (const { start, count } of cutRows(from, from + labels.length, this.#tile)) {
      const rows = bytesOf(x.subarray((start - from) * cols, (start - from + count) * cols));
      const isEnd = (start + count) % this.#tile === 0;
      if (isEnd && this.#pieces.length === 0) this.#addTile(rows);
      // A copy: the block is used for other rows when the rest comes.
      else this.#pieces.push(rows.slice());
      if (isEnd) this.#flush();
    }
  }

  /** 64 hexadecimal digits. Nothing can be added afterwards. */
  finish(): string {
    this.#flush();
    return createHash('sha256').update(this.#tags.digest()).update(this.#labels.digest()).digest('hex');
  }

  #flush(): void {
    if (this.#pieces.length > 0) this.#addTile(Buffer.concat(this.#pieces));
    this.#pieces = [];
  }

  #addTile(bytes: Uint8Array): void {
    const cipher = createCipheriv('aes-128-gcm', KEY, IV);
    cipher.setAAD(bytes);
    cipher.final();
    this.#tags.update(cipher.getAuthTag());
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
