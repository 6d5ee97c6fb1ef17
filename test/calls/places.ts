/** Arrays in buffers of every kind, with guards around each. */

const GUARD = 64;
const PATTERN = 0xa5;

export type View =
  | Float32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;
type ViewClass<V extends View> = {
  new (buffer: ArrayBufferLike, offset: number, length: number): V;
  readonly BYTES_PER_ELEMENT: number;
};

interface Piece {
  around: Uint8Array;
  view: View;
  before?: Uint8Array;
}

export const isBig = (view: unknown): view is BigInt64Array | BigUint64Array =>
  view instanceof BigInt64Array || view instanceof BigUint64Array;

/** A region of the kernels' memory, or a buffer of its own; hosts without resizable buffers take these for fixed ones. */
export const PLACES = ['inside', 'own', 'shared', 'resizable'] as const;
export type Place = (typeof PLACES)[number];

/** What TypeScript's ES2022 does not know of. */
const Resizable = ArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => ArrayBuffer;

/** Lays arrays into buffers, and tells afterwards which bytes have changed. */
export class Places {
  readonly #region: Uint8Array | undefined;
  #top = GUARD;
  readonly #pieces: Piece[] = [];

  /** @param region of the kernels' memory, for those arrays that are to lie there */
  constructor(region?: Uint8Array) {
    this.#region = region;
  }

  /** @param shift elements behind a multiple of 16 bytes, or bytes for those of bytes */
  lay<V extends View>(place: Place, values: ArrayLike<number>, Class: ViewClass<V>, shift: number): V {
    const bytes = values.length * Class.BYTES_PER_ELEMENT;
    const whole = 2 * GUARD + bytes + 16;
    const around = this.#around(place, whole).fill(PATTERN);
    const at = around.byteOffset + GUARD + ((shift * Class.BYTES_PER_ELEMENT) % 16);
    const view = new Class(around.buffer, at, values.length);
    for (let i = 0; i < values.length; i++) view[i] = isBig(view) ? BigInt(values[i]) : values[i];
    this.#pieces.push({ around, view });
    return view;
  }

  #around(place: Place, whole: number): Uint8Array {
    if (place === 'inside' && this.#region && this.#top + whole <= this.#region.length) {
      const around = this.#region.subarray(this.#top, this.#top + whole);
      this.#top += whole + (64 - (whole % 64));
      return around;
    }
    if (place === 'shared') return new Uint8Array(new SharedArrayBuffer(whole));
    if (place === 'resizable') return new Uint8Array(new Resizable(whole, { maxByteLength: whole + 64 }));
    return new Uint8Array(whole);
  }

  /** What is there now is what may not change. */
  remember(): void {
    for (const piece of this.#pieces) piece.before = piece.around.slice();
  }

  /** What has changed outside of those views that may, or ''. */
  changed(outputs: readonly unknown[]): string {
    for (const { around, view, before = around } of this.#pieces) {
      const from = view.byteOffset - around.byteOffset;
      const isOut = outputs.includes(view);
      for (let i = 0; i < before.length; i++) {
        if (around[i] === before[i] || (isOut && i >= from && i < from + view.byteLength)) continue;
        return `byte ${i - from} of ${view.constructor.name}(${view.length}) was ${before[i]}, is ${around[i]}`;
      }
    }
    return '';
  }
}
